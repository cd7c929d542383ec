import { eachIndex, sizeOf, stridesOf } from "./numbers.ts";

/** Where the elements of a tensor lie among another's: index i of an axis is `strides[axis]` · i elements after `offset`. */
export interface Layout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/**
 * What an operation that moves or repeats elements by their place alone makes of a layout; null where the elements have to
 * be put in a row before.
 */
export type Rearrangement = (layout: Layout) => Layout | null;

/** The layout of a tensor by itself, row-major. */
export function inARow(shape: readonly number[], offset = 0): Layout {
  return { shape, strides: stridesOf(shape), offset };
}

/** Whether elements follow one another as they do in `inARow`. */
export function isInARow({ shape, strides }: Layout): boolean {
  const row = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === row[axis]);
}

/** Arrays of elements, of one kind each. */
type Elements = Float64Array | Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** The elements that a layout takes, row-major; the same memory where they follow one another already. */
export function elementsOf<E extends Elements>(from: E, layout: Layout): E {
  const { shape, strides, offset } = layout;
  const size = sizeOf(shape);
  if (isInARow(layout)) return from.subarray(offset, offset + size) as E;
  const to = new (from.constructor as new (size: number) => E)(size);
  const [count, stride] = [shape.at(-1) ?? 1, strides.at(-1) ?? 1];
  eachIndex(shape.slice(0, -1), (index, row) => {
    let at = offset;
    for (let axis = 0; axis < index.length; axis++) at += index[axis]! * strides[axis]!;
    for (let i = 0; i < count; i++) to[row * count + i] = from[at + i * stride]!;
  });
  return to;
}

/** Lays out elements that are in a row as another shape. Throws RangeError where it has not as many. */
export function reshaped(shape: readonly number[]): Rearrangement {
  return layout => {
    if (sizeOf(shape) !== sizeOf(layout.shape))
      throw new RangeError(`[${layout.shape.join(", ")}] has not as many elements as [${shape.join(", ")}]`);
    return isInARow(layout) ? inARow(shape, layout.offset) : null;
  };
}

export function permuted(permutation: readonly number[]): Rearrangement {
  return ({ shape, strides, offset }) => ({
    shape: permutation.map(axis => shape[axis]!),
    strides: permutation.map(axis => strides[axis]!),
    offset,
  });
}

/** Repeats what has one entry along axes that have more. Throws RangeError where shapes do not broadcast. */
export function expanded(shape: readonly number[]): Rearrangement {
  return layout => {
    const added = shape.length - layout.shape.length;
    const strides = shape.map((size, axis) => {
      const own = axis < added ? 1 : layout.shape[axis - added]!;
      if (own !== size && own !== 1)
        throw new RangeError(
          `shapes [${layout.shape.join(", ")}] and [${shape.join(", ")}] do not broadcast`,
        );
      return own === size && axis >= added ? layout.strides[axis - added]! : 0;
    });
    return { shape, strides, offset: layout.offset };
  };
}

/** Every `step`-th entry of an axis from `start` up to `end`, which is left out. */
export function sliced(dim: number, start: number, end: number, step: number): Rearrangement {
  return ({ shape, strides, offset }) => ({
    shape: shape.with(dim, Math.max(0, Math.ceil((end - start) / step))),
    strides: strides.with(dim, strides[dim]! * step),
    offset: offset + start * strides[dim]!,
  });
}
