import type { Tensor } from "../../shared/dtype.ts";
import { numbers } from "../session/numbers.ts";

/** Tokens or classes that are shown as bars. */
const SHOWN = 6;

/** The softmax of the last row of scores […, tokens or classes]. */
export function sharesOf(logits: Tensor): Float64Array {
  const vocabulary = logits.shape.at(-1) ?? 0;
  const values = numbers(logits);
  const start = values.length - vocabulary;
  let max = -Infinity;
  for (let i = start; i < values.length; i++) if (values[i]! > max) max = values[i]!;
  const result = new Float64Array(vocabulary);
  let sum = 0;
  for (let i = 0; i < vocabulary; i++) {
    result[i] = Math.exp(values[start + i]! - max);
    sum += result[i]!;
  }
  for (let i = 0; i < vocabulary; i++) result[i]! /= sum;
  return result;
}

/** Half the sum of absolute differences: the share of probability that moved, 0 to 1. */
export function totalVariation(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / 2;
}

/** The likeliest tokens or classes before, and the likeliest one after where it is not among them; likeliest before first. */
export function shownTokens(before: Float64Array, after: Float64Array | null): number[] {
  const shown = likeliest(before, SHOWN);
  const first = after ? likeliest(after, 1)[0] : undefined;
  return first === undefined || shown.includes(first) ? shown : [...shown.slice(0, -1), first];
}

function likeliest(distribution: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < distribution.length; id++) {
    if (best.length === count && distribution[id]! <= distribution[best[count - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && distribution[best[place - 1]!]! < distribution[id]!) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
