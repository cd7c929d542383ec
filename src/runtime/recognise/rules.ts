import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import type { Attention } from "./attention.ts";
import { blocks, experts } from "./composed.ts";
import {
  activation,
  centred,
  feedForward,
  gatedUnit,
  layerNorm,
  patches,
  projection,
  rmsNorm,
} from "./elementwise.ts";
import { type Facts, type Finding, within } from "./facts.ts";
import { attributes, type DataFlow, PRODUCTS } from "./graph.ts";
import {
  addedPositions,
  angles,
  distanceLookUps,
  givenPositions,
  positionLookUps,
  tokenLookUps,
  vocabularies,
} from "./look-ups.ts";
import {
  anything,
  bind,
  either,
  fits,
  type Match,
  occurrences,
  operation,
  type Pattern,
  through,
} from "./pattern.ts";
import { pooled } from "./pooled.ts";
import { isComputed, isHidden } from "./positions.ts";
import type { Residual } from "./stream.ts";

/** How a component is found in a trace. */
export type Rule = (facts: Facts) => readonly Finding[];

/** What a router's logits may pass through before the best are chosen. */
const SCORING: readonly PrimitiveName[] = [
  "softmax",
  "sigmoid",
  "softplus",
  "sqrt",
  "exp",
  "add",
  "mul",
  "div",
  "sub",
  "where",
  "tanh",
  "slice",
];

/**
 * One entry per component that is a part of a model; the ids are the catalogue's. Nothing here looks at the name of a
 * class, a module, a variable or an input.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  "token-embedding": tokenLookUps,
  "positional-encoding": all(
    positionLookUps,
    givenPositions,
    addedPositions,
    angles("added"),
    convolvedPositions,
  ),
  "rotary-embedding": all(
    angles("turned"),
    attention(each => each.rotary),
  ),
  "relative-position": all(
    distanceLookUps,
    attention(each => each.biased),
  ),
  "patch-embedding": all(where(operation("conv"), cutsPatches), cutByShape),

  "transformer-block": blocks,
  "residual-connection": ({ flow, residuals }) =>
    residuals
      .filter(each => !isConvolvedPosition(flow, each))
      .map(({ addition, branch }) => ({
        path: flow.enclosing([addition]),
        operations: [addition, ...branch],
      })),
  "layer-norm": where(layerNorm),
  "rms-norm": where(rmsNorm, ({ flow }, { bound }) => !fits(flow, centred, bound.x!)),
  "feed-forward": where(feedForward, isWholeNetwork),
  "activation-function": where(activation, ({ flow }, { bound }) => isHidden(flow, bound.x!)),
  "gated-linear-unit": where(gatedUnit),

  "self-attention": attention(each => each.kind === "self"),
  "cross-attention": attention(each => each.kind === "cross"),
  "multi-head-attention": attention(each => each.heads > 1),
  "grouped-query-attention": attention(each => each.keyValueHeads < each.heads),
  "sliding-window-attention": attention(each => each.windowed),
  "qkv-projection": attention(() => true),
  "attention-mask": attention(each => each.masked),
  "flash-attention": attention(() => true),
  "kv-cache": attention(each => each.cached || (each.kind === "self" && each.causal)),
  softmax: where(
    either(
      operation("softmax"),
      operation("div", [operation("exp", [bind("x")]), operation("reduce", [operation("exp", [bind("x")])])]),
    ),
  ),

  "mixture-of-experts": experts,
  router: where(
    either(
      operation("topk", [through(SCORING, projection(bind("x")))], choosesFeature),
      operation("arg", [through(SCORING, projection(bind("x")))], choosesFeature),
    ),
    ({ flow }, { bound }) => isHidden(flow, bound.x!),
  ),
  "lm-head": where(projection(anything), givesVocabulary),
  pooling: pooled,
};

/** Modules in which a pattern runs as a whole. */
function where(pattern: Pattern, accepts: (facts: Facts, match: Match) => boolean = () => true): Rule {
  return facts =>
    occurrences(facts.flow, pattern)
      .filter(match => match.operations.some(each => each.call !== null) && accepts(facts, match))
      .map(({ operations }) => ({ path: facts.flow.enclosing(operations), operations }));
}

