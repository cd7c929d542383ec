import type { Operation } from "../../shared/trace.ts";
import type { DataFlow } from "./graph.ts";
import { isHidden } from "./positions.ts";
import { asProduct, exchanged, type Product } from "./product.ts";
import { scalarOf } from "./scalar.ts";

/** What weights may pass through between the softmax and the product with the values. */
const AFTER_SOFTMAX = new Set([
  "cast",
  "reshape",
  "expand",
  "permute",
  "mul",
  "div",
  "where",
  "slice",
  "add",
  "sub",
  "neg",
  "pow",
  "pad",
]);

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
  "pad",
  "gather",
  "scatter_elements",
]);

/** Scores that are computed in overlapping pieces are put together in some twenty steps. */
const LONGEST_PATH = 24;

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

/** Walks back from the softmax by the shortest way to the product of two hidden states that the scores come from. */
export function trailToScores(flow: DataFlow, value: number): Trail | null {
  const from = new Map<number, Step & { readonly output: number }>();
  let front = [value];
  for (let depth = 0; depth < LONGEST_PATH && front.length > 0; depth++) {
    const next: number[] = [];
    for (const current of front) {
      const operation = flow.producer(current);
      if (!operation) continue;
      const product = asProduct(flow, operation);
      if (product) {
        const { left, right } = product;
        if (isHidden(flow, left.value) && isHidden(flow, right.value))
          return trailAlong(product, current, value, from);
        continue;
      }
      if (!BEFORE_SOFTMAX.has(operation.primitive)) continue;
      for (const input of operation.inputs) {
        if (input === null || from.has(input)) continue;
        from.set(input, { operation, input, output: current });
        next.push(input);
      }
    }
    front = next;
  }
  return null;
}

function trailAlong(
  product: Product,
  scores: number,
  softmaxInput: number,
  from: ReadonlyMap<number, Step & { readonly output: number }>,
): Trail {
  const steps: Step[] = [];
  let start = scores;
  for (let value = scores; value !== softmaxInput; ) {
    const { operation, input, output } = from.get(value)!;
    const onlyShape = operation.primitive === "reshape" || operation.primitive === "cast";
    if (onlyShape && steps.length === 0) start = output;
    else steps.push({ operation, input });
    value = output;
  }
  return { product, scores: start, steps };
}

export interface Steps {
  readonly scaled: number | null;
  readonly scales: readonly number[];
  /** The other operand of every addition or choice. */
  readonly masks: readonly number[];
  readonly masked: number;
  /** Every addition and choice itself. */
  readonly masking: readonly Step[];
  /** Pieces of scores were moved or left out on the way. */
  readonly pieced: boolean;
}

/** What cuts scores into pieces and puts them together otherwise. */
const PIECING = new Set(["pad", "gather"]);

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
  const pieced = steps.some(({ operation }) => PIECING.has(operation.primitive));
  return { scaled, scales, masks, masked, masking, pieced };
}
