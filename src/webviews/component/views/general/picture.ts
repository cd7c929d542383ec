import { extentOf } from "../../../../shared/extent.ts";
import type { GeneralLine } from "../../../../shared/protocol/component.ts";
import type { CellGrid } from "../../../../shared/shrink.ts";
import { type ColorScale, signedScale } from "../../../kit/color-scale.ts";
import type { Theme } from "../../../kit/theme.ts";
import { panel } from "../../store.ts";
import { tokenLabel } from "../../token-text.ts";

const known = new WeakMap<
  GeneralLine,
  { readonly theme: Theme; readonly grid: CellGrid; readonly scale: ColorScale }
>();

/** A line's picture with its scale; the same objects each time, so that it is painted once. */
export function pictureOf(
  line: GeneralLine,
  theme: Theme,
): { readonly grid: CellGrid; readonly scale: ColorScale } {
  const earlier = known.get(line);
  if (earlier?.theme === theme) return earlier;
  const { rows, columns, data } = line.picture;
  const made = {
    theme,
    grid: { rows, columns, data, hidden: null },
    scale: signedScale(extentOf(data), theme),
  };
  known.set(line, made);
  return made;
}

/** Features that one column of a picture stands for: wide values are drawn as means of neighbours. */
export function featuresPerColumn({ shape, picture }: GeneralLine): number {
  return Math.max(1, (shape.at(-1)?.size ?? 1) / Math.max(1, picture.columns));
}

/** Tokens where a picture has a row for each, else numbers of rows. */
export function rowLabels({ picture }: GeneralLine): readonly string[] {
  const tokens = panel.value?.tokens ?? [];
  return picture.rows === tokens.length
    ? tokens.map(token => tokenLabel(token.text))
    : Array.from({ length: picture.rows }, (_, row) => String(row));
}
