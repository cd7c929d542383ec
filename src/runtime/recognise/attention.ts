import type { AttentionRole } from "../../shared/protocol/component.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { attributes, type DataFlow, dataFlowOf } from "./graph.ts";
import { liftOf, type MaskLift, termOfScores } from "./mask-kind.ts";
import { isTurned } from "./positions.ts";
import { exchanged, type Product } from "./product.ts";
import { unrepeated } from "./repetition.ts";
import { beforeScale, scaleOf } from "./scaling.ts";
import { classifySteps, contextProduct, trailToScores } from "./score-trail.ts";
import { enteringFrom, sourcesOf } from "./sources.ts";
import { normalisation, unnormalised, type Weighing } from "./weighing.ts";

/** softmax(q·kᵀ / √d + mask) · v, found in a trace by its flow of data (Vaswani et al. 2017, equation 1). */
export interface Attention {
  /** Innermost module that encloses it. */
  readonly path: string;
  /** The product of queries and keys, the softmax, the product with the values. */
  readonly operations: readonly Operation[];
  /** "self": queries and keys are projected from the same hidden states. */
  readonly kind: "self" | "cross";
  /** A mask that compares positions is applied. */
  readonly causal: boolean;
  /** The mask compares positions with a distance: only so many tokens back are seen. */
  readonly windowed: boolean;
  /** Something hides keys from queries: a comparison of positions, or a mask that is an input. */
  readonly masked: boolean;
  /** A bias by the distance between query and key is added to the scores. */
  readonly biased: boolean;
  /** Queries and keys were turned by angles before (Su et al. 2021). */
  readonly rotary: boolean;
  /** The model returns its keys, or goes on from earlier ones. */
  readonly cached: boolean;
  /**
   * Weights are one matrix of queries and keys whose rows add up to one; false where scores were cut into pieces and put
   * together again, or where another function took the place of the softmax.
   */
  readonly dense: boolean;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Factor on q·k where it is a constant of the source; null where there is none. */
  readonly scale: number | null;
  /** How its mask can be taken away; null where it has none, or one that also carries a learned bias. */
  readonly maskLift: MaskLift | null;
  /** query, key, value, scores, weights and output are always there. */
  readonly parts: Readonly<Partial<Record<AttentionRole, AttentionPart>>> &
    Readonly<Record<"query" | "key" | "value" | "scores" | "weights" | "output", AttentionPart>>;
}

/** A value and what its axes are. Axes that are not named are batch, and further windows or groups. */
export interface AttentionPart {
  /** Index into `trace.values`. */
  readonly value: number;
  readonly head: number | null;
  readonly row: number;
  readonly column: number;
}

/** Every attention of a trace, in the order in which the weights are computed. */
export function recogniseAttention(trace: Trace): readonly Attention[] {
  const attentions = known.get(trace) ?? search(trace);
  known.set(trace, attentions);
  return attentions;
}

/** Traces never change, so what was found in one stays. */
const known = new WeakMap<Trace, readonly Attention[]>();

function search(trace: Trace): Attention[] {
  const flow = dataFlowOf(trace);
  const found = new Map<Operation, Attention>();
  const take = (weighing: Operation, weights: Weighing | null) => {
    const attention = weights && attentionAround(flow, weighing, weights);
    if (!attention) return;
    const sum = attention.operations.at(-1)!;
    if (!found.has(sum)) found.set(sum, attention);
  };
  for (const operation of flow.operations) take(operation, normalisation(flow, operation));
  // Only where no softmax leads to the same sum of values.
  for (const operation of flow.operations) take(operation, unnormalised(flow, operation));
  return [...found.values()].sort((a, b) => order(flow, a) - order(flow, b));
}

function order(flow: DataFlow, { parts }: Attention): number {
  return flow.indexOf(parts.weights.value);
}

