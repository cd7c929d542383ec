import { type DType, isFloat } from "../../shared/dtype.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import { broadcastIndices, broadcastShapes, fill, type Numbers } from "./numbers.ts";
import type { Lowering, Primitive, PrimitiveTable } from "./primitive.ts";

type Compute = (a: number, b: number) => number;

/** One operator of ONNX whose inputs and output share a type. */
function binary<P extends PrimitiveName>(operator: string, compute: Compute): Primitive<P> {
  return composed((graph, dtype, a, b) => graph.typed(dtype, operator, [a, b]), compute);
}

/** Several nodes that keep the type. */
function composed<P extends PrimitiveName>(
  lower: (graph: Lowering, dtype: DType, a: string, b: string) => string,
  compute: Compute,
): Primitive<P> {
  return {
    lower: (graph, { inputs }, [a, b]) => [lower(graph, graph.dtypeOf(inputs[0]!), a!, b!)],
    evaluate: (_, [a, b]) => [broadcast(a!.dtype, a!, b!, compute)],
  };
}

function comparison<P extends PrimitiveName>(
  operator: string,
  holds: (a: number, b: number) => boolean,
): Primitive<P> {
  return {
    lower: (graph, { inputs }, [a, b]) => [graph.consumed(graph.dtypeOf(inputs[0]!), operator, [a!, b!])],
    evaluate: (_, [a, b]) => [broadcast("bool", a!, b!, (x, y) => Number(holds(x, y)))],
  };
}

function broadcast(dtype: DType, a: Numbers, b: Numbers, compute: Compute): Numbers {
  const shape = broadcastShapes(a.shape, b.shape);
  const atA = broadcastIndices(a.shape, shape);
  const atB = broadcastIndices(b.shape, shape);
  return fill(dtype, shape, i => compute(a.data[atA[i]!]!, b.data[atB[i]!]!));
}

/** Integers beyond 2^31 in a double: the bits are those of 64-bit words. */
function bitwise(compute: (a: bigint, b: bigint) => bigint): Compute {
  return (a, b) => Number(BigInt.asIntN(64, compute(BigInt(a), BigInt(b))));
}

/** Elementwise, two inputs (`where`: three). */
export const binaries: Pick<
  PrimitiveTable,
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floordiv"
  | "mod"
  | "pow"
  | "maximum"
  | "minimum"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or"
  | "xor"
  | "bitand"
  | "bitor"
  | "bitxor"
  | "shiftleft"
  | "shiftright"
  | "where"
> = {
  add: binary("Add", (a, b) => a + b),
  sub: binary("Sub", (a, b) => a - b),
  mul: binary("Mul", (a, b) => a * b),
  div: binary("Div", (a, b) => a / b),
  /** Reals by 0 as `div`; onnxruntime refuses to divide integers by 0, as torch does. */
  floordiv: composed(lowerFloorDivision, floorDivide),
  mod: composed(lowerRemainder, remainder),
  pow: {
    lower: (graph, { inputs }, [a, b]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      return [isFloat(dtype) ? graph.typed(dtype, "Pow", [a!, b!]) : lowerPower(graph, dtype, a!, b!)];
    },
    evaluate: (_, [a, b]) => [
      broadcast(a!.dtype, a!, b!, isFloat(a!.dtype) ? (x, y) => x ** y : integerPower),
    ],
  },
  maximum: binary("Max", Math.max),
  minimum: binary("Min", Math.min),
  eq: comparison("Equal", (a, b) => a === b),
  ne: {
    lower: (graph, { inputs }, [a, b]) => [
      graph.node("Not", [graph.consumed(graph.dtypeOf(inputs[0]!), "Equal", [a!, b!])]),
    ],
    evaluate: (_, [a, b]) => [broadcast("bool", a!, b!, (x, y) => Number(x !== y))],
  },
  lt: comparison("Less", (a, b) => a < b),
  le: comparison("LessOrEqual", (a, b) => a <= b),
  gt: comparison("Greater", (a, b) => a > b),
  ge: comparison("GreaterOrEqual", (a, b) => a >= b),
  and: binary("And", (a, b) => a & b),
  or: binary("Or", (a, b) => a | b),
  xor: binary("Xor", (a, b) => a ^ b),
  bitand: binary(
    "BitwiseAnd",
    bitwise((a, b) => a & b),
  ),
  bitor: binary(
    "BitwiseOr",
    bitwise((a, b) => a | b),
  ),
  bitxor: binary(
    "BitwiseXor",
    bitwise((a, b) => a ^ b),
  ),
  // ONNX shifts unsigned integers only; a power of two serves signed ones as well
  shiftleft: composed(
    (graph, dtype, a, b) => graph.typed(dtype, "Mul", [a, powerOfTwo(graph, dtype, b)]),
    (a, b) => a * 2 ** b,
  ),
  shiftright: composed(
    (graph, dtype, a, b) => lowerFloorDivision(graph, dtype, a, powerOfTwo(graph, dtype, b)),
    (a, b) => Math.floor(a / 2 ** b),
  ),
  where: {
    lower: (graph, { outputs }, [condition, a, b]) => [
      graph.select(graph.dtypeOf(outputs[0]!), condition!, a!, b!),
    ],
    evaluate: (_, [condition, a, b]) => {
      const shape = broadcastShapes(condition!.shape, broadcastShapes(a!.shape, b!.shape));
      const [atCondition, atA, atB] = [condition!, a!, b!].map(x => broadcastIndices(x.shape, shape));
      return [
        fill(a!.dtype, shape, i =>
          condition!.data[atCondition![i]!] ? a!.data[atA![i]!]! : b!.data[atB![i]!]!,
        ),
      ];
    },
  },
};

