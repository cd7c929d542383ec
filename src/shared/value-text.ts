import { axisName } from "./axis-name.ts";
import { t } from "./l10n.ts";
import { formatCount, formatNumber } from "./number.ts";
import type { NamedSize } from "./protocol/component.ts";
import type { Statistics } from "./run.ts";

/** `heads 9 × query 12 × key 12`. */
export function namedShape(shape: readonly NamedSize[]): string {
  if (shape.length === 0) return t("one number");
  return shape.map(({ name, size }) => `${axisName(name)} ${formatCount(size)}`.trim()).join(" × ");
}

/** `mean 0.012 ± 1.03 · min −4.1 · max 3.9`. */
export function statisticsText({ mean, std, min, max }: Statistics): string {
  return t(
    "mean {0} ± {1} · min {2} · max {3}",
    formatNumber(mean),
    formatNumber(std),
    formatNumber(min),
    formatNumber(max),
  );
}
