/** Element types, by PyTorch's names. */
export const DTYPES = [
  "bool",
  "uint8",
  "int8",
  "int16",
  "int32",
  "int64",
  "float16",
  "bfloat16",
  "float32",
  "float64",
] as const;
export type DType = (typeof DTYPES)[number];

/** Bytes per element. */
export const DTYPE_BYTES: Record<DType, number> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
};

export const isFloat = (dtype: DType) => dtype.startsWith("float") || dtype === "bfloat16";

/** A concrete tensor: row-major bytes with their meaning. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** `shape` elements, little endian, row-major; byteOffset may be any multiple of the element size. */
  readonly data: Uint8Array;
}
