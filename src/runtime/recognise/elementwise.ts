import type { PrimitiveName } from "../../shared/primitives.ts";
import { attributes, type DataFlow } from "./graph.ts";
import {
  bind,
  type Condition,
  either,
  everyPath,
  number,
  operation,
  type Pattern,
  parameter,
  through,
} from "./pattern.ts";
import { scalarOf } from "./scalar.ts";

/** Non-linear functions that are primitives, or parts of those that are spelt out. */
const NONLINEAR: ReadonlySet<PrimitiveName> = new Set([
  "gelu",
  "relu",
  "silu",
  "tanh",
  "sigmoid",
  "erf",
  "softplus",
]);

const NONLINEAR_OR_CLIPPED: ReadonlySet<PrimitiveName> = new Set([...NONLINEAR, "maximum", "where"]);

/** What acts on each number by itself. */
const PER_NUMBER: ReadonlySet<PrimitiveName> = new Set([
  ...NONLINEAR_OR_CLIPPED,
  "cast",
  "neg",
  "abs",
  "exp",
  "log",
  "sqrt",
  "rsqrt",
  "reciprocal",
  "add",
  "sub",
  "mul",
  "div",
  "pow",
  "minimum",
  "gt",
  "ge",
  "lt",
  "le",
  "reshape",
  "expand",
] as const);

/** What acts on each token by itself, its features apart or together. */
const PER_TOKEN: ReadonlySet<PrimitiveName> = new Set([
  ...PER_NUMBER,
  "permute",
  "slice",
  "concat",
  "round",
  "sign",
  "layer_norm",
  "reduce",
] as const);

/** A product with a parameter that acts on each token by itself: a linear layer, or a convolution over one place. */
export function projection(input: Pattern): Pattern {
  return either(
    operation("linear", [input, parameter]),
    operation("conv", [input, parameter], (flow, { inputs }) =>
      flow
        .shape(inputs[1]!)
        .slice(2)
        .every(size => size === 1),
    ),
    operation("grouped_mm", [input, parameter]),
    operation(["matmul", "einsum"], [input, parameter]),
    operation("matmul", [parameter, input]),
  );
}

/** Means and sums over features keep tokens apart. */
const overFeatures: Condition = (flow, found) => {
  if (found.primitive !== "reduce") return true;
  const { dims, keepdim } = attributes(found, "reduce");
  const rank = flow.rank(found.inputs[0]!);
  return keepdim && dims.length === 1 && (dims[0] === rank - 1 || (rank === 4 && dims[0] === 1));
};

const up = projection(bind("x"));

/** W₂ · act(W₁ x), gated or not (Vaswani et al. 2017, equation 2). */
export const feedForward = projection(
  everyPath({ through: PER_TOKEN, where: overFeatures, to: up, passing: NONLINEAR_OR_CLIPPED }),
);

/** A batch of pictures or of films, as it was given. */
const picture: Pattern = {
  roots: null,
  *match(flow, value, before) {
    const { leaf, dtype } = flow.trace.values[value]!;
    if (leaf?.kind === "input" && flow.rank(value) >= 4 && dtype.startsWith("float")) yield before;
  },
};

/** A projection of pieces of a picture, cut by changes of shape alone. */
export const patches = operation("linear", [
  everyPath({
    through: new Set(["cast", "reshape", "permute", "expand", "pad", "sub", "div", "mul"]),
    to: picture,
  }),
  parameter,
]);

/** A parameter, or each expert's row of one. */
const bias = either(parameter, operation("gather", [parameter]));
const half = (name: string) =>
  bind(name, either(operation("slice", [either(up, operation("add", [up, bias]))]), up));

/** act(W x) · V x (Shazeer 2020). */
export const gatedUnit = operation(
  "mul",
  [
    everyPath({ through: PER_TOKEN, where: overFeatures, to: half("gate"), passing: NONLINEAR }),
    everyPath({ through: PER_TOKEN, where: overFeatures, to: half("up"), avoiding: NONLINEAR }),
  ],
  (_flow, _operation, { bound }) => bound.gate !== bound.up,
);

const x = bind("x");

