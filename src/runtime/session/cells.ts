import type { Tensor } from "../../shared/dtype.ts";
import type { DrawnValue } from "../live/types.ts";
import { numbers } from "./numbers.ts";

/** Heads × rows × columns of one value, row-major. */
export interface Cells {
  readonly heads: number;
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/** The cells of a value whose axes are known; of axes that are none of these (batch, windows) the first entry is taken. */
export function cellsOf(
  tensor: Tensor,
  { head, row, column }: Pick<DrawnValue, "head" | "row" | "column">,
): Cells {
  const { shape } = tensor;
  const stride = strides(shape);
  const heads = head === null ? 1 : shape[head]!;
  const [rows, columns] = [shape[row]!, shape[column]!];
  const [headStride, rowStride, columnStride] = [
    head === null ? 0 : stride[head]!,
    stride[row]!,
    stride[column]!,
  ];
  const values = numbers(tensor);
  const data = new Float32Array(heads * rows * columns);
  let next = 0;
  for (let h = 0; h < heads; h++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        data[next++] = values[h * headStride + r * rowStride + c * columnStride]!;
  return { heads, rows, columns, data };
}

function strides(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    result[axis] = step;
    step *= shape[axis]!;
  }
  return result;
}

/** What a mask takes off a score at least to forbid it: old models use 10 000, and a temperature may divide that. */
const FORBIDDING = 1e3;

/**
 * 1 where the mask forbids a score, 0 where it does not; null where it forbids none.
 *
 * @param before scores that the mask was applied to
 */
export function hiddenCells(before: Cells, masked: Cells): Uint8Array<ArrayBuffer> | null {
  if (before.data.length !== masked.data.length) return null;
  const hidden = new Uint8Array(masked.data.length);
  let any = false;
  for (let i = 0; i < hidden.length; i++) {
    if (masked.data[i]! - before.data[i]! >= -FORBIDDING) continue;
    hidden[i] = 1;
    any = true;
  }
  return any ? hidden : null;
}
