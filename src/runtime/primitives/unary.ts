import { isFloat } from "../../shared/dtype.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import { erf } from "./erf.ts";
import { fill } from "./numbers.ts";
import type { Primitive, PrimitiveTable } from "./primitive.ts";

/** One operator of ONNX that keeps the element type. */
function unary<P extends PrimitiveName>(operator: string, compute: (x: number) => number): Primitive<P> {
  return {
    lower: (graph, { inputs }, [x]) => [graph.typed(graph.dtypeOf(inputs[0]!), operator, [x!])],
    evaluate: (_, [x]) => [fill(x!.dtype, x!.shape, i => compute(x!.data[i]!))],
  };
}

/** Rounding of some kind: integers stay as they are. */
function rounding<P extends PrimitiveName>(operator: string, compute: (x: number) => number): Primitive<P> {
  const { lower, evaluate } = unary<P>(operator, compute);
  return {
    lower: (graph, operation, inputs) =>
      isFloat(graph.dtypeOf(operation.inputs[0]!)) ? lower(graph, operation, inputs) : [inputs[0]!],
    evaluate,
  };
}

/** A question about each element. */
function predicate<P extends PrimitiveName>(operator: string, holds: (x: number) => boolean): Primitive<P> {
  return {
    lower: (graph, { inputs }, [x]) => [graph.consumed(graph.dtypeOf(inputs[0]!), operator, [x!])],
    evaluate: (_, [x]) => [fill("bool", x!.shape, i => Number(holds(x!.data[i]!)))],
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Elementwise, one input. */
export const unaries: Pick<
  PrimitiveTable,
  | "cast"
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "ceil"
  | "round"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "relu"
  | "silu"
  | "softplus"
  | "gelu"
  | "not"
  | "isnan"
  | "isinf"
> = {
  cast: {
    lower: (graph, { inputs, attributes }, [x]) => [graph.cast(x!, graph.dtypeOf(inputs[0]!), attributes.to)],
    evaluate: ({ attributes }, [x]) => [fill(attributes.to, x!.shape, i => x!.data[i]!)],
  },
  neg: unary("Neg", x => -x),
  abs: unary("Abs", Math.abs),
  sign: {
    // torch's sign of what is no number is 0
    lower: (graph, { inputs }, [x]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const sign = graph.typed(dtype, "Sign", [x!]);
      if (!dtype.includes("float")) return [sign];
      return [graph.select(dtype, graph.consumed(dtype, "IsNaN", [x!]), graph.scalar(dtype, 0), sign)];
    },
    evaluate: (_, [x]) => [fill(x!.dtype, x!.shape, i => Math.sign(x!.data[i]!) || 0)],
  },
  floor: rounding("Floor", Math.floor),
  ceil: rounding("Ceil", Math.ceil),
  round: rounding("Round", roundHalfEven),
  exp: unary("Exp", Math.exp),
  log: unary("Log", Math.log),
  sqrt: unary("Sqrt", Math.sqrt),
  rsqrt: {
    // as a quotient, which onnxruntime recognises inside a root mean square norm and fuses
    lower: (graph, { inputs }, [x]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      return [graph.typed(dtype, "Div", [graph.scalar(dtype, 1), graph.typed(dtype, "Sqrt", [x!])])];
    },
    evaluate: (_, [x]) => [fill(x!.dtype, x!.shape, i => 1 / Math.sqrt(x!.data[i]!))],
  },
  reciprocal: unary("Reciprocal", x => 1 / x),
  sin: unary("Sin", Math.sin),
  cos: unary("Cos", Math.cos),
  tan: unary("Tan", Math.tan),
  asin: unary("Asin", Math.asin),
  acos: unary("Acos", Math.acos),
  atan: unary("Atan", Math.atan),
  sinh: unary("Sinh", Math.sinh),
  cosh: unary("Cosh", Math.cosh),
  tanh: unary("Tanh", Math.tanh),
  sigmoid: unary("Sigmoid", sigmoid),
  erf: unary("Erf", erf),
  relu: unary("Relu", x => Math.max(x, 0)),
  silu: {
    lower: (graph, { inputs }, [x]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      if (dtype !== "float64") return [graph.typed(dtype, "Mul", [x!, graph.typed(dtype, "Sigmoid", [x!])])];
      // the product above is fused into an operator that has no kernel for doubles
      const exponential = graph.node("Exp", [graph.node("Neg", [x!])]);
      return [graph.node("Div", [x!, graph.node("Add", [exponential, graph.scalar(dtype, 1)])])];
    },
    evaluate: (_, [x]) => [fill(x!.dtype, x!.shape, i => x!.data[i]! * sigmoid(x!.data[i]!))],
  },
  softplus: unary("Softplus", x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  gelu: {
    lower: (graph, { inputs, attributes }, [x]) => [
      graph.typed(graph.dtypeOf(inputs[0]!), "Gelu", [x!], { approximate: attributes.approximate }),
    ],
    evaluate: ({ attributes }, [x]) => {
      const gelu = attributes.approximate === "tanh" ? geluTanh : geluErf;
      return [fill(x!.dtype, x!.shape, i => gelu(x!.data[i]!))];
    },
  },
  not: unary("Not", x => (x === 0 ? 1 : 0)),
  isnan: predicate("IsNaN", Number.isNaN),
  isinf: predicate("IsInf", x => x === Infinity || x === -Infinity),
};

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016: x·Φ(x). */
function geluErf(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

/** The same paper's approximation by tanh. */
function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
