import { t } from "../../shared/l10n.ts";
import { formatCount } from "../../shared/number.ts";

/** `2 × 4096`; a scalar has no size to name. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? t("scalar") : shape.map(formatCount).join(" × ");
}

/** `70.6 B`, in the words of the field: thousands, millions, billions. */
export function parametersText(count: number): string {
  if (count < 1e3) return String(count);
  const [size, unit] = count < 1e6 ? [1e3, "K"] : count < 1e9 ? [1e6, "M"] : [1e9, "B"];
  return `${(count / size).toPrecision(3)} ${unit}`;
}
