import type { Statistics } from "../run.ts";

/** What a checkpoint's headers say: every tensor, none of its numbers. */
export interface CheckpointOutline {
  readonly format: "safetensors" | "gguf";
  /** Absolute paths, with the size of each in bytes. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly tensors: readonly OutlinedTensor[];
  /** What the file says of itself, long lists cut short. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  /** The index that names this file among others; null where the file is all there is, or all were opened. */
  readonly index: string | null;
}

export interface OutlinedTensor {
  /** As the file calls it. */
  readonly name: string;
  /** What transformers calls it, where that is known and another name. */
  readonly parameter: string | null;
  /** As the format writes it: `BF16`, `Q4_K`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Index into `files`. */
  readonly file: number;
  /** From the beginning of the file, in bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** Its numbers can be read. */
  readonly readable: boolean;
}

/** What the numbers of one tensor are like. */
export interface TensorSummary {
  readonly statistics: Statistics;
  /** How many numbers lie in each of equal parts of [from, to]; empty where none is finite. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] };
  /** How many elements were read, spread evenly over the tensor: all of them unless it is very large. */
  readonly read: number;
}

/** How many numbers a shape holds. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
