import type { Bench, Comparison, Expectation, Unit } from "./measurement.ts";

/** What one round gives, in the unit of the measurement. */
export type Variant = (round: number) => number | Promise<number>;

/** Samples of each variant, one per round. */
export type Samples<N extends string> = Readonly<Record<N, readonly number[]>>;

/**
 * Runs every variant once in each round, in turns of direction, so that none always follows the same neighbour and a
 * machine that slows down slows all of them.
 * @param warmUp rounds before the first that counts; they have negative numbers.
 */
export async function interleave<N extends string>(
  { rounds, progress }: Bench,
  variants: Readonly<Record<N, Variant>>,
  warmUp = 2,
): Promise<Samples<N>> {
  const entries = Object.entries(variants) as [N, Variant][];
  const samples = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<N, number[]>;
  for (let round = -warmUp; round < rounds; round++) {
    progress(round < 0 ? "warming up" : `round ${round + 1} of ${rounds}`);
    for (const [name, variant] of round % 2 === 0 ? entries : entries.toReversed()) {
      const sample = await variant(round);
      if (round >= 0) samples[name].push(sample);
    }
  }
  return samples;
}

/** A variant that takes as long as `work`, in ms. */
export function timed(work: (round: number) => unknown): Variant {
  return async round => {
    const began = performance.now();
    await work(round);
    return performance.now() - began;
  };
}

/** Which variants stand beside which baseline, with what is expected of them. */
export function compare<N extends string>(
  samples: Samples<N>,
  unit: Unit,
  pairs: readonly (readonly [variant: N, baseline: N, expected?: Expectation])[],
): Comparison[] {
  return pairs.map(([variant, baseline, expected]) => ({
    variant,
    baseline,
    unit,
    samples: samples[variant],
    baselineSamples: samples[baseline],
    ...(expected ? { expected } : {}),
  }));
}
