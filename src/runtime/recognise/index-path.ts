import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";

/** What moves whole numbers, truths and masks about, and what puts two of a kind together: they mean what they meant. */
export const CARRYING: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "reshape",
  "expand",
  "permute",
  "slice",
  "concat",
  "pad",
  "add",
  "minimum",
  "maximum",
]);

/** What indices pass through besides: arithmetic that makes other rows of them, and choices among them. */
const COMPUTING: ReadonlySet<PrimitiveName> = new Set([
  "sub",
  "mul",
  "mod",
  "gather",
  "gather_nd",
  "scatter_nd",
]);

/**
 * The inputs of an operation whose numbers go on in its result as indices do between the argument of forward that gives
 * them and the table whose rows they take; none where it makes something else. What only chooses is no part of it.
 */
export function indicesOf({ primitive, inputs }: Operation): readonly number[] {
  const passing = primitive === "where" ? inputs.slice(1) : isPassing(primitive) ? inputs : [];
  return passing.filter(input => input !== null);
}

function isPassing(primitive: PrimitiveName): boolean {
  return CARRYING.has(primitive) || COMPUTING.has(primitive);
}
