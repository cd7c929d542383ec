import type { AttentionDocument, Figure } from "../../../../shared/protocol/component.ts";
import type { Cell } from "../../../kit/heat-map.tsx";
import { choose, chosenStep, hovered, state } from "../../store.ts";
import { figureOf, gridOf } from "./figures.ts";
import { ROLES } from "./roles.ts";

/** Weights say most at first sight, so a panel opens with them. */
export function shownStep({ figures }: AttentionDocument): number {
  return chosenStep(
    figures.length,
    figures.findIndex(figure => figure.role === "weights"),
  );
}

/** The figure that is large: the step that is shown. */
export function largeFigure(document: AttentionDocument): Figure {
  return document.figures[shownStep(document)]!;
}

/**
 * The pair that is explained, as query row and key column: what is pinned, else the last token and what it takes most
 * from, apart from itself and the first token, which serves many heads as a place to rest.
 */
function pinnedPair(document: AttentionDocument): Cell {
  const rows = document.queryTokens.length;
  const columns = document.keyTokens.length;
  const pinned = state.value?.cell;
  if (pinned && pinned.row < rows && pinned.column < columns) return pinned;
  const row = pinned && pinned.row < rows ? pinned.row : rows - 1;
  const { data } = gridOf(document, figureOf(document, "weights")!);
  const weight = (column: number) => data[row * columns + column]!;
  let best = Math.min(row, columns - 1);
  let most = -1;
  for (let column = 1; column < columns; column++) {
    if (column === row && document.attention === "self") continue;
    if (weight(column) > most) {
      most = weight(column);
      best = column;
    }
  }
  return { row, column: best };
}

/** The pair under the cursor: of scores the cell itself, of vectors the row of its token. */
export function currentPair(document: AttentionDocument): Cell {
  const pinned = pinnedPair(document);
  const under = hovered.value;
  if (!under) return pinned;
  const { rows, columns } = ROLES[largeFigure(document).role];
  if (columns === "key") return under;
  return rows === "query" ? { ...pinned, row: under.row } : { ...pinned, column: under.row };
}

/** Where the large figure shows the pair that is pinned: its cell, or the row of one of its tokens (column −1). */
export function markedCell(document: AttentionDocument): Cell {
  const pair = pinnedPair(document);
  const { rows, columns } = ROLES[largeFigure(document).role];
  if (columns === "key") return pair;
  return { row: rows === "query" ? pair.row : pair.column, column: -1 };
}

/** Pins what was clicked in the large figure. */
export function pin(document: AttentionDocument, at: Cell): void {
  const { rows, columns } = ROLES[largeFigure(document).role];
  if (columns === "key") choose({ cell: at });
  else {
    const pair = pinnedPair(document);
    choose({ cell: rows === "query" ? { ...pair, row: at.row } : { ...pair, column: at.row } });
  }
}

export function moveCursor(document: AttentionDocument, rows: number, columns: number): void {
  const figure = largeFigure(document);
  const from = hovered.value ?? markedCell(document);
  const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, value));
  hovered.value = {
    row: within(from.row + rows, figure.rows),
    column: within(from.column + columns, figure.columns),
  };
}
