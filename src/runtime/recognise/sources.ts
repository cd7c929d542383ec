import type { DType } from "../../shared/dtype.ts";
import { within } from "./facts.ts";
import { type DataFlow, PRODUCTS } from "./graph.ts";
import { isHidden } from "./positions.ts";

const FLOATING: ReadonlySet<DType> = new Set(["float16", "bfloat16", "float32", "float64"]);

/** Where nothing numerical happens: the value stays what it was, in another shape or type. */
const SHAPES = new Set(["reshape", "permute", "expand", "cast", "slice", "pad"]);

/**
 * The hidden states that a query, key or value was projected from: what enters the nearest products with parameters,
 * before changes of shape. Without any projection, the nearest leaves.
 */
export function sourcesOf(flow: DataFlow, value: number): Set<number> {
  const sources = new Set<number>();
  const seen = new Set<number>();
  const queue = [value];
  // Positions are integers; query and key may share them without sharing hidden states.
  const add = (source: number) => {
    if (FLOATING.has(flow.trace.values[source]!.dtype)) sources.add(source);
  };
  while (queue.length > 0 && seen.size < 120) {
    const current = queue.shift()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const operation = flow.producer(current);
    if (!operation) {
      if (!flow.isParameter(current)) add(current);
      continue;
    }
    const inputs = operation.inputs.filter((input): input is number => input !== null);
    if (PRODUCTS.has(operation.primitive) && inputs.some(input => parameterIn(flow, input))) {
      for (const input of inputs) if (!parameterIn(flow, input)) add(beforeShapes(flow, input));
    } else queue.push(...inputs);
  }
  return sources;
}

/** The hidden states that a value rests on and that were computed outside of the module at `path`. */
export function enteringFrom(flow: DataFlow, value: number, path: string): Set<number> {
  const entering = new Set<number>();
  const seen = new Set<number>();
  const queue = [value];
  while (queue.length > 0 && seen.size < 400) {
    const current = queue.pop()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const operation = flow.producer(current);
    if (operation && within(flow.enclosing([operation]), path)) {
      for (const input of operation.inputs) if (input !== null) queue.push(input);
    } else if (flow.varies(current) && isHidden(flow, current)) entering.add(beforeShapes(flow, current));
  }
  return entering;
}

/** A parameter, or one in another shape (a transposed weight). */
function parameterIn(flow: DataFlow, value: number): boolean {
  return flow.isParameter(beforeShapes(flow, value));
}

function beforeShapes(flow: DataFlow, value: number): number {
  let current = value;
  for (;;) {
    const operation = flow.producer(current);
    if (!operation || !SHAPES.has(operation.primitive)) return current;
    current = operation.inputs[0]!;
  }
}
