import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import { attributes, type DataFlow } from "./graph.ts";
import { type ModuleFacts, within } from "./module-facts.ts";

/** How modules of a component are found. */
export interface Rule {
  /** What they compute; tried in order until one finds a module. */
  readonly structures: readonly ((facts: ModuleFacts, blocks: readonly string[]) => boolean)[];
  /** Whether the catalogue's hints on class names stand in where no structure is found. */
  readonly named?: boolean;
  /** By name, none that is this component by structure. */
  readonly except?: string;
  /** Of modules inside one another, which one is meant. */
  readonly take: "innermost" | "outermost" | "all";
}

const ACTIVATIONS: readonly PrimitiveName[] = ["gelu", "relu", "silu", "tanh", "sigmoid", "softplus"];
const PRODUCTS: readonly PrimitiveName[] = ["linear", "matmul", "einsum", "conv", "grouped_mm"];

const attention = (accepts: (attention: ModuleFacts["attentions"][number]) => boolean): Rule => ({
  structures: [facts => facts.attentions.some(each => each.path === facts.path && accepts(each))],
  take: "innermost",
});

/** Classes of torch.nn that only hold others. */
const LISTS = new Set(["ModuleList", "ModuleDict", "Sequential"]);

/** Attention and a feed-forward part around a residual stream (Vaswani et al. 2017, section 3.1). */
export const BLOCK: Rule = {
  structures: [
    facts =>
      facts.attentions.length > 0 &&
      !LISTS.has(facts.class) &&
      isFeedForward(facts) &&
      facts.allCount("add") > 0,
  ],
  named: true,
  take: "innermost",
};

const structure = (accepts: (facts: ModuleFacts) => boolean): Rule => ({
  structures: [accepts],
  take: "innermost",
});
const structureOrName = (accepts: (facts: ModuleFacts) => boolean): Rule => ({
  ...structure(accepts),
  named: true,
});
const whole: Rule = { structures: [facts => facts.path === ""], take: "outermost" };

/** One entry per component that is a module of a model; the ids are the catalogue's. */
export const RULES: Readonly<Record<string, Rule>> = {
  "self-attention": attention(each => each.kind === "self"),
  "cross-attention": attention(each => each.kind === "cross"),
  "multi-head-attention": attention(each => each.heads > 1),
  "grouped-query-attention": attention(each => each.keyValueHeads < each.heads),
  "sliding-window-attention": attention(each => each.windowed),
  "relative-position": attention(each => each.biased),
  "qkv-projection": attention(() => true),
  "attention-mask": attention(each => each.parts.masked !== undefined),
  softmax: attention(() => true),
  "flash-attention": attention(() => true),
  "kv-cache": attention(each => each.causal),
  "rms-norm": structureOrName(isRmsNorm),
  "layer-norm": { ...structureOrName(isLayerNorm), except: "rms-norm" },
  "gated-linear-unit": structureOrName(isGated),
  "feed-forward": {
    structures: [
      (facts, blocks) =>
        facts.attentions.length === 0 &&
        blocks.some(path => within(facts.path, path)) &&
        (isFeedForward(facts) || isExpansion(facts)),
      facts => facts.attentions.length === 0 && isFeedForward(facts),
      // Where a block computes it without a module of its own.
      (facts, blocks) => blocks.includes(facts.path),
    ],
    take: "innermost",
  },
  "activation-function": structureOrName(
    facts => facts.own.length === facts.all.length && onlyActivation(facts),
  ),
  "mixture-of-experts": structureOrName(
    facts =>
      facts.attentions.length === 0 &&
      facts.allCount("topk") > 0 &&
      facts.allCount("softmax", "sigmoid") > 0 &&
      isFeedForward(facts),
  ),
  router: structureOrName(facts => facts.ownCount("topk") > 0 && facts.ownCount("softmax", "sigmoid") > 0),
  "rotary-embedding": structureOrName(
    facts => facts.ownCount("cos") > 0 && facts.ownCount("sin") > 0 && facts.ownCount("gather") === 0,
  ),
  "token-embedding": structure(facts => looksUp(facts, countsAsTokens)),
  "positional-encoding": structureOrName(facts => looksUp(facts, countsAsPositions)),
  "patch-embedding": structureOrName(cutsPatches),
  "lm-head": structure(givesLogits),
  pooling: { structures: [], named: true, take: "innermost" },
  dropout: { structures: [], named: true, take: "all" },
  "transformer-block": BLOCK,
  "residual-connection": BLOCK,
  "contextual-embedding": BLOCK,
  encoder: { structures: [facts => holdsBlocks(facts, "bidirectional")], named: true, take: "outermost" },
  decoder: { structures: [facts => holdsBlocks(facts, "causal")], named: true, take: "outermost" },
  "encoder-decoder": whole,
  sampling: whole,
  "cross-entropy": whole,
};

/** x · rsqrt(mean(x²) + ε), without a mean taken off first (Zhang and Sennrich 2019). */
function isRmsNorm(facts: ModuleFacts): boolean {
  const means = facts.own.filter(isMean);
  const inverse = facts.ownCount("rsqrt") + facts.ownCount("sqrt");
  return means.length === 1 && inverse === 1 && facts.ownCount("sub", "layer_norm", "softmax") === 0;
}

/** (x − mean) / √(variance + ε), as one operation or spelt out (Ba et al. 2016). */
function isLayerNorm(facts: ModuleFacts): boolean {
  if (facts.ownCount("layer_norm") > 0) return facts.own.length <= 8;
  const inverse = facts.ownCount("rsqrt", "sqrt");
  return facts.own.filter(isMean).length === 2 && inverse === 1 && facts.ownCount("sub") > 0;
}

