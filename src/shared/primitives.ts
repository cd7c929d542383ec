import type { DType } from "./dtype.ts";
import type { Size } from "./size.ts";
import type { Operation } from "./trace.ts";

/** An operation without attributes. */
export type NoAttributes = Record<string, never>;

/** Numbers as JSON holds them; the three that it cannot are words. */
export type Scalar = number | boolean | "Infinity" | "-Infinity" | "NaN";

/**
 * The primitives that every torch call is composed of, with their attributes. The tracer records them (shape and dtype
 * rules live there), `src/runtime/primitives` has one row for each: lower and evaluate. Inputs in the order of the
 * comment; `?` may be absent (null). Dimensions are never negative here; promotion and broadcasting of dtypes is
 * already explicit (`cast`), broadcasting of shapes is left to the primitive.
 */
export interface PrimitiveAttributes {
  // — leaves that are not inputs or parameters
  /** () → values in row-major order. */
  const: { data: readonly Scalar[] };
  /** () → a 0-d int64 that holds a size. */
  size: { value: Size };
  /** (fill: 0-d) → `shape` filled with it. */
  fill: { shape: readonly Size[] };
  /** () → start + step·i for i < count. */
  range: { start: Size | number; step: Size | number; count: Size };

  // — elementwise, one input
  cast: { to: DType };
  neg: NoAttributes;
  abs: NoAttributes;
  sign: NoAttributes;
  floor: NoAttributes;
  ceil: NoAttributes;
  /** To the nearest, ties to even. */
  round: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  sqrt: NoAttributes;
  rsqrt: NoAttributes;
  reciprocal: NoAttributes;
  sin: NoAttributes;
  cos: NoAttributes;
  tan: NoAttributes;
  asin: NoAttributes;
  acos: NoAttributes;
  atan: NoAttributes;
  sinh: NoAttributes;
  cosh: NoAttributes;
  tanh: NoAttributes;
  sigmoid: NoAttributes;
  erf: NoAttributes;
  relu: NoAttributes;
  silu: NoAttributes;
  softplus: NoAttributes;
  gelu: { approximate: "none" | "tanh" };
  not: NoAttributes;
  isnan: NoAttributes;
  isinf: NoAttributes;

  // — elementwise, two inputs of one dtype, broadcast
  add: NoAttributes;
  sub: NoAttributes;
  mul: NoAttributes;
  /** Floating point only. */
  div: NoAttributes;
  /** Floor division, integers and floats, as Python's `//`. */
  floordiv: NoAttributes;
  /** Remainder with the divisor's sign, as Python's `%`. */
  mod: NoAttributes;
  pow: NoAttributes;
  maximum: NoAttributes;
  minimum: NoAttributes;
  eq: NoAttributes;
  ne: NoAttributes;
  lt: NoAttributes;
  le: NoAttributes;
  gt: NoAttributes;
  ge: NoAttributes;
  /** Boolean. */
  and: NoAttributes;
  or: NoAttributes;
  xor: NoAttributes;
  /** Integer. */
  bitand: NoAttributes;
  bitor: NoAttributes;
  bitxor: NoAttributes;
  shiftleft: NoAttributes;
  shiftright: NoAttributes;
  /** (condition: bool, a, b). */
  where: NoAttributes;

  // — shape
  reshape: { shape: readonly Size[] };
  /** Output axis i is input axis permutation[i]. */
  permute: { permutation: readonly number[] };
  expand: { shape: readonly Size[] };
  tile: { repeats: readonly Size[] };
  /** start and end are within 0..size; step ≥ 1. */
  slice: { dim: number; start: Size; end: Size; step: number };
  /** (tensors…). */
  concat: { dim: number };
  /** Before and after have one entry per dimension; a negative one crops. */
  pad: {
    before: readonly Size[];
    after: readonly Size[];
    mode: "constant" | "reflect" | "replicate" | "circular";
    value: Scalar;
  };
  /** Upper (or lower) triangle of the last two dimensions from the k-th diagonal. */
  trilu: { upper: boolean; diagonal: Size };

  // — indexing; indices are int64 and not negative
  /** (x, index of any rank): rows along dim (index_select, embedding). */
  gather: { dim: number };
  /** (x, index of x's rank): torch.gather. */
  gather_elements: { dim: number };
  /** (x, index […, n]): ONNX GatherND, no batch dimensions. */
  gather_nd: NoAttributes;
  /** (x, index […, n], updates). */
  scatter_nd: { reduction: "none" | "add" | "mul" | "min" | "max" };
  /** (x, index, updates): torch.scatter. */
  scatter_elements: { dim: number; reduction: "none" | "add" | "mul" | "min" | "max" };
  /** (x) → [count, rank] int64. */
  nonzero: NoAttributes;
  /** (x) → values, indices. */
  topk: { k: Size; dim: number; largest: boolean };

  // — reductions
  reduce: {
    kind: "sum" | "mean" | "max" | "min" | "prod";
    dims: readonly number[];
    keepdim: boolean;
  };
  /** First index of the extreme, int64. */
  arg: { kind: "max" | "min"; dim: number; keepdim: boolean };
  cumsum: { dim: number };
  softmax: { dim: number };
  log_softmax: { dim: number };
  /** (x, weight?, bias?): over the last `axes` dimensions. */
  layer_norm: { axes: number; epsilon: number };

  // — products
  /** (a, b) with both of rank ≥ 2, batch dimensions broadcast. */
  matmul: NoAttributes;
  /** (x […, in], weight [out, in], bias? [out]). */
  linear: NoAttributes;
  /** (operands…): lower-case letters, explicit output, no ellipsis. */
  einsum: { equation: string };
  /** (x [tokens, in], weights [experts, in, out], offsets [experts] int32: end row of each expert). */
  grouped_mm: NoAttributes;
  /** (x [n, c, spatial…], weight, bias?); pads are [begin…, end…]. */
  conv: {
    strides: readonly number[];
    pads: readonly number[];
    dilations: readonly number[];
    groups: number;
  };
  conv_transpose: {
    strides: readonly number[];
    pads: readonly number[];
    dilations: readonly number[];
    groups: number;
    outputPadding: readonly number[];
  };
  pool: {
    kind: "max" | "average";
    kernel: readonly number[];
    strides: readonly number[];
    pads: readonly number[];
    dilations: readonly number[];
    ceilMode: boolean;
    countIncludePad: boolean;
  };
  /** Over the spatial dimensions; `scales` where the source gave factors, else null. */
  resize: {
    mode: "nearest" | "nearest-exact" | "linear" | "cubic";
    sizes: readonly Size[];
    scales: readonly number[] | null;
    alignCorners: boolean;
    antialias: boolean;
  };

  // — loops
  /**
   * (initial…, captured…) → final…, stacked…: `body` runs `count` times, one after another, with the step first,
   * first + 1, …. There is an initial and a final value for each that is carried, and a stacked one for each of the body's
   * outputs: all that it was, along a new first axis. Captured are the values from outside that the body uses.
   */
  scan: { first: number; count: Size; body: ScanBody };
}

/** What a loop does in one iteration. Its values stand in the trace's table, without a leaf. */
export interface ScanBody {
  /** A 0-d int64 that holds the step; sizes that depend on the step name it as an `item`. */
  readonly step: number;
  /** A value that each iteration takes from the one before, and what it becomes for the next. */
  readonly carried: readonly { readonly value: number; readonly next: number }[];
  readonly operations: readonly Operation[];
  readonly outputs: readonly number[];
}

export type PrimitiveName = keyof PrimitiveAttributes;
