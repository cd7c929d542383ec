import type { Tensor } from "../../shared/dtype.ts";
import type { Picture, Statistics, Summary } from "../../shared/run.ts";
import { sizeOf } from "../primitives/numbers.ts";
import { numbers } from "./numbers.ts";

/** Largest picture of a summary, in rows and in columns. */
const PICTURE_SIDE = 64;

/** Statistics of a whole tensor and a small picture of its last two dimensions. */
export function summarise(tensor: Tensor, side = PICTURE_SIDE): Summary {
  const values = numbers(tensor);
  return {
    dtype: tensor.dtype,
    shape: tensor.shape,
    statistics: statistics(values),
    picture: picture(values, tensor.shape, side),
  };
}

/** One pass for the mean and the extremes, one for the deviation: no cancellation. */
export function statistics(values: ArrayLike<number>): Statistics {
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  let finite = 0;
  let zeros = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value === 0) zeros++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = finite > 0 ? sum / finite : NaN;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  return {
    mean,
    std: finite > 0 ? Math.sqrt(squares / finite) : NaN,
    min: finite > 0 ? min : NaN,
    max: finite > 0 ? max : NaN,
    count: values.length,
    zeros,
    notFinite: values.length - finite,
  };
}

/**
 * The last two dimensions of the first entry of the others; a vector is one row, a scalar one cell. Where there are more
 * than `side` rows or columns, cells are means of blocks as equal as they can be.
 */
export function picture(values: ArrayLike<number>, shape: readonly number[], side: number): Picture {
  const height = shape.length >= 2 ? (shape.at(-2) as number) : 1;
  const width = shape.length >= 1 ? (shape.at(-1) as number) : 1;
  if (sizeOf(shape) === 0) return { rows: 0, columns: 0, data: new Float32Array() };
  const rows = Math.min(height, side);
  const columns = Math.min(width, side);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    const bottom = Math.floor(((row + 1) * height) / rows);
    for (let column = 0; column < columns; column++) {
      const left = Math.floor((column * width) / columns);
      const right = Math.floor(((column + 1) * width) / columns);
      let sum = 0;
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) sum += values[y * width + x] as number;
      data[row * columns + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return { rows, columns, data };
}