/** Exponents of integers that a graph holds in so many binary digits; onnxruntime refuses to look up longer ones. */
const EXPONENT_BITS = 6;

/** By squares, as torch: Pow computes integers in doubles and ends at the largest, where products wrap around. */
function lowerPower(graph: Lowering, dtype: DType, a: string, b: string): string {
  const one = graph.scalar(dtype, 1);
  const exponent = graph.node("Abs", [graph.cast(b, dtype, "int64")]);
  let square = a;
  let power = one;
  for (let bit = 0; bit < EXPONENT_BITS; bit++) {
    if (bit > 0) square = graph.typed(dtype, "Mul", [square, square]);
    const digits = Array.from({ length: 2 ** EXPONENT_BITS }, (_, i) => (i >> bit) % 2 === 1);
    const isSet = graph.node("Gather", [graph.constant("bool", [digits.length], digits), exponent]);
    power = graph.typed(dtype, "Mul", [power, graph.select(dtype, isSet, square, one)]);
  }
  if (dtype === "uint8") return power;
  // a negative power of anything but 1 and −1 is less than 1
  const zero = graph.scalar(dtype, 0);
  const isUnit = graph.consumed(dtype, "Equal", [graph.typed(dtype, "Abs", [a]), one]);
  const isWhole = graph.node("Or", [isUnit, graph.consumed(dtype, "GreaterOrEqual", [b, zero])]);
  return graph.select(dtype, isWhole, power, zero);
}

function integerPower(a: number, b: number): number {
  if (b >= 0) return Number(BigInt.asIntN(64, BigInt(a) ** BigInt(b)));
  return Math.abs(a) === 1 ? a ** -b : 0;
}

function powerOfTwo(graph: Lowering, dtype: DType, exponent: string): string {
  return graph.typed(dtype, "Pow", [graph.scalar(dtype, 2), exponent]);
}

/** Of the divisor's sign. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = Math.round((a - rest) / b);
  return rest !== 0 && rest < 0 !== b < 0 ? quotient - 1 : quotient;
}

function lowerRemainder(graph: Lowering, dtype: DType, a: string, b: string): string {
  if (!isFloat(dtype)) return graph.typed(dtype, "Mod", [a, b]);
  const { rest, differs } = restOf(graph, dtype, a, b);
  return graph.select(dtype, differs, graph.typed(dtype, "Add", [rest, b]), rest);
}

/** What a division towards zero leaves, which has the dividend's sign, and whether that differs from the divisor's. */
function restOf(graph: Lowering, dtype: DType, a: string, b: string): { rest: string; differs: string } {
  const rest = graph.typed(dtype, "Mod", [a, b], { fmod: 1 });
  const product = graph.typed(dtype, "Mul", [rest, b]);
  return { rest, differs: graph.consumed(dtype, "Less", [product, graph.scalar(dtype, 0)]) };
}

/** ONNX divides integers towards zero: without the remainder the division is exact. */
function lowerFloorDivision(graph: Lowering, dtype: DType, a: string, b: string): string {
  if (!isFloat(dtype)) {
    const exact = graph.typed(dtype, "Sub", [a, lowerRemainder(graph, dtype, a, b)]);
    return graph.typed(dtype, "Div", [exact, b]);
  }
  const { rest, differs } = restOf(graph, dtype, a, b);
  const exact = graph.typed(dtype, "Sub", [a, rest]);
  const towardsZero = graph.typed(dtype, "Round", [graph.typed(dtype, "Div", [exact, b])]);
  const below = graph.typed(dtype, "Sub", [towardsZero, graph.scalar(dtype, 1)]);
  const isByZero = graph.consumed(dtype, "Equal", [b, graph.scalar(dtype, 0)]);
  const quotient = graph.select(dtype, differs, below, towardsZero);
  return graph.select(dtype, isByZero, graph.typed(dtype, "Div", [a, b]), quotient);
}
