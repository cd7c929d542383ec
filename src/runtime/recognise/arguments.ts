import type { Trace } from "../../shared/trace.ts";
import { attributes, dataFlowOf } from "./graph.ts";
import { CARRYING, indicesOf } from "./index-path.ts";
import { isHiding, scalarOf } from "./scalar.ts";

/** Uses of one argument lie within so many steps. */
const MOST_STEPS = 200;

/** Arguments that look up a table and are no tokens: places, and which of two texts a token is of. */
const BESIDE_TOKENS = /(^|_)(pos|positions?|segments?|types?|labels?|class(es)?)(_|$)/;

/**
 * Whether an argument is given a text: whole numbers, one row for each text, that take rows of a table.
 * @param value index of the argument in `trace.values`.
 */
export function readsTokens(trace: Trace, value: number): boolean {
  const { leaf, dtype, shape } = trace.values[value]!;
  if (leaf?.kind !== "input" || shape.length !== 2 || (dtype !== "int64" && dtype !== "int32")) return false;
  if (/^(decoder_)?input_ids$/.test(leaf.name)) return true;
  return !BESIDE_TOKENS.test(leaf.name) && tableRows(trace, value) !== null;
}

/**
 * Rows of the smallest table that an argument of whole numbers takes rows of: its numbers have to be smaller. Null where
 * it takes none.
 * @param value index of the argument in `trace.values`.
 */
export function tableRows(trace: Trace, value: number): number | null {
  const flow = dataFlowOf(trace);
  let fewest: number | null = null;
  const seen = new Set([value]);
  for (const current of seen) {
    if (seen.size > MOST_STEPS) break;
    for (const operation of flow.consumers(current)) {
      const [table, index] = operation.inputs;
      if (operation.primitive === "gather" && index === current && table != null && flow.isWeight(table)) {
        const rows = flow.shape(table)[attributes(operation, "gather").dim]!;
        fewest = Math.min(fewest ?? rows, rows);
      } else if (indicesOf(operation).includes(current))
        for (const output of operation.outputs) if (isWhole(trace, output)) seen.add(output);
    }
  }
  return fewest;
}

function isWhole(trace: Trace, value: number): boolean {
  return /^u?int/.test(trace.values[value]!.dtype);
}

/**
 * Whether a mask hides where it is true: where it chooses a number so small that a softmax makes nothing of it. Null where
 * the trace does not show it.
 * @param value index of the argument in `trace.values`.
 */
export function hidesWhereTrue(trace: Trace, value: number): boolean | null {
  const flow = dataFlowOf(trace);
  const meaning = new Map([[value, true]]);
  for (const [current, same] of meaning) {
    if (meaning.size > MOST_STEPS) break;
    for (const operation of flow.consumers(current)) {
      const { primitive, inputs, outputs } = operation;
      const pass = (kept: boolean) => {
        for (const output of outputs) if (!meaning.has(output)) meaning.set(output, kept ? same : !same);
      };
      if (primitive === "where" && inputs[0] === current) {
        const hides = (input: number | null | undefined) => input != null && isHiding(flow, input);
        if (hides(inputs[1])) return same;
        if (hides(inputs[2])) return !same;
      } else if (primitive === "not") pass(false);
      else if (primitive === "eq" && inputs.some(input => input != null && scalarOf(flow, input) === 0))
        pass(false);
      else if (primitive === "and" || primitive === "or" || primitive === "ne" || CARRYING.has(primitive))
        pass(true);
    }
  }
  return null;
}
