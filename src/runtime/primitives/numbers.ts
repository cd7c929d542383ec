import type { DType, Tensor } from "../../shared/dtype.ts";
import type { Scalar } from "../../shared/primitives.ts";

/**
 * A concrete tensor while it is computed with: whatever the element type, its elements are doubles, rounded to that type
 * after every operation (integers beyond 2^53 are held to the nearest double, half precision as float32).
 */
export interface Numbers {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float64Array;
}

/** A tensor whose elements come from a function of the flat index, rounded to `dtype`. */
export function fill(dtype: DType, shape: readonly number[], element: (index: number) => number): Numbers {
  const data = new Float64Array(sizeOf(shape));
  const round = ROUND[dtype];
  for (let i = 0; i < data.length; i++) data[i] = round(element(i));
  return { dtype, shape, data };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Elements to step over for one step along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Calls back for every index of `shape`, in row-major order. The index is one array, reused. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], flat: number) => void,
): void {
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** The shape that two broadcast to. Throws RangeError where they do not. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
    }
    return x === 1 ? y : x;
  });
}

/** Flat index into a tensor of shape `from` for every element of the shape it is broadcast to. */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const strides = stridesOf(from);
  const offset = to.length - from.length;
  const steps = to.map((_, axis) =>
    axis < offset || from[axis - offset] === 1 ? 0 : strides[axis - offset]!,
  );
  const indices = new Int32Array(sizeOf(to));
  eachIndex(to, (index, flat) => {
    let at = 0;
    for (let axis = 0; axis < steps.length; axis++) at += index[axis]! * steps[axis]!;
    indices[flat] = at;
  });
  return indices;
}

/** Rounds a double to an element type; integers wrap as they do in C. */
export const ROUND: Record<DType, (x: number) => number> = {
  bool: x => (x !== 0 ? 1 : 0),
  uint8: x => x & 0xff,
  int8: x => (x << 24) >> 24,
  int16: x => (x << 16) >> 16,
  int32: x => x | 0,
  int64: x => Math.trunc(x),
  float16: Math.fround,
  bfloat16: Math.fround,
  float32: Math.fround,
  float64: x => x,
};

/** Numbers of a type of half precision, to the nearest that it has: ties to even. */
export function roundedToHalf({ dtype, shape, data }: Numbers): Numbers {
  return { dtype, shape, data: data.map(dtype === "float16" ? Math.f16round : bfloat16Round) };
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

function bfloat16Round(x: number): number {
  FLOAT[0] = x;
  if (Number.isFinite(x)) BITS[0] = (BITS[0]! + 0x7fff + ((BITS[0]! >>> 16) & 1)) & 0xffff0000;
  return FLOAT[0];
}

export function scalarNumber(scalar: Scalar): number {
  return Number(scalar);
}

type Elements = { readonly length: number; [index: number]: number };

const VIEWS: Record<
  Exclude<DType, "int64">,
  new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => Elements
> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
};

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** The bytes as a graph holds them: half precision as float32, int64 saturated. */
export function toBytes({ dtype, data }: Numbers): Uint8Array {
  if (dtype === "int64") {
    const words = BigInt64Array.from(data, x => {
      const word = BigInt(x);
      return word > INT64_MAX ? INT64_MAX : word < INT64_MIN ? INT64_MIN : word;
    });
    return new Uint8Array(words.buffer);
  }
  const View = VIEWS[dtype];
  const bytes = data.length * BYTES_HELD[dtype];
  const buffer = new ArrayBuffer(bytes);
  const view = new View(buffer, 0, data.length);
  for (let i = 0; i < data.length; i++) view[i] = data[i]!;
  return new Uint8Array(buffer);
}

/** Numbers from bytes as a graph holds them. */
export function fromBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array): Numbers {
  const size = sizeOf(shape);
  const width = dtype === "int64" ? 8 : BYTES_HELD[dtype];
  if (bytes.byteLength !== size * width) {
    throw new RangeError(`${dtype}[${shape.join()}] takes ${size * width} bytes, not ${bytes.byteLength}`);
  }
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  if (dtype === "int64") {
    const words = new BigInt64Array(aligned.buffer, aligned.byteOffset, size);
    return { dtype, shape, data: Float64Array.from(words, Number) };
  }
  const View = VIEWS[dtype];
  const view = new View(aligned.buffer, aligned.byteOffset, size);
  const data = new Float64Array(size);
  for (let i = 0; i < size; i++) data[i] = view[i]!;
  return { dtype, shape, data };
}

const BYTES_HELD: Record<Exclude<DType, "int64">, number> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  float16: 4,
  bfloat16: 4,
  float32: 4,
  float64: 8,
};

export function toTensor(numbers: Numbers): Tensor {
  const dtype = numbers.dtype === "float16" || numbers.dtype === "bfloat16" ? "float32" : numbers.dtype;
  return { dtype, shape: numbers.shape, data: toBytes(numbers) };
}
