import type { AttentionDocument, AttentionRole, Figure } from "../../../../shared/protocol/component.ts";
import type { ColorScale } from "../../../kit/color-scale.ts";
import { sequentialScale, signedScale } from "../../../kit/color-scale.ts";
import type { CellGrid } from "../../../kit/paint-cells.ts";
import type { Theme } from "../../../kit/theme.ts";
import { tokenLabel } from "../../token-text.ts";
import { ROLES } from "./roles.ts";

export function figureOf(document: AttentionDocument, role: AttentionRole): Figure | undefined {
  return document.figures.find(figure => figure.role === role);
}

/** Which head of a figure a query head uses: its own, or the one that its group shares. */
export function headOf(figure: Figure, document: AttentionDocument, head: number): number {
  return Math.min(figure.heads - 1, Math.floor((head * figure.heads) / document.heads));
}

const grids = new WeakMap<Figure, Map<number, CellGrid>>();

/** One head of a figure; the same object each time, so that pictures are painted once. */
export function gridOf(document: AttentionDocument, figure: Figure, head: number): CellGrid {
  const own = headOf(figure, document, head);
  const known = grids.get(figure) ?? new Map<number, CellGrid>();
  grids.set(figure, known);
  let grid = known.get(own);
  if (!grid) {
    const { rows, columns } = figure;
    const start = own * rows * columns;
    const masked = figure.role === "masked" || figure.role === "weights";
    const hidden = masked && document.hidden ? new Uint8Array(document.hidden, start, rows * columns) : null;
    grid = { rows, columns, data: new Float32Array(figure.data, start * 4, rows * columns), hidden };
    known.set(own, grid);
  }
  return grid;
}

const scales = new WeakMap<Figure, { readonly theme: Theme; readonly scale: ColorScale }>();

/** One scale for all heads of a figure, of what the mask leaves visible. */
export function scaleOf(document: AttentionDocument, figure: Figure, theme: Theme): ColorScale {
  const known = scales.get(figure);
  if (known?.theme === theme) return known.scale;
  const all = new Float32Array(figure.data);
  const mask = document.hidden && new Uint8Array(document.hidden);
  const hides =
    mask !== null && mask.length === all.length && figure.role !== "scores" && figure.role !== "scaled";
  const visible = hides ? all.filter((_, i) => mask[i] === 0) : all;
  const make = ROLES[figure.role].scale === "signed" ? signedScale : sequentialScale;
  const scale = make(visible, theme);
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
