import type { DType } from "../../shared/dtype.ts";

/** Element types a graph computes in: half precision is computed, and held, as float32; see half-precision.ts. */
export type ComputedDType = Exclude<DType, "float16" | "bfloat16">;

export function computedDType(dtype: DType): ComputedDType {
  return dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
}

/**
 * The type to compute `operator` in for elements of `dtype`: `dtype` itself where onnxruntime's CPU provider has such a
 * kernel, else the nearest type that it has one for and that holds every value of `dtype` (float64 alone may have to be
 * narrowed to float32).
 */
export function carrierOf(operator: string, dtype: ComputedDType): ComputedDType {
  const kernels = KERNELS[operator];
  if (kernels === undefined || kernels.includes(dtype)) return dtype;
  const carrier = WIDER[dtype].find(wider => kernels.includes(wider));
  if (carrier === undefined) throw new TypeError(`no kernel of ${operator} can carry ${dtype}`);
  return carrier;
}

const WIDER: Record<ComputedDType, readonly ComputedDType[]> = {
  bool: ["uint8", "int32", "int64", "float32"],
  uint8: ["int32", "int64", "float32"],
  int8: ["int32", "int64", "float32"],
  int16: ["int32", "int64", "float32"],
  int32: ["int64", "float64", "float32"],
  int64: ["float64", "float32"],
  float32: ["float64"],
  float64: ["float32"],
};

const floats = ["float32", "float64"] as const;
const words = ["int32", "int64", ...floats] as const;
const signed = ["int8", "int16", ...words] as const;
const numbers = ["uint8", ...signed] as const;
const noShort = ["uint8", "int8", ...words] as const;
const integers = ["uint8", "int8", "int16", "int32", "int64"] as const;

/**
 * Element types that onnxruntime 1.30 registers a CPU kernel for, by operator of opset 21; an operator that is not named
 * here takes every type. Found by creating a session for each pair.
 */
const KERNELS: Readonly<Record<string, readonly ComputedDType[] | undefined>> = {
  Neg: signed,
  Abs: numbers,
  Sign: numbers,
  Floor: floats,
  Ceil: floats,
  Round: floats,
  Exp: floats,
  Log: floats,
  Sqrt: floats,
  Reciprocal: floats,
  Sin: floats,
  Cos: floats,
  Tan: ["float32"],
  Asin: ["float32"],
  Acos: ["float32"],
  Atan: ["float32"],
  Sinh: ["float32"],
  Cosh: ["float32"],
  Tanh: floats,
  Sigmoid: floats,
  Erf: ["float32"],
  Relu: ["int8", "int32", ...floats],
  Softplus: ["float32"],
  Gelu: ["float32"],
  Not: ["bool"],
  IsNaN: floats,
  IsInf: floats,
  NonZero: ["bool", "uint8", "int32", "int64", "float32"],
  Add: numbers,
  Sub: numbers,
  Mul: numbers,
  Div: numbers,
  Mod: numbers,
  Pow: words,
  Max: noShort,
  Min: noShort,
  Less: numbers,
  LessOrEqual: numbers,
  Greater: numbers,
  GreaterOrEqual: numbers,
  And: ["bool"],
  Or: ["bool"],
  Xor: ["bool"],
  BitwiseAnd: integers,
  BitwiseOr: integers,
  BitwiseXor: integers,
  Where: ["uint8", ...words],
  Pad: ["bool", ...noShort],
  Trilu: ["bool", ...words],
  TopK: numbers,
  ReduceSum: words,
  ReduceMean: words,
  ReduceMax: ["bool", ...noShort],
  ReduceMin: ["bool", ...noShort],
  ReduceProd: words,
  ArgMax: noShort,
  ArgMin: noShort,
  CumSum: words,
  Softmax: floats,
  LogSoftmax: floats,
  LayerNormalization: floats,
  MatMul: words,
  Einsum: words,
  Conv: ["float32"],
  ConvTranspose: ["float32"],
  MaxPool: ["uint8", "int8", ...floats],
  AveragePool: ["float32"],
  Resize: ["uint8", "int8", "int32", "float32"],
};