function attentionAround(
  flow: DataFlow,
  softmax: Operation,
  { input, axis: keyAxis, normalised }: Weighing,
): Attention | null {
  const weights = softmax.outputs[0]!;
  const context = contextProduct(flow, weights, keyAxis);
  if (!context) return null;
  const trail = trailToScores(flow, input);
  if (!trail) return null;
  const rank = flow.rank(weights);
  const queryAxis = rank - 1 === keyAxis ? rank - 2 : rank - 1;
  const product = orient(flow, trail.product, weights, queryAxis, keyAxis);

  const score = (value: number): AttentionPart => {
    const own = flow.rank(value);
    return own === rank
      ? part(headAxis(own, queryAxis, keyAxis), queryAxis, keyAxis, value)
      : part(headAxis(own, own - 2, own - 1), own - 2, own - 1, value);
  };
  const query = operandPart(flow, beforeScale(flow, product.left.value), product.left, "free");
  const keyOperand = operandPart(flow, beforeScale(flow, product.right.value), product.right, "free");
  const valueOperand = operandPart(flow, context.right.value, context.right, "summed");
  const key = unrepeated(flow, untransposed(flow, keyOperand));
  const value = unrepeated(flow, untransposed(flow, valueOperand));
  const steps = classifySteps(flow, trail.steps);
  const scaled = scaleOf(flow, product, steps.scales);
  const output = context.result;
  const pieced = steps.pieced;
  const dense = normalised && !pieced;
  const heads = headCount(flow, score(weights));
  const terms = steps.masks.map(mask => termOfScores(flow, mask));
  const keyValueHeads = !pieced ? Math.min(heads, headCount(flow, key)) : heads;
  const operations = [product.operation, softmax, context.operation];
  const parts = {
    query,
    key,
    value,
    scores: score(trail.scores),
    ...(steps.scaled !== null && { scaled: score(steps.scaled) }),
    ...(steps.masks.length > 0 && { masked: score(steps.masked) }),
    weights: score(weights),
    output: part(
      headAxis(flow.rank(output.value), output.row, output.column),
      output.row,
      output.column,
      output.value,
    ),
  };
  return {
    path: flow.enclosing(operations),
    operations,
    kind: sharesSource(flow, query.value, key.value, flow.enclosing(operations)) ? "self" : "cross",
    causal: !pieced && terms.some(term => term.causal),
    windowed: pieced || terms.some(term => term.windowed),
    masked: terms.some(term => term.mask),
    biased: terms.some(term => term.byDistance),
    rotary: isTurned(flow, query.value) && isTurned(flow, key.value),
    cached: isKept(flow, key.value),
    dense,
    heads,
    keyValueHeads,
    scale: scaled,
    maskLift: liftOf(flow, steps.masking),
    parts,
  };
}

/** Which operand is the query: the one whose free axis becomes the axis that the softmax does not sum over. */
function orient(
  flow: DataFlow,
  product: Product,
  weights: number,
  queryAxis: number,
  keyAxis: number,
): Product {
  const rank = flow.rank(weights);
  const own = flow.rank(product.result.value);
  const column = own === rank ? keyAxis : own - (rank - keyAxis);
  const row = own === rank ? queryAxis : own - (rank - queryAxis);
  return product.result.row === column && product.result.column === row ? exchanged(product) : product;
}

function part(head: number | null, row: number, column: number, value: number): AttentionPart {
  return { value, head, row, column };
}

/** The last axis before rows and columns; a batch of heads where there is only one. */
function headAxis(rank: number, row: number, column: number): number | null {
  for (let axis = rank - 1; axis >= 0; axis--) if (axis !== row && axis !== column) return axis;
  return null;
}

/** An operand with tokens as rows and features as columns. */
function operandPart(
  flow: DataFlow,
  value: number,
  operand: Product["left"],
  tokens: "free" | "summed",
): AttentionPart {
  const row = operand[tokens];
  const column = operand[tokens === "free" ? "summed" : "free"];
  return part(headAxis(flow.rank(value), row, column), row, column, value);
}

/** The value before its last two axes were exchanged, so that it reads tokens × features in memory too. */
function untransposed(flow: DataFlow, from: AttentionPart): AttentionPart {
  const operation = flow.producer(from.value);
  if (operation?.primitive !== "permute" || from.row < from.column) return from;
  const { permutation } = attributes(operation, "permute");
  const back = (axis: number | null) => (axis === null ? null : permutation[axis]!);
  const before = part(back(from.head), back(from.row)!, back(from.column)!, operation.inputs[0]!);
  return before.row < before.column ? before : from;
}

/** Whether keys are returned by the model, or put after keys that it was given. */
function isKept(flow: DataFlow, key: number): boolean {
  const outputs = new Set(flow.trace.outputs.map(output => flow.unchanged(output.value)));
  const queue = [flow.unchanged(key)];
  for (let depth = 0; depth < 8 && queue.length > 0; depth++) {
    const value = queue.shift()!;
    if (outputs.has(value)) return true;
    const operation = flow.producer(value);
    if (operation?.primitive === "concat")
      if (operation.inputs.some(each => each !== null && flow.trace.values[each]!.leaf?.kind === "input"))
        return true;
    for (const consumer of flow.consumers(value))
      if (consumer.primitive === "slice" || consumer.primitive === "concat")
        if (outputs.has(consumer.outputs[0]!)) return true;
    if (operation && KEEPING.has(operation.primitive)) queue.push(flow.unchanged(operation.inputs[0]!));
  }
  return false;
}

/** What keys may pass through between the cache and the scores. */
const KEEPING = new Set(["permute", "slice", "concat", "mul", "reshape", "expand"]);

function headCount(flow: DataFlow, from: AttentionPart): number {
  return from.head === null ? 1 : flow.shape(from.value)[from.head]!;
}

/** Whether both were projected from the same hidden states, or from what entered the attention as one. */
function sharesSource(flow: DataFlow, query: number, key: number, path: string): boolean {
  const share = (a: ReadonlySet<number>, b: ReadonlySet<number>) => [...a].some(source => b.has(source));
  return (
    share(sourcesOf(flow, query), sourcesOf(flow, key)) ||
    (path !== "" && share(enteringFrom(flow, query, path), enteringFrom(flow, key, path)))
  );
}
