import { DTYPE_BYTES, type Tensor } from "../../shared/dtype.ts";

/** A tensor's elements as JavaScript numbers; floats are not copied. int64 beyond 2^53 loses its last digits. */
export function numbers(tensor: Tensor): ArrayLike<number> {
  const { dtype } = tensor;
  const bytes = aligned(tensor.data, DTYPE_BYTES[dtype]);
  const { buffer, byteOffset } = bytes;
  const length = bytes.byteLength / DTYPE_BYTES[dtype];
  switch (dtype) {
    case "bool":
    case "uint8":
      return bytes;
    case "int8":
      return new Int8Array(buffer, byteOffset, length);
    case "int16":
      return new Int16Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "int64":
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case "float16":
      return mapped(new Float32Array(length), new Uint16Array(buffer, byteOffset, length), fromHalf);
    case "bfloat16": {
      const narrow = new Uint16Array(buffer, byteOffset, length);
      const wide = mapped(new Uint32Array(length), narrow, bits => bits << 16);
      return new Float32Array(wide.buffer);
    }
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "float64":
      return new Float64Array(buffer, byteOffset, length);
  }
}

/** What `from(values, map)` gives, without its slow iteration. */
function mapped<A extends Float32Array | Uint32Array>(
  result: A,
  values: Uint16Array,
  map: (bits: number) => number,
): A {
  for (let i = 0; i < values.length; i++) result[i] = map(values[i]!);
  return result;
}

/** The same bytes at an offset that typed arrays accept; copied only where they are not there already. */
export function aligned(data: Uint8Array, width: number): Uint8Array {
  return data.byteOffset % width === 0 ? data : Uint8Array.from(data);
}

/** IEEE 754 half precision to a number. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** An int64 tensor. */
export function int64(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  const data = new BigInt64Array(values.length);
  for (const [i, value] of values.entries()) data[i] = BigInt(value);
  return { dtype: "int64", shape, data: new Uint8Array(data.buffer) };
}
