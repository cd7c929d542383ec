/** One thing that is measured: variants of it and their baselines, which take turns in every round. */
export interface Measurement {
  /** What `--only` takes. */
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** @throws Unavailable where what it needs is not here. */
  run(bench: Bench): Promise<Outcome>;
}

/** What a measurement is given. */
export interface Bench {
  readonly rounds: number;
  /** Says what goes on, on a line that is written over. */
  progress(message: string): void;
}

export interface Outcome {
  readonly comparisons: readonly Comparison[];
  /** What is no ratio: sizes, what was compared with what. */
  readonly facts?: readonly string[];
}

/** A variant beside its baseline. Sample i of both is of the same round. */
export interface Comparison {
  readonly variant: string;
  readonly baseline: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly baselineSamples: readonly number[];
  readonly expected?: Expectation;
}

export type Unit = "ms" | "tokens/s" | "MB";

/** Bound of the median ratio. */
export type Expectation = { readonly atMost: number } | { readonly atLeast: number };

/** The measurement cannot be made here; the message says why and what helps. */
export class Unavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unavailable";
  }
}
