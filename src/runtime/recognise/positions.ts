import { isFloat } from "../../shared/dtype.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import { type DataFlow, PRODUCTS } from "./graph.ts";

/** Where numbers are read from: the way back from looked-up rows does not go on into their indices. */
export const LOOK_UPS: ReadonlySet<PrimitiveName> = new Set(["gather", "gather_elements", "gather_nd"]);

/** Where whole numbers come from what a model computed: no places, however they were counted before. */
const CHOOSING: ReadonlySet<PrimitiveName> = new Set([
  ...PRODUCTS,
  "topk",
  "arg",
  "nonzero",
  "softmax",
  "layer_norm",
]);

/** Whether an operation counts places: 0, 1, 2, … or a running sum of what is there. */
export function counts(operation: Operation): boolean {
  return operation.primitive === "range" || operation.primitive === "cumsum";
}

/** How far integers are followed to where they are counted. */
const COUNTING = 150;

/** Whether whole numbers are places in a sequence: counted, not distances between two places. */
export function arePositions(flow: DataFlow, index: number): boolean {
  return restsByValue(flow, index, counts) && !areDistances(flow, index);
}

/** Whether whole numbers are distances between two places, or what was made of such. */
export function areDistances(flow: DataFlow, index: number): boolean {
  return restsByValue(flow, index, each => isDistance(flow, each));
}

/** Whether a value rests on something, not counting where numbers were looked up. */
function restsByValue(flow: DataFlow, value: number, accepts: (operation: Operation) => boolean): boolean {
  const seen = new Set<number>();
  const queue = [value];
  while (queue.length > 0 && seen.size < COUNTING) {
    const current = queue.shift()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const operation = flow.producer(current);
    if (!operation || CHOOSING.has(operation.primitive)) continue;
    if (accepts(operation)) return true;
    const [table] = operation.inputs;
    const inputs = LOOK_UPS.has(operation.primitive) && table != null ? [table] : operation.inputs;
    for (const input of inputs) if (input !== null) queue.push(input);
  }
  return false;
}

/** The difference of two counted axes: a table of both, where neither has yet what the other counts. */
function isDistance(flow: DataFlow, operation: Operation): boolean {
  const [a, b] = operation.inputs;
  if (a == null || b == null) return false;
  const negated = (value: number) => flow.producer(flow.unchanged(value))?.primitive === "neg";
  if (operation.primitive !== "sub" && !(operation.primitive === "add" && (negated(a) || negated(b))))
    return false;
  if (![a, b].every(each => flow.rests(each, counts, COUNTING))) return false;
  const table = flow.shape(operation.outputs[0]!);
  const spread = (value: number) => {
    const shape = flow.shape(value);
    return table.some((size, axis) => size > 1 && (shape.at(axis - table.length) ?? 1) === 1);
  };
  if (spread(a) && spread(b)) return true;
  // One of them was written out for every row before.
  return (spread(a) || spread(b)) && table.length >= 2 && table.at(-1) === table.at(-2);
}

/** What angles may pass through between sine or cosine and where they are used. */
const CARRYING: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "reshape",
  "expand",
  "permute",
  "slice",
  "concat",
  "gather",
  "tile",
  "neg",
  "scatter_nd",
  "scatter_elements",
  "pad",
  "where",
  "add",
  "mul",
  "div",
]);

/** What becomes of a sine or cosine, and where: hidden states are turned by it, or it is added to them. */
export interface UseOfAngle {
  readonly kind: "turned" | "added";
  /** From the sine or cosine to where it meets hidden states. */
  readonly operations: readonly Operation[];
}

export function useOfAngle(flow: DataFlow, angle: Operation): UseOfAngle | null {
  const from = new Map<number, Operation>();
  let front = [...angle.outputs];
  for (let depth = 0; depth < 24 && front.length > 0; depth++) {
    const next: number[] = [];
    for (const value of front)
      for (const consumer of flow.consumers(value)) {
        const output = consumer.outputs[0]!;
        if (from.has(output)) continue;
        from.set(output, consumer);
        const { primitive } = consumer;
        if (PRODUCTS.has(primitive)) return null;
        const others = consumer.inputs.filter((each): each is number => each !== null && each !== value);
        const meets = primitive === "mul" || primitive === "add";
        if (meets && others.some(each => isHidden(flow, each)))
          return {
            kind: primitive === "mul" ? "turned" : "added",
            operations: chain(flow, from, output, angle),
          };
        if (CARRYING.has(primitive)) next.push(output);
      }
    front = next;
  }
  return null;
}

/** The operations on the way from an angle to a value, in order. */
function chain(
  flow: DataFlow,
  from: ReadonlyMap<number, Operation>,
  value: number,
  angle: Operation,
): Operation[] {
  const operations: Operation[] = [];
  for (let current: number | null = value; current !== null; ) {
    const operation: Operation = from.get(current)!;
    operations.unshift(operation);
    const before: number | null | undefined = operation.inputs.find(
      input => input !== null && (from.has(input) || flow.producer(input) === angle),
    );
    current = before != null && from.has(before) ? before : null;
  }
  return [angle, ...operations];
}

/** Whether a value is a hidden state: it rests on parameters that were looked up or multiplied with, or is given. */
export function isHidden(flow: DataFlow, value: number): boolean {
  return (
    isComputed(flow, value) || isGiven(flow, value) || flow.rests(value, each => takesGiven(flow, each), 120)
  );
}

/** Whether a value rests on parameters that were looked up or multiplied with. */
export function isComputed(flow: DataFlow, value: number): boolean {
  if (flow.isWeight(value)) return false;
  return flow.rests(
    value,
    each =>
      (PRODUCTS.has(each.primitive) || each.primitive === "layer_norm" || LOOK_UPS.has(each.primitive)) &&
      each.inputs.some(input => input !== null && flow.isWeight(input)),
    120,
  );
}

function takesGiven(flow: DataFlow, operation: Operation): boolean {
  return operation.inputs.some(input => input !== null && isGiven(flow, input));
}

/** An input of real numbers: hidden states of another module, a picture, sound. */
function isGiven(flow: DataFlow, value: number): boolean {
  const { leaf, dtype, shape } = flow.trace.values[value]!;
  return leaf?.kind === "input" && shape.length >= 2 && isFloat(dtype);
}

/** Whether a value is multiplied with a sine and a cosine on the way from its projection: it was turned by angles. */
export function isTurned(flow: DataFlow, value: number): boolean {
  let [sine, cosine] = [false, false];
  const seen = new Set<number>();
  const queue = [value];
  while (queue.length > 0 && seen.size < 80 && !(sine && cosine)) {
    const current = queue.shift()!;
    if (seen.has(current)) continue;
    seen.add(current);
    const operation = flow.producer(current);
    if (
      !operation ||
      (PRODUCTS.has(operation.primitive) && operation.inputs.some(i => i !== null && flow.isWeight(i)))
    )
      continue;
    if (operation.primitive === "mul")
      for (const input of operation.inputs) {
        if (input === null || isHidden(flow, input)) continue;
        sine ||= flow.rests(input, each => each.primitive === "sin", 40);
        cosine ||= flow.rests(input, each => each.primitive === "cos", 40);
      }
    for (const input of operation.inputs) if (input !== null) queue.push(input);
  }
  return sine && cosine;
}
