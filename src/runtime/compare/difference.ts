import type { DType, Tensor } from "../../shared/dtype.ts";
import { numbers } from "../session/numbers.ts";

/** How far two tensors of one shape lie apart. */
export interface Difference {
  /** Largest absolute difference of two elements; Infinity where one is a number and the other is none. */
  readonly absolute: number;
  /**
   * Largest difference of two elements over the size of the expected one, or over the root mean square of all where that
   * is larger: a few elements of a model are hundreds of times as large as the others, and rounded accordingly.
   */
  readonly relative: number;
}

/**
 * Largest relative difference that counts as the same, by the type that is computed in: float32 rounds at 6e-8, and a
 * deep model multiplies that by a few thousand. Whole numbers and truth values have to be equal.
 */
const TOLERANCE: Readonly<Record<DType, number>> = {
  float64: 1e-3,
  float32: 1e-3,
  float16: 2e-2,
  bfloat16: 1e-1,
  int64: 0,
  int32: 0,
  int16: 0,
  int8: 0,
  uint8: 0,
  bool: 0,
};

/** A number that stands for minus infinity in a mask, and would drown every other in a mean. */
const MASKED = 1e30;

export function toleranceOf(dtype: DType): number {
  return TOLERANCE[dtype];
}

/**
 * @param actual of the same shape as `expected`; the types may differ.
 * @throws RangeError where they have other numbers of elements.
 */
export function differenceOf(actual: Tensor, expected: Tensor): Difference {
  const [a, b] = [numbers(actual), numbers(expected)];
  if (a.length !== b.length) throw new RangeError(`[${actual.shape}] is not [${expected.shape}]`);
  const scale = rootMeanSquare(b) || 1;
  let absolute = 0;
  let relative = 0;
  for (let i = 0; i < b.length; i++) {
    const apart = distance(a[i] as number, b[i] as number);
    if (apart === 0) continue;
    absolute = Math.max(absolute, apart);
    const size = Math.max(Math.abs(b[i] as number) || 0, scale);
    relative = Math.max(relative, apart === Infinity ? Infinity : apart / size);
  }
  return { absolute, relative };
}

/** As `differenceOf`, of any two tensors: infinite where their shapes are not the same. */
export function differenceOfAny(actual: Tensor, expected: Tensor): Difference {
  return isSameShape(actual.shape, expected.shape)
    ? differenceOf(actual, expected)
    : { absolute: Infinity, relative: Infinity };
}

export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.join() === b.join();
}

/** Of what neither masks nor is no number. */
function rootMeanSquare(values: ArrayLike<number>): number {
  let squares = 0;
  let ordinary = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(Math.abs(value) < MASKED)) continue;
    squares += value * value;
    ordinary++;
  }
  return Math.sqrt(squares / Math.max(1, ordinary));
}

/** Of two elements: 0 where both mask, or neither is a number. */
function distance(x: number, y: number): number {
  if (Object.is(x, y) || (isMask(x) && isMask(y) && x > 0 === y > 0)) return 0;
  const apart = Math.abs(x - y);
  return Number.isNaN(apart) ? Infinity : apart;
}

function isMask(x: number): boolean {
  return Math.abs(x) >= MASKED;
}
