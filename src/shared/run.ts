import type { DType, Tensor } from "./dtype.ts";
import type { ValueId } from "./trace.ts";

/** A value of one trace: by id, or by index where it has no name (stable within that trace only). */
export type ValueRef = ValueId | number;

/** Replaces a value, or a part of it, during a run. */
export interface Intervention {
  readonly value: ValueRef;
  readonly selector: Selector;
  readonly operation:
    | { readonly kind: "zero" }
    | { readonly kind: "scale"; readonly factor: number }
    | { readonly kind: "add"; readonly amount: number }
    | { readonly kind: "set"; readonly amount: number }
    | { readonly kind: "patch"; readonly tensor: Tensor };
}

/** Index per axis that is restricted; an axis that is not named is taken whole. */
export interface Selector {
  readonly axes: readonly { readonly axis: number; readonly index: number }[];
}

/** Of all elements; NaN and infinities are counted apart and left out of the rest. */
export interface Statistics {
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
  /** Elements that are exactly 0. */
  readonly zeros: number;
  readonly notFinite: number;
}

/** What is shown of a value without moving all of it. */
export interface Summary {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly statistics: Statistics;
  /** The last two dimensions of the first entry of the others, block means where larger than asked. */
  readonly picture: Picture;
}

export interface Picture {
  readonly rows: number;
  readonly columns: number;
  /** rows × columns, row-major. */
  readonly data: Float32Array;
}

/** Where the numbers were computed. */
export const PROVIDERS = ["cpu", "webgpu", "cuda", "dml", "coreml"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** How a provider's numbers compare with the CPU's on the same inputs. */
export interface ProviderCheck {
  readonly agrees: boolean;
  /** Values of the last check. */
  readonly values: number;
  /** Their largest difference, over the size of the CPU's numbers. */
  readonly difference: number;
  /** Runs that have been checked. */
  readonly checks: number;
}

/** Where numbers are computed, and how far that is known to be right. */
export interface Serving {
  readonly provider: Provider;
  /** Why another provider than the preferred one serves, in words; null if it is the preferred one. */
  readonly fallback: string | null;
  /** Null before the first run, and where only the CPU was asked for. */
  readonly check: ProviderCheck | null;
}

export interface Token {
  readonly id: number;
  /** The piece as a person reads it: graphemes whole, spaces kept. */
  readonly text: string;
}

export interface TokenProbability extends Token {
  readonly probability: number;
}
