import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import type { Facts, Finding } from "./facts.ts";
import { attributes, type DataFlow, PRODUCTS } from "./graph.ts";
import { isHidden } from "./positions.ts";

/** One vector made from those of all tokens, or of all places of a picture: one of them, or their mean or maximum. */
export function pooled({ flow }: Facts): readonly Finding[] {
  return flow.operations.flatMap(operation => {
    if (operation.call === null || !makesOneOfMany(flow, operation)) return [];
    const output = operation.outputs[0]!;
    if (!isHidden(flow, operation.inputs[0]!) || !isUsedAlone(flow, output)) return [];
    return [{ path: flow.enclosing([operation]), operations: [operation] }];
  });
}

/** Whether an operation leaves one place of an axis of tokens, or of the axes of a picture. */
function makesOneOfMany(flow: DataFlow, operation: Operation): boolean {
  const input = operation.inputs[0];
  if (input == null) return false;
  const before = flow.shape(input);
  const after = flow.shape(operation.outputs[0]!);
  if (operation.primitive === "slice") {
    const { dim } = attributes(operation, "slice");
    return before.length === 3 && dim === 1 && before[1]! > 1 && after[1] === 1;
  }
  if (operation.primitive === "gather" || operation.primitive === "gather_nd")
    return before.length === 3 && after.length === 2 && before[0] === after[0] && before[2] === after[1];
  if (operation.primitive === "reduce") {
    const { kind, dims } = attributes(operation, "reduce");
    if (kind === "sum" && !isAveraged(flow, operation)) return false;
    if (kind === "prod" || kind === "min") return false;
    if (before.length === 4 && dims.length === 2 && dims.includes(2) && dims.includes(3)) return true;
    // The places of a picture in one axis, or tokens that were put last.
    const moved = flow.producer(flow.unchanged(input))?.primitive === "permute" && before[2]! > 1;
    const placesLast = before.length === 3 && (flow.rank(flow.unchanged(input)) === 4 || moved);
    if (placesLast && dims.length === 1 && dims[0] === 2) return true;
    const places = before.length === 4 ? [2, 3] : before.length === 3 ? [1] : [];
    return dims.length > 0 && dims.every(dim => places.includes(dim) && before[dim]! > 1);
  }
  if (operation.primitive === "pool")
    return before.length >= 3 && after.slice(2).every(size => size === 1) && before.slice(2).some(s => s > 1);
  return false;
}

/** A sum that is divided by how many there were. */
function isAveraged(flow: DataFlow, operation: Operation): boolean {
  return flow.consumers(operation.outputs[0]!).some(each => each.primitive === "div");
}

const PER_VECTOR: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "reshape",
  "permute",
  "reduce",
  "div",
  "mul",
  "add",
  "sub",
  "layer_norm",
  "rsqrt",
  "sqrt",
  "relu",
  "gelu",
  "tanh",
  "maximum",
]);

/**
 * Whether a vector goes on by itself, into a projection or out of the model; not back to every place, as the gates of
 * squeeze-and-excitation do, nor into the next step of a loop.
 */
function isUsedAlone(flow: DataFlow, vector: number): boolean {
  const outputs = new Set(flow.trace.outputs.map(output => output.value));
  const count = (value: number) => flow.shape(value).reduce((product, size) => product * size, 1);
  const limit = count(vector);
  const seen = new Set<number>();
  let used = false;
  let front = [vector];
  for (let depth = 0; depth < 24 && front.length > 0; depth++) {
    const next: number[] = [];
    for (const value of front) {
      if (outputs.has(value)) used = true;
      for (const consumer of flow.consumers(value)) {
        const output = consumer.outputs[0]!;
        if (seen.has(output)) continue;
        seen.add(output);
        const weighted = consumer.inputs.some(each => each !== null && flow.isWeight(each));
        if (PRODUCTS.has(consumer.primitive)) {
          if (!weighted && !outputs.size) return false;
          if (weighted) {
            used = true;
            if (flow.rank(output) === 4) next.push(output);
          }
          continue;
        }
        if (flow.rank(output) >= 3 && count(output) > limit * 4 && !weighted) return false;
        if (PER_VECTOR.has(consumer.primitive) || consumer.primitive === "sigmoid") next.push(output);
      }
    }
    front = next;
  }
  return used;
}
