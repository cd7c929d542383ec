import type { AttentionDocument, AttentionRole, Figure } from "../../../../shared/protocol/component.ts";
import type { CellGrid } from "../../../../shared/shrink.ts";
import type { ColorScale } from "../../../kit/color-scale.ts";
import { sequentialScale, signedScale } from "../../../kit/color-scale.ts";
import type { Theme } from "../../../kit/theme.ts";
import { tokenLabel } from "../../token-text.ts";
import { ROLES } from "./roles.ts";

export function figureOf(document: AttentionDocument, role: AttentionRole): Figure | undefined {
  return document.figures.find(figure => figure.role === role);
}

/** Which head of a figure the shown query head uses: its own, or the one that its group shares. */
export function headOf(figure: Figure, { head, heads }: AttentionDocument): number {
  return Math.min(figure.heads - 1, Math.floor((head * figure.heads) / heads));
}

const grids = new WeakMap<Figure, CellGrid>();

/** The shown head of a figure; the same object each time, so that pictures are painted once. */
export function gridOf(document: AttentionDocument, figure: Figure): CellGrid {
  let grid = grids.get(figure);
  if (!grid) {
    const { rows, columns } = figure;
    const masked = figure.role === "masked" || figure.role === "weights";
    const hidden = masked && document.hidden ? new Uint8Array(document.hidden) : null;
    grid = { rows, columns, data: new Float32Array(figure.data), hidden };
    grids.set(figure, grid);
  }
  return grid;
}

const thumbnails = new WeakMap<AttentionDocument["thumbnails"], readonly CellGrid[]>();

/** The weights of every head, small. */
export function headThumbnails({ heads, thumbnails: small }: AttentionDocument): readonly CellGrid[] {
  let result = thumbnails.get(small);
  if (!result) {
    const { rows, columns } = small;
    result = Array.from({ length: heads }, (_, head) => {
      const data = new Float32Array(small.data, head * rows * columns * 4, rows * columns);
      return { rows, columns, data, hidden: Uint8Array.from(data, value => Number(Number.isNaN(value))) };
    });
    thumbnails.set(small, result);
  }
  return result;
}

const scales = new WeakMap<Figure, { readonly theme: Theme; readonly scale: ColorScale }>();

/** One scale for all heads of a figure, of what the mask leaves visible. */
export function scaleOf(figure: Figure, theme: Theme): ColorScale {
  const known = scales.get(figure);
  if (known?.theme === theme) return known.scale;
  const make = ROLES[figure.role].scale === "signed" ? signedScale : sequentialScale;
  const scale = make(figure.extent, theme);
  scales.set(figure, { theme, scale });
  return scale;
}

/** Labels of a figure's rows. */
export function rowLabels(document: AttentionDocument, figure: Figure): readonly string[] {
  return ROLES[figure.role].rows === "query" ? labels(document.queryTokens) : labels(document.keyTokens);
}

/** Labels of its columns; null for features. */
export function columnLabels(document: AttentionDocument, figure: Figure): readonly string[] | null {
  return ROLES[figure.role].columns === "key" ? labels(document.keyTokens) : null;
}

const known = new WeakMap<readonly { readonly text: string }[], readonly string[]>();

function labels(tokens: readonly { readonly text: string }[]): readonly string[] {
  let result = known.get(tokens);
  if (!result) {
    result = tokens.map(token => tokenLabel(token.text));
    known.set(tokens, result);
  }
  return result;
}