function isMean(operation: Operation): boolean {
  return operation.primitive === "reduce" && attributes(operation, "reduce").kind === "mean";
}

/** act(a) · b with both from products with parameters (Shazeer 2020). */
function isGated(facts: ModuleFacts): boolean {
  const { flow } = facts;
  const projected = (value: number) => flow.rests(value, each => PRODUCTS.includes(each.primitive), 6);
  return facts.own.some(operation => {
    if (operation.primitive !== "mul") return false;
    const [a, b] = operation.inputs;
    if (a == null || b == null) return false;
    const activated = (value: number) =>
      ACTIVATIONS.includes(flow.producer(value)?.primitive as PrimitiveName);
    return projected(a) && projected(b) && activated(a) !== activated(b);
  });
}

/** Two products with parameters, the second of what an activation made of the first. */
function isFeedForward(facts: ModuleFacts): boolean {
  const { flow } = facts;
  const activated = (value: number) =>
    flow.rests(value, each => isActivation(each) && projectedHere(facts, each), NEAR);
  return facts.all.some(
    operation =>
      PRODUCTS.includes(operation.primitive) &&
      operation.inputs.some(input => input !== null && !flow.isParameter(input) && activated(input)),
  );
}

/** Steps within which one thing follows from another: an activation may be spelt out in ten operations. */
const NEAR = 16;

function isActivation(operation: Operation): boolean {
  return ACTIVATIONS.includes(operation.primitive);
}

/** An activation of a product in the same module; not one inside attention, which caps scores. */
function projectedHere(facts: ModuleFacts, activation: Operation): boolean {
  const { flow } = facts;
  const input = activation.inputs[0];
  const { path } = flow.trace.modules[flow.moduleOf(activation)]!;
  if (input == null || !facts.includes(activation)) return false;
  if (facts.attentions.some(attention => within(path, attention.path))) return false;
  return flow.rests(input, each => PRODUCTS.includes(each.primitive) && facts.includes(each), NEAR);
}

/** A product with parameters and the activation of it; the product that brings it back is in another module. */
function isExpansion(facts: ModuleFacts): boolean {
  return facts.all.some(each => isActivation(each) && projectedHere(facts, each));
}

function onlyActivation(facts: ModuleFacts): boolean {
  const elementwise = facts.own.every(
    operation => operation.outputs.length === 1 && !PRODUCTS.includes(operation.primitive),
  );
  return (
    elementwise && facts.ownCount(...ACTIVATIONS, "erf") > 0 && facts.ownCount("reduce", "softmax") === 0
  );
}

/** Rows of a parameter by indices that rest on what `accepts` says yes to. */
function looksUp(facts: ModuleFacts, accepts: (facts: ModuleFacts, index: number) => boolean): boolean {
  return facts.own.some(operation => {
    const [table, index] = operation.inputs;
    if (operation.primitive !== "gather" || table == null || index == null) return false;
    return facts.flow.isParameter(table) && accepts(facts, index);
  });
}

function countsAsTokens({ flow }: ModuleFacts, index: number): boolean {
  return restsOnInput(flow, index, name => /(^|_)(input_)?ids$/.test(name) && !/position|type/.test(name));
}

/** Counted places in the text; not distances between two of them, which are relative positions. */
function countsAsPositions({ flow }: ModuleFacts, index: number): boolean {
  const counted =
    restsOnInput(flow, index, name => /position/.test(name)) ||
    flow.rests(index, each => each.primitive === "range" || each.primitive === "cumsum", 12);
  return counted && flow.rank(index) <= 2 && !flow.rests(index, each => each.primitive === "sub", 12);
}

function restsOnInput(flow: DataFlow, value: number, accepts: (name: string) => boolean): boolean {
  const fits = (each: number) => {
    const leaf = flow.trace.values[each]!.leaf;
    return leaf?.kind === "input" && accepts(leaf.name);
  };
  return (
    fits(value) || flow.rests(value, each => each.inputs.some(input => input !== null && fits(input)), 12)
  );
}

/** A convolution whose steps are as long as its kernel (Dosovitskiy et al. 2020). */
function cutsPatches(facts: ModuleFacts): boolean {
  return facts.own.some(operation => {
    if (operation.primitive !== "conv") return false;
    const { strides } = attributes(operation, "conv");
    const kernel = facts.flow.shape(operation.inputs[1]!).slice(2);
    return strides.length >= 2 && kernel.every((size, axis) => size === strides[axis] && size > 1);
  });
}

/** The last product before the model's logits, which are one row per token. */
function givesLogits(facts: ModuleFacts): boolean {
  const { flow } = facts;
  const logits = flow.trace.outputs.find(output => output.name === "logits");
  if (!logits || flow.rank(logits.value) !== 3) return false;
  const last = flow.trace.operations.findLast(
    operation =>
      PRODUCTS.includes(operation.primitive) && flow.rests(logits.value, each => each === operation, 8),
  );
  return last !== undefined && facts.own.includes(last);
}

function holdsBlocks(facts: ModuleFacts, direction: "causal" | "bidirectional"): boolean {
  const selfAttention = facts.attentions.filter(each => each.kind === "self");
  if (facts.attentions.length < 2 || selfAttention.length === 0) return false;
  return selfAttention.every(each => each.causal === (direction === "causal"));
}
