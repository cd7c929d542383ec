import type { Operation } from "../../shared/trace.ts";
import { type DataFlow, PRODUCTS } from "./graph.ts";
import { scalarOf } from "./scalar.ts";

/** An addition x + f(x), and what f does. */
export interface Residual {
  readonly addition: Operation;
  /** Operations between x and the addition. */
  readonly branch: readonly Operation[];
}

/** Every x + f(x) of a trace where f has a linear map (He et al. 2016). */
export function residuals(flow: DataFlow): readonly Residual[] {
  return flow.operations.flatMap(operation => {
    if (operation.primitive !== "add") return [];
    const [a, b] = operation.inputs;
    if (a == null || b == null || flow.rank(a) < 3 || !sameShape(flow, a, b)) return [];
    if (areScores(flow, operation.outputs[0]!)) return [];
    const branch =
      branchFrom(flow, unscaled(flow, a), b) ??
      branchFrom(flow, unscaled(flow, b), a) ??
      besideShortcut(flow, a, b);
    return branch ? [{ addition: operation, branch }] : [];
  });
}

/** The stream before it was weighed against what is added to it: by a number, or by a number for each feature. */
function unscaled(flow: DataFlow, x: number): number {
  const operation = flow.producer(flow.unchanged(x));
  const [a, b] = operation?.inputs ?? [];
  if (operation?.primitive !== "mul" || a == null || b == null) return x;
  for (const [stream, factor] of [
    [a, b],
    [b, a],
  ] as const) {
    if (scalarOf(flow, factor) !== null) return stream;
    const before = flow.producer(flow.unchanged(stream))?.primitive;
    if (flow.isWeight(factor) && (before === "add" || before === "gather")) return stream;
  }
  return x;
}

/** Whether a value is on its way to a softmax: scores of attention, not hidden states. */
export function areScores(flow: DataFlow, value: number): boolean {
  let front = [value];
  for (let depth = 0; depth < 6 && front.length > 0; depth++) {
    const consumers = front.flatMap(each => flow.consumers(each));
    if (consumers.some(each => each.primitive === "softmax")) return true;
    front = consumers
      .filter(each => ["add", "cast", "reshape", "where", "mul", "maximum"].includes(each.primitive))
      .flatMap(each => each.outputs);
  }
  return false;
}

function sameShape(flow: DataFlow, a: number, b: number): boolean {
  return flow.shape(a).join() === flow.shape(b).join();
}

/** Operations of a layer between two additions; a mixture of experts or a scan is longer than an attention. */
const LONGEST_BRANCH = 4000;

/** What lies between x and f(x), where f(x) rests on x; null where it does not, or without a linear map. */
function branchFrom(flow: DataFlow, x: number, fx: number): Operation[] | null {
  const start = flow.unchanged(x);
  const [stop] = [indexOf(flow, start)];
  const inside = new Map<number, boolean>();
  const operations: Operation[] = [];
  const order: number[] = [];
  const seen = new Set<number>();
  const stack = [fx];
  while (stack.length > 0) {
    const value = stack.pop()!;
    if (seen.has(value) || value === start || value === x) continue;
    seen.add(value);
    const producer = flow.producer(value);
    // Nothing that was computed before x can rest on it.
    if (!producer || indexOf(flow, value) <= stop) continue;
    if (seen.size > LONGEST_BRANCH) return null;
    order.push(value);
    for (const input of producer.inputs) if (input !== null) stack.push(input);
  }
  const reaches = (value: number): boolean => value === start || value === x || inside.get(value) === true;
  order.sort((a, b) => indexOf(flow, a) - indexOf(flow, b));
  let weighted = false;
  for (const value of order) {
    const producer = flow.producer(value)!;
    if (!producer.inputs.some(input => input !== null && reaches(input))) continue;
    inside.set(value, true);
    operations.push(producer);
    weighted ||= PRODUCTS.has(producer.primitive) && producer.inputs.some(i => i !== null && !flow.varies(i));
  }
  return reaches(fx) && weighted && fx !== x && operations.length > 0 ? operations : null;
}

function indexOf(flow: DataFlow, value: number): number {
  return flow.indexOf(value);
}

/** f(x) + s(x) where s is one convolution with its norm, which only brings x to the shape of f(x). */
function besideShortcut(flow: DataFlow, a: number, b: number): Operation[] | null {
  for (const [shortcut, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const product = nearestProduct(flow, shortcut);
    if (product?.primitive !== "conv") continue;
    const x = product.inputs[0]!;
    const kernel = flow.shape(product.inputs[1]!).slice(2);
    if (!kernel.every(size => size === 1)) continue;
    const branch = branchFrom(flow, x, other);
    if (branch?.some(each => each.primitive === "conv")) return branch;
  }
  return null;
}

/** The first product on the way back through what acts on each number by itself. */
function nearestProduct(flow: DataFlow, value: number): Operation | null {
  let current = value;
  for (let depth = 0; depth < 16; depth++) {
    const producer = flow.producer(current);
    if (!producer) return null;
    if (PRODUCTS.has(producer.primitive)) return producer;
    const next = producer.inputs.find(
      input => input !== null && flow.shape(input).join() === flow.shape(current).join(),
    );
    if (next == null) return null;
    current = next;
  }
  return null;
}