function attention(accepts: (attention: Attention) => boolean): Rule {
  return ({ attentions }) => attentions.filter(accepts).map(({ path, operations }) => ({ path, operations }));
}

function all(...rules: readonly Rule[]): Rule {
  return facts => rules.flatMap(rule => rule(facts));
}

/** The best of each token's features, not the best tokens; and not all of them, which would be a sort. */
function choosesFeature(flow: DataFlow, found: Operation): boolean {
  const shape = flow.shape(found.inputs[0]!);
  const { dim } = found.primitive === "arg" ? attributes(found, "arg") : attributes(found, "topk");
  const best = found.primitive === "arg" ? 1 : flow.shape(found.outputs[0]!)[dim]!;
  return dim === shape.length - 1 && best < shape[dim]!;
}

/** Brings every token back to where it came from, or is all that its module does; not what leads to logits. */
function isWholeNetwork(facts: Facts, { operations, bound }: Match): boolean {
  const { flow } = facts;
  const down = operations[0]!;
  const output = down.outputs[0]!;
  if (facts.find("lm-head").some(each => each.operations.includes(down))) return false;
  const features = (value: number) =>
    down.primitive === "conv" ? flow.shape(value)[1] : flow.shape(value).at(-1);
  if (features(bound.x!) === features(output)) return flow.rank(output) > 2 || !isPooled(facts, bound.x!);
  const path = flow.enclosing(operations);
  return flow.operations.every(
    each =>
      !PRODUCTS.has(each.primitive) ||
      each.call === null ||
      operations.includes(each) ||
      !within(flow.enclosing([each]), path),
  );
}

function isPooled(facts: Facts, value: number): boolean {
  const vectors = new Set(facts.find("pooling").flatMap(each => each.operations));
  return facts.flow.rests(value, each => vectors.has(each), 6);
}

/** A convolution of the input itself whose steps are as long as its kernel (Dosovitskiy et al. 2020). */
function cutsPatches({ flow }: Facts, { operations }: Match): boolean {
  const conv = operations[0]!;
  const { strides } = attributes(conv, "conv");
  const kernel = flow.shape(conv.inputs[1]!).slice(2);
  return (
    strides.length >= 2 &&
    kernel.every((size, axis) => size === strides[axis] || flow.shape(conv.inputs[0]!)[axis + 2] === size) &&
    kernel.some(size => size > 1) &&
    !isComputed(flow, conv.inputs[0]!)
  );
}

/** As many features as there are tokens, with nothing but arithmetic between them and what the model returns. */
function givesVocabulary(facts: Facts, { operations }: Match): boolean {
  const { flow } = facts;
  const logits = operations[0]!.outputs[0]!;
  return vocabularies(facts).includes(flow.shape(logits).at(-1)!) && isReturned(flow, logits);
}

/** A linear layer on pieces of a picture; how they were cut is up to the modules around it. */
function cutByShape({ flow }: Facts): readonly Finding[] {
  return occurrences(flow, patches).map(({ operations }) => ({
    path: flow.enclosing(operations.slice(0, 1)),
    operations,
  }));
}

function isReturned(flow: DataFlow, value: number): boolean {
  const outputs = new Set(flow.trace.outputs.map(output => output.value));
  let front = [value];
  for (let depth = 0; depth < 12 && front.length > 0; depth++) {
    if (front.some(each => outputs.has(each))) return true;
    front = front
      .flatMap(each => flow.consumers(each))
      .filter(each => !PRODUCTS.has(each.primitive))
      .flatMap(each => each.outputs);
  }
  return false;
}

/** x + act(conv(x)) with grouped convolutions along the sequence: places told apart by their neighbours (Baevski et al. 2020). */
function isConvolvedPosition(flow: DataFlow, { branch }: Residual): boolean {
  const products = branch.filter(each => PRODUCTS.has(each.primitive));
  return products.every(
    each =>
      each.primitive === "conv" &&
      attributes(each, "conv").groups > 1 &&
      flow
        .shape(each.inputs[1]!)
        .slice(2)
        .some(size => size > 1),
  );
}

function convolvedPositions({ flow, residuals }: Facts): readonly Finding[] {
  return residuals
    .filter(each => isConvolvedPosition(flow, each))
    .map(({ branch }) => ({ path: flow.enclosing(branch), operations: branch }));
}
