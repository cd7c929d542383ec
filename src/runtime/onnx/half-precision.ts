import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation, Trace } from "../../shared/trace.ts";

/** What gives elements of its input as they are: nothing to round. */
const MOVES: ReadonlySet<PrimitiveName> = new Set([
  ...(["reshape", "permute", "expand", "slice", "concat", "tile", "gather"] as const),
  ...(["gather_elements", "gather_nd", "trilu"] as const),
]);

/**
 * Which values in half precision are rounded to it. A model whose arguments or parameters are in half precision is
 * computed in float32, which loses nothing. One in float32 whose source asks for half precision somewhere has it there:
 * as in PyTorch, each call computes in float32 and rounds what it gives.
 */
export function roundsToHalf(trace: Trace): (operation: Operation, value: number) => boolean {
  const isHalf = (value: number) => /^b?float16$/.test(trace.values[value]!.dtype);
  const none = trace.values.every(({ leaf }, value) => leaf || !isHalf(value));
  if (none || trace.values.some(({ leaf }, value) => leaf && isHalf(value))) return () => false;
  const within = valuesWithinCalls(trace.operations);
  return ({ primitive, call }, value) => {
    if (!isHalf(value) || MOVES.has(primitive)) return false;
    // What is written into a tensor goes nowhere else, and what is cast within a call is rounded there as well.
    const written = trace.calls[call ?? -1]?.function === "Tensor.__setitem__";
    return written || primitive === "cast" || !within.has(value);
  };
}

/** Values that only the call that computes them reads. */
function valuesWithinCalls(operations: readonly Operation[]): ReadonlySet<number> {
  const all = operations.flatMap(withBody);
  const makers = new Map(all.flatMap(({ outputs, call }) => outputs.map(value => [value, call] as const)));
  const [inside, outside] = [new Set<number>(), new Set<number>()];
  for (const { inputs, call } of all) {
    for (const value of inputs)
      if (value !== null) (makers.get(value) === call ? inside : outside).add(value);
  }
  for (const body of all.flatMap(bodyOf)) {
    for (const value of [...body.carried.map(({ next }) => next), ...body.outputs]) outside.add(value);
  }
  return inside.difference(outside);
}

function withBody(operation: Operation): Operation[] {
  return [...bodyOf(operation).flatMap(({ operations }) => operations.flatMap(withBody)), operation];
}

function bodyOf(operation: Operation) {
  return operation.primitive === "scan" ? [(operation as Operation<"scan">).attributes.body] : [];
}
