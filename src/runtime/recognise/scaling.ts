import type { DataFlow } from "./graph.ts";
import type { Product } from "./product.ts";
import { scalarOf } from "./scalar.ts";

/** The factor on q·k, from wherever it is applied: to the scores, or to the query or the key before. */
export function scaleOf(flow: DataFlow, product: Product, onScores: readonly number[]): number | null {
  const factors = [
    ...onScores,
    ...scalesBefore(flow, product.left.value),
    ...scalesBefore(flow, product.right.value),
  ];
  return factors.length === 0 ? null : factors.reduce((a, b) => a * b, 1);
}

function scalesBefore(flow: DataFlow, value: number): number[] {
  const step = scaling(flow, value);
  return step ? [step.factor] : [];
}

/** The value before it was multiplied by one constant, where that is the last thing that happened to it. */
export function beforeScale(flow: DataFlow, value: number): number {
  return scaling(flow, value)?.input ?? value;
}

function scaling(flow: DataFlow, value: number): { input: number; factor: number } | null {
  const operation = flow.producer(value);
  if (operation?.primitive !== "mul" && operation?.primitive !== "div") return null;
  const [a, b] = operation.inputs;
  if (a == null || b == null || flow.rank(value) < 2) return null;
  const factor = scalarOf(flow, b);
  if (factor === null) return null;
  return { input: a, factor: operation.primitive === "mul" ? factor : 1 / factor };
}
