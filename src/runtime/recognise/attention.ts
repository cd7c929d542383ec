import type { AttentionRole } from "../../shared/protocol/component.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { attributes, DataFlow, enclosingPath } from "./graph.ts";
import { comparesDistance, comparesPositions, liftOf, type MaskLift, usesParameter } from "./mask-kind.ts";
import { exchanged, type Product } from "./product.ts";
import { unrepeated } from "./repetition.ts";
import { beforeScale, scaleOf } from "./scaling.ts";
import { classifySteps, contextProduct, trailToScores } from "./score-trail.ts";
import { sourcesOf } from "./sources.ts";

/** softmax(q·kᵀ / √d + mask) · v, found in a trace by its flow of data (Vaswani et al. 2017, equation 1). */
export interface Attention {
  /** Innermost module that encloses it. */
  readonly path: string;
  /** "self": queries and keys are projected from the same hidden states. */
  readonly kind: "self" | "cross";
  /** A mask that compares positions is applied. */
  readonly causal: boolean;
  /** The mask compares positions with a distance: only so many tokens back are seen. */
  readonly windowed: boolean;
  /** A learned term is added to the scores. */
  readonly biased: boolean;
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
  const flow = new DataFlow(trace);
  return trace.operations.flatMap(operation => {
    if (operation.primitive !== "softmax") return [];
    const found = attentionAround(flow, operation);
    return found ? [found] : [];
  });
}

function attentionAround(flow: DataFlow, softmax: Operation): Attention | null {
  const weights = softmax.outputs[0]!;
  const keyAxis = attributes(softmax, "softmax").dim;
  const context = contextProduct(flow, weights, keyAxis);
  if (!context) return null;
  const trail = trailToScores(flow, softmax.inputs[0]!);
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
  const heads = headCount(flow, score(weights));
  const keyValueHeads = Math.min(heads, headCount(flow, key));
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
    path: enclosingPath(operations.map(each => flow.trace.modules[flow.moduleOf(each)]!.path)),
    kind: sharesSource(flow, query.value, key.value) ? "self" : "cross",
    causal: steps.masks.some(mask => flow.rests(mask, each => comparesPositions(flow, each))),
    windowed: steps.masks.some(mask => flow.rests(mask, each => comparesDistance(flow, each))),
    biased: steps.masks.some(
      mask => flow.isParameter(mask) || flow.rests(mask, each => usesParameter(flow, each)),
    ),
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

function headCount(flow: DataFlow, from: AttentionPart): number {
  return from.head === null ? 1 : flow.shape(from.value)[from.head]!;
}

function sharesSource(flow: DataFlow, query: number, key: number): boolean {
  const sources = sourcesOf(flow, query);
  return [...sourcesOf(flow, key)].some(source => sources.has(source));
}
