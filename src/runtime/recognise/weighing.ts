import type { Operation } from "../../shared/trace.ts";
import { attributes, type DataFlow } from "./graph.ts";

/** How scores become weights: what is taken of, over which axis, and whether the weights of a query add up to one. */
export interface Weighing {
  readonly input: number;
  readonly axis: number;
  readonly normalised: boolean;
}

/** Functions that take the place of the softmax: a kernel, a probability that two hashes agree (Zeng et al. 2021). */
const WEIGHING = new Set(["exp", "relu", "sigmoid", "acos", "softplus"]);

/** A function of scores that may take the place of the softmax. */
export function unnormalised(flow: DataFlow, operation: Operation): Weighing | null {
  const [input] = operation.inputs;
  if (!WEIGHING.has(operation.primitive) || input == null || flow.rank(input) < 3) return null;
  return { input, axis: flow.rank(input) - 1, normalised: false };
}

/** What a softmax, written as one operation or as exp(x) / Σ exp(x), is taken of, and over which axis. */
export function normalisation(flow: DataFlow, operation: Operation): Weighing | null {
  if (operation.primitive === "softmax")
    return { input: operation.inputs[0]!, axis: attributes(operation, "softmax").dim, normalised: true };
  if (operation.primitive !== "div") return null;
  const sum = flow.producer(flow.unchanged(operation.inputs[1]!));
  const exponential = flow.producer(flow.unchanged(operation.inputs[0]!));
  if (sum?.primitive !== "reduce" || exponential?.primitive !== "exp") return null;
  const { kind, dims } = attributes(sum, "reduce");
  const of = flow.producer(flow.unchanged(sum.inputs[0]!));
  return kind === "sum" && dims.length === 1 && of === exponential
    ? { input: exponential.inputs[0]!, axis: dims[0]!, normalised: true }
    : null;
}
