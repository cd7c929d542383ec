import type { AttentionPart } from "./attention.ts";
import { attributes, type DataFlow } from "./graph.ts";

/** What a key or value head may pass through while it is repeated for the query heads that share it. */
const REPEATING = new Set(["reshape", "expand", "tile", "gather", "concat", "cast"]);

/**
 * Keys or values before each head was repeated for a group of query heads (Ainslie et al. 2023), where that happened:
 * the nearest earlier value of the same rank and the same tokens × features, with fewer heads that divide the later ones.
 */
export function unrepeated(flow: DataFlow, repeated: AttentionPart): AttentionPart {
  if (repeated.head === null) return repeated;
  const shape = flow.shape(repeated.value);
  let value = repeated.value;
  let repetition = false;
  for (let depth = 0; depth < 6; depth++) {
    const operation = flow.producer(value);
    if (!operation || !REPEATING.has(operation.primitive)) return repeated;
    if (operation.primitive === "gather" && attributes(operation, "gather").dim !== repeated.head)
      return repeated;
    if (operation.primitive === "concat" && new Set(operation.inputs).size !== 1) return repeated;
    repetition ||= operation.primitive !== "reshape" && operation.primitive !== "cast";
    value = operation.inputs[0]!;
    if (repetition && fewerHeads(shape, flow.shape(value), repeated)) return { ...repeated, value };
  }
  return repeated;
}

function fewerHeads(later: readonly number[], earlier: readonly number[], { head }: AttentionPart): boolean {
  if (earlier.length !== later.length) return false;
  return later.every((size, axis) =>
    axis === head ? earlier[axis]! < size && size % earlier[axis]! === 0 : earlier[axis] === size,
  );
}
