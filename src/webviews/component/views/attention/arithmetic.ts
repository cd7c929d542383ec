import type { AttentionDocument, AttentionRole } from "../../../../shared/protocol/component.ts";
import type { Cell } from "../../../kit/heat-map.tsx";
import { figureOf, gridOf } from "./figures.ts";

/** The numbers that lead to one cell, all of them from the run. */
export interface CellArithmetic {
  /** The dot product of the query and key rows, computed from them here. */
  readonly dot: number | null;
  /** As the source computed it. */
  readonly score: number;
  readonly scaled: number | null;
  /** After the mask, or the score that the softmax is given. */
  readonly masked: number;
  readonly hidden: boolean;
  /** e^score of this cell and Σ e^score over the visible cells of its row; both times e^−shift where they are too large. */
  readonly exponential: { readonly own: number; readonly sum: number; readonly shift: number };
  readonly weight: number;
}

/** Scores from which their exponentials can no longer be read. */
const SHIFT_FROM = 20;

/** What leads to the weight of one pair of tokens in the head that is shown. */
export function cellArithmetic(document: AttentionDocument, { row, column }: Cell): CellArithmetic {
  const grid = (role: AttentionRole) => {
    const figure = figureOf(document, role);
    return figure ? gridOf(document, figure) : null;
  };
  const at = (role: AttentionRole) => {
    const found = grid(role);
    return found ? found.data[row * found.columns + column]! : null;
  };
  const score = at("scores")!;
  const scaled = at("scaled");
  const before = grid("masked") ?? grid("scaled") ?? grid("scores")!;
  const weights = grid("weights")!;
  const hiddenAt = (key: number) => weights.hidden?.[row * weights.columns + key] === 1;
  const visible = Array.from({ length: before.columns }, (_, key) => key).filter(key => !hiddenAt(key));
  const scores = visible.map(key => before.data[row * before.columns + key]!);
  const largest = Math.max(...scores);
  const shift = Math.abs(largest) > SHIFT_FROM ? largest : 0;
  const masked = before.data[row * before.columns + column]!;
  return {
    dot: dotProduct(grid("query"), row, grid("key"), column),
    score,
    scaled,
    masked,
    hidden: hiddenAt(column),
    exponential: {
      own: Math.exp(masked - shift),
      sum: scores.reduce((sum, each) => sum + Math.exp(each - shift), 0),
      shift,
    },
    weight: at("weights")!,
  };
}

type Vectors = { readonly columns: number; readonly data: Float32Array } | null;

function dotProduct(a: Vectors, row: number, b: Vectors, column: number): number | null {
  if (!a || !b || a.columns !== b.columns) return null;
  let sum = 0;
  for (let i = 0; i < a.columns; i++) sum += a.data[row * a.columns + i]! * b.data[column * b.columns + i]!;
  return sum;
}

/** The tokens that a query takes most from, largest first; not those whose weight would be shown as 0.000. */
export function largestWeights(
  document: AttentionDocument,
  row: number,
  count: number,
): { readonly key: number; readonly weight: number }[] {
  const { data, columns } = gridOf(document, figureOf(document, "weights")!);
  return Array.from({ length: columns }, (_, key) => ({ key, weight: data[row * columns + key]! }))
    .filter(({ weight }) => weight >= 0.0005)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, count);
}

/** Length of a vector, √Σx². */
export function norm(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, each) => sum + each * each, 0));
}
