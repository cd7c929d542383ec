import { DTYPE_BYTES, type Tensor } from "../../src/shared/dtype.ts";
import type { InputSpec } from "../../src/shared/trace.ts";

/** Ids from here up to `IDS` stand for no padding, beginning or end in the cases' vocabularies. */
const FIRST_ID = 3;
const IDS = 90;

/** Arguments of fixed sizes: ids, masks whose last row is padded, normal floats. The same ones every time. */
export function randomInputs(specs: readonly InputSpec[]): Record<string, Tensor> {
  const next = mulberry32(specs.length);
  return Object.fromEntries(
    specs.map(spec => {
      const shape = spec.shape.map(size => (typeof size === "number" ? size : size.hint));
      return [spec.name, randomTensor(spec, shape, next)];
    }),
  );
}

function randomTensor({ name, dtype }: InputSpec, shape: readonly number[], next: () => number): Tensor {
  const count = shape.reduce((total, size) => total * size, 1);
  const numbers = Array.from({ length: count }, (_, index) => {
    if (dtype.startsWith("float")) return normal(next);
    if (name.endsWith("mask")) return isPadding(index, shape) ? 0 : 1;
    return FIRST_ID + Math.floor(next() * (IDS - FIRST_ID));
  });
  if (dtype === "int64") {
    return { dtype, shape, data: new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer) };
  }
  if (dtype === "float32") return { dtype, shape, data: new Uint8Array(Float32Array.from(numbers).buffer) };
  if (DTYPE_BYTES[dtype] === 1) return { dtype, shape, data: Uint8Array.from(numbers) };
  throw new Error(`no random ${dtype} for ${name}`);
}

/** Of the last of several rows, the last third. */
function isPadding(index: number, shape: readonly number[]): boolean {
  const [rows = 1, length = 1] = shape;
  return rows > 1 && Math.floor(index / length) === rows - 1 && index % length >= Math.ceil((length * 2) / 3);
}

/** Box and Muller. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
