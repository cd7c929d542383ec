import type { Operation } from "../../shared/trace.ts";
import type { DataFlow } from "./graph.ts";
import { asProduct, exchanged, type Product } from "./product.ts";
import { scalarOf } from "./scalar.ts";

/** What weights may pass through between the softmax and the product with the values. */
const AFTER_SOFTMAX = new Set(["cast", "reshape", "expand", "mul", "where", "slice", "add"]);

/** What scores may pass through between the product of query and key and the softmax. */
const BEFORE_SOFTMAX = new Set([
  "cast",
  "reshape",
  "expand",
  "permute",
  "add",
  "sub",
  "mul",
  "div",
  "where",
  "maximum",
  "minimum",
  "tanh",
  "concat",
  "slice",
  "scatter_elements",
]);

const LONGEST_PATH = 12;

/** Follows the weights to the product in which they are summed over the keys. */
export function contextProduct(flow: DataFlow, weights: number, keyAxis: number): Product | null {
  let front = [weights];
  for (let depth = 0; depth < LONGEST_PATH && front.length > 0; depth++) {
    const next: number[] = [];
    for (const value of front)
      for (const operation of flow.consumers(value)) {
        const product = asProduct(flow, operation);
        if (product) {
          const fromEnd = flow.rank(weights) - keyAxis;
          for (const way of [product, exchanged(product)])
            if (way.left.value === value && flow.rank(value) - way.left.summed === fromEnd) return way;
        } else if (AFTER_SOFTMAX.has(operation.primitive)) next.push(operation.outputs[0]!);
      }
    front = next;
  }
  return null;
}

/** How the scores become what the softmax is given. */
export interface Trail {
  readonly product: Product;
  /** The product's result as the first step takes it, after changes of shape alone. */
  readonly scores: number;
  /** From the scores towards the softmax. */
  readonly steps: readonly Step[];
}

export interface Step {
  readonly operation: Operation;
  readonly input: number;
}

/** Walks back from the softmax to the product of two activations that the scores come from. */
export function trailToScores(flow: DataFlow, value: number, depth = LONGEST_PATH): Trail | null {
  const operation = flow.producer(value);
  if (!operation || depth === 0) return null;
  const product = asProduct(flow, operation);
  if (product) {
    const projected = flow.isParameter(product.left.value) || flow.isParameter(product.right.value);
    return projected ? null : { product, scores: value, steps: [] };
  }
  if (!BEFORE_SOFTMAX.has(operation.primitive)) return null;
  for (const input of operation.inputs) {
    const trail = input === null ? null : trailToScores(flow, input, depth - 1);
    if (!trail) continue;
    const onlyShape = operation.primitive === "reshape" || operation.primitive === "cast";
    if (onlyShape && trail.steps.length === 0) return { ...trail, scores: value };
    return { ...trail, steps: [...trail.steps, { operation, input: input! }] };
  }
  return null;
}

export interface Steps {
  readonly scaled: number | null;
  readonly scales: readonly number[];
  /** The other operand of every addition or choice. */
  readonly masks: readonly number[];
  readonly masked: number;
  /** Every addition and choice itself. */
  readonly masking: readonly Step[];
}

/** What happens to the scores: multiplications by one number, and everything that adds or chooses. */
export function classifySteps(flow: DataFlow, steps: readonly Step[]): Steps {
  let scaled: number | null = null;
  let masked = -1;
  const scales: number[] = [];
  const masks: number[] = [];
  const masking: Step[] = [];
  for (const { operation, input } of steps) {
    const output = operation.outputs[0]!;
    const others = operation.inputs.filter((each): each is number => each !== null && each !== input);
    const factor = operation.primitive === "mul" || operation.primitive === "div";
    const single = others.length === 1 && flow.shape(others[0]!).every(size => size === 1);
    if (factor && single) {
      const number = scalarOf(flow, others[0]!);
      if (number !== null) scales.push(operation.primitive === "mul" ? number : 1 / number);
      if (masks.length === 0) scaled = output;
    } else if (["add", "sub", "where", "mul", "minimum"].includes(operation.primitive) && others.length > 0) {
      masks.push(...others);
      masking.push({ operation, input });
    }
    if (masks.length > 0 && operation.primitive !== "concat") masked = output;
  }
  return { scaled, scales, masks, masked, masking };
}
