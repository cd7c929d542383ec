import type { DType } from "../../shared/dtype.ts";
import type {
  LayoutAttributes,
  LayoutExpression,
  LayoutPrimitive,
  TensorExpression,
} from "../../shared/trace.ts";
import { sizeOf } from "../primitives/numbers.ts";

/** A tensor that is read in pieces, so that one larger than memory can be laid out anew and written. */
export interface TensorSource {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bytes per element. */
  readonly width: number;
  /** Elements `from` up to `to` in row-major order. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/**
 * What an expression over tensors of a checkpoint stands for.
 * @param leaf finds a tensor by its name in the checkpoint.
 * @throws RangeError where shapes or element types do not fit.
 */
export function sourceOf(expression: TensorExpression, leaf: (name: string) => TensorSource): TensorSource {
  if (typeof expression === "string") return leaf(expression);
  return laidOut(
    expression as LayoutExpression<LayoutPrimitive>,
    expression.inputs.map(input => sourceOf(input, leaf)),
  );
}

function laidOut<P extends LayoutPrimitive>(
  { primitive, attributes }: LayoutExpression<P>,
  inputs: readonly TensorSource[],
): TensorSource {
  const [first] = inputs;
  if (!first || inputs.some(input => input.dtype !== first.dtype)) {
    throw new RangeError(`${primitive}: element types differ`);
  }
  const { shape, read } = LAYOUTS[primitive](inputs, attributes);
  return { dtype: first.dtype, width: first.width, shape, read };
}

type Layout<P extends LayoutPrimitive> = (
  inputs: readonly TensorSource[],
  attributes: LayoutAttributes[P],
) => Pick<TensorSource, "shape" | "read">;

/** One row for every primitive that moves elements and changes none. */
const LAYOUTS: { readonly [P in LayoutPrimitive]: Layout<P> } = {
  reshape: ([input], { shape }) => {
    if (sizeOf(shape) !== sizeOf(input!.shape)) throw new RangeError(`[${input!.shape}] is not [${shape}]`);
    return { shape, read: (from, to) => input!.read(from, to) };
  },

  slice: ([input], { dim, start, end, step }) => {
    const [outer, size, inner] = around(input!.shape, dim);
    if (start < 0 || end > size || step < 1) throw new RangeError(`${start}:${end}:${step} of ${size}`);
    const count = Math.max(0, Math.ceil((end - start) / step));
    const shape = input!.shape.with(dim, count);
    if (outer === 1 && step === 1) {
      return { shape, read: (from, to) => input!.read(start * inner + from, start * inner + to) };
    }
    const { width } = input!;
    return byRows(shape, count * inner, width, async (first, last) => {
      const whole = await input!.read(first * size * inner, last * size * inner);
      const made = new Uint8Array((last - first) * count * inner * width);
      const run = inner * width;
      let at = 0;
      for (let row = 0; row < last - first; row++) {
        for (let i = start; i < end; i += step, at += run) {
          const begin = (row * size + i) * run;
          made.set(whole.subarray(begin, begin + run), at);
        }
      }
      return made;
    });
  },

  concat: (inputs, { dim }) => {
    const parts = inputs.map(input => around(input.shape, dim));
    const [outer, , inner] = parts[0]!;
    if (parts.some(part => part[0] !== outer || part[2] !== inner)) throw new RangeError("sizes differ");
    const total = parts.reduce((sum, [, size]) => sum + size, 0);
    const shape = inputs[0]!.shape.with(dim, total);
    const lengths = parts.map(([, size]) => size * inner);
    const { width } = inputs[0]!;
    if (outer === 1) return { shape, read: (from, to) => joined(inputs, lengths, from, to) };
    return byRows(shape, total * inner, width, async (first, last) => {
      const made = new Uint8Array((last - first) * total * inner * width);
      let at = 0;
      for (const [i, input] of inputs.entries()) {
        const run = lengths[i]! * width;
        const bytes = await input.read(first * lengths[i]!, last * lengths[i]!);
        for (let row = 0; row < last - first; row++) {
          made.set(bytes.subarray(row * run, (row + 1) * run), row * total * inner * width + at);
        }
        at += run;
      }
      return made;
    });
  },

  permute: ([input], { permutation }) => {
    const shape = permutation.map(axis => input!.shape[axis]!);
    let kept = 0;
    while (kept < permutation.length && permutation[kept] === kept) kept++;
    const inside = permutation.slice(kept).map(axis => axis - kept);
    const block = input!.shape.slice(kept);
    const length = sizeOf(block);
    return byRows(shape, length, input!.width, async (first, last) => {
      const bytes = await input!.read(first * length, last * length);
      return permuted(bytes, last - first, block, inside, input!.width);
    });
  },
};

/** Rows are of `length` elements; `make` gives whole ones. */
function byRows(
  shape: readonly number[],
  length: number,
  width: number,
  make: (first: number, last: number) => Promise<Uint8Array>,
): Pick<TensorSource, "shape" | "read"> {
  return {
    shape,
    read: async (from, to) => {
      if (from >= to) return new Uint8Array(0);
      const first = Math.floor(from / length);
      const made = await make(first, Math.ceil(to / length));
      return made.subarray((from - first * length) * width, (to - first * length) * width);
    },
  };
}

/** Elements of tensors that lie one after another. */
async function joined(
  inputs: readonly TensorSource[],
  lengths: readonly number[],
  from: number,
  to: number,
): Promise<Uint8Array> {
  const { width } = inputs[0]!;
  const made = new Uint8Array((to - from) * width);
  let start = 0;
  for (const [i, input] of inputs.entries()) {
    const end = start + lengths[i]!;
    const [first, last] = [Math.max(from, start), Math.min(to, end)];
    if (first < last) made.set(await input.read(first - start, last - start), (first - from) * width);
    start = end;
  }
  return made;
}

/** `count` blocks of `shape`, the axes of each in another order. */
function permuted(
  bytes: Uint8Array,
  count: number,
  shape: readonly number[],
  permutation: readonly number[],
  width: number,
): Uint8Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = permutation.map(axis => shape[axis]!);
  const steps = permutation.map(axis => strides[axis]!);
  const from = elementsOf(bytes, width);
  const to = elementsOf(new Uint8Array(bytes.length), width);
  const index = new Array<number>(sizes.length).fill(0);
  let source = 0;
  for (let target = 0; target < from.length; target++) {
    to[target] = from[source] as never;
    let axis = sizes.length - 1;
    for (; axis >= 0; axis--) {
      source += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      source -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
    // every axis is back at its start: the next block
    if (axis < 0 && count > 1) source += sizeOf(shape);
  }
  return new Uint8Array(to.buffer, to.byteOffset, to.byteLength);
}

const ELEMENTS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

function elementsOf(
  bytes: Uint8Array,
  width: number,
): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const Elements = ELEMENTS[width as keyof typeof ELEMENTS];
  return new Elements(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width);
}

/** Elements before, along and after a dimension, as products of sizes. */
function around(shape: readonly number[], dim: number): [outer: number, size: number, inner: number] {
  return [sizeOf(shape.slice(0, dim)), shape[dim] ?? 0, sizeOf(shape.slice(dim + 1))];
}