/** An activation function, as a primitive or spelt out. */
export const activation: Pattern = either(
  operation(["gelu", "relu", "silu", "erf"], [x]),
  operation("tanh", [x], (flow, found) => !capsBack(flow, found.inputs[0]!, found.outputs[0]!)),
  // x · σ(c x)
  operation("mul", [x, operation("sigmoid", [through(["mul"], x)])]),
  // max(x, 0), also with an upper bound
  operation("maximum", [x, number(bound => bound === 0)]),
  // one function of x where x > 0, another one elsewhere
  operation("where", [
    operation(["gt", "ge"], [x, number(bound => bound === 0)]),
    everyPath({ through: PER_NUMBER, to: x }),
    everyPath({ through: PER_NUMBER, to: x }),
  ]),
);

/** c · tanh(x / c) keeps numbers within bounds; it is no layer of its own. */
function capsBack(flow: DataFlow, input: number, output: number): boolean {
  const scaled = (value: number) => scalarOf(flow, value) !== null;
  const before = flow.producer(input);
  if (before?.primitive !== "div" && before?.primitive !== "mul") return false;
  if (!before.inputs.some(each => each !== null && scaled(each))) return false;
  return flow
    .consumers(output)
    .some(each => each.primitive === "mul" && each.inputs.some(other => other !== null && scaled(other)));
}

const squared = either(operation("mul", [x, x]), operation("pow", [x, number(exponent => exponent === 2)]));
const mean = (of: Pattern): Pattern =>
  either(
    operation("reduce", [of], (flow, found) => {
      const { kind, dims } = attributes(found, "reduce");
      return kind === "mean" && dims.length === 1 && isFeatureAxis(flow, found.inputs[0]!, dims[0]!);
    }),
    // variance by its sum
    operation("div", [
      operation("reduce", [of], (flow, found) => {
        const { kind, dims } = attributes(found, "reduce");
        return kind === "sum" && dims.length === 1 && isFeatureAxis(flow, found.inputs[0]!, dims[0]!);
      }),
      number(),
    ]),
  );

const root = (of: Pattern): Pattern =>
  either(
    operation("rsqrt", [of]),
    operation("reciprocal", [operation("sqrt", [of])]),
    operation("pow", [of, number(exponent => exponent === -0.5)]),
  );
const plusSmall = (of: Pattern): Pattern =>
  either(operation("add", [of, number()]), operation("maximum", [of, number()]), of);
const scaled = (what: Pattern): Pattern => either(what, operation("mul", [what, parameter]));
const over = (what: Pattern, variance: Pattern): Pattern =>
  either(
    operation("mul", [scaled(what), root(plusSmall(variance))]),
    operation("div", [scaled(what), plusSmall(operation("sqrt", [plusSmall(variance)]))]),
  );

/** x / √(mean(x²) + ε) (Zhang and Sennrich 2019). */
export const rmsNorm = over(x, mean(squared));

/** What has its mean taken off. */
export const centred = operation("sub", [x, mean(x)]);
const variance = mean(
  either(operation("mul", [centred, centred]), operation("pow", [centred, number(e => e === 2)])),
);

/** (x − mean) / √(variance + ε) over features, as one operation or spelt out (Ba et al. 2016). */
export const layerNorm = either(operation("layer_norm", [x]), over(centred, variance));

/**
 * Whether an axis holds features: a parameter that scales them afterwards has a number for each. Group normalisation
 * scales along another axis than the one that it averages over.
 */
function isFeatureAxis(flow: DataFlow, value: number, axis: number): boolean {
  if (flow.isWeight(value)) return false;
  const rank = flow.rank(value);
  let front = [value];
  const seen = new Set<number>();
  for (let depth = 0; depth < FARTHEST_SCALE && front.length > 0; depth++) {
    const next: number[] = [];
    for (const consumer of front.flatMap(each => flow.consumers(each))) {
      const output = consumer.outputs[0]!;
      if (seen.has(output) || !NORMALISING.has(consumer.primitive)) continue;
      seen.add(output);
      const weight = consumer.inputs.find(each => each !== null && flow.isWeight(each));
      if (consumer.primitive === "mul" && weight != null) {
        const from = flow.rank(output) === rank ? axis - rank : -1;
        return flow.shape(weight).at(from) === flow.shape(output).at(from);
      }
      next.push(output);
    }
    front = next;
  }
  return axis === rank - 1;
}

/** Operations from what is normalised to its scale. */
const FARTHEST_SCALE = 12;

const NORMALISING: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "reshape",
  "sub",
  "mul",
  "div",
  "pow",
  "add",
  "reduce",
  "rsqrt",
  "sqrt",
  "reciprocal",
  "maximum",
]);
