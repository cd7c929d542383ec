import { DTYPE_BYTES, type Tensor } from "../../shared/dtype.ts";
import type { Selector } from "../../shared/run.ts";
import { sizeOf } from "../primitives/numbers.ts";

/**
 * The part of a tensor that a selector chooses; an axis of which one entry is taken stays, with size 1. An index below 0
 * counts from the end.
 * @throws RangeError where a tensor has no such entry.
 */
export function partOf(tensor: Tensor, { axes }: Selector): Tensor {
  return axes.reduce((part, { axis, index }) => entryOf(part, axis, index), tensor);
}

function entryOf({ dtype, shape, data }: Tensor, axis: number, index: number): Tensor {
  const size = shape[axis] ?? 0;
  const entry = index < 0 ? size + index : index;
  if (entry < 0 || entry >= size)
    throw new RangeError(`[${shape.join(", ")}] has no entry ${index} on axis ${axis}`);
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1)) * DTYPE_BYTES[dtype];
  const at = (row: number) => data.subarray((row * size + entry) * inner, (row * size + entry + 1) * inner);
  if (outer === 1) return { dtype, shape: shape.with(axis, 1), data: at(0) };
  const part = new Uint8Array(outer * inner);
  for (let row = 0; row < outer; row++) part.set(at(row), row * inner);
  return { dtype, shape: shape.with(axis, 1), data: part };
}
