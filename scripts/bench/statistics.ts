import type { Comparison } from "./measurement.ts";

/** A comparison in numbers. */
export interface Row extends Omit<Comparison, "samples" | "baselineSamples"> {
  readonly median: number;
  readonly p95: number;
  /** Of the rounds' ratios, each to the baseline's sample of its own round. */
  readonly ratio: { readonly p25: number; readonly median: number; readonly p75: number };
  /** Whether the median ratio is within what is expected; null where nothing is. */
  readonly met: boolean | null;
}

export function summarise({ samples, baselineSamples, ...comparison }: Comparison): Row {
  const ratios = samples.map((sample, round) => sample / baselineSamples[round]!);
  const ratio = { p25: quantile(ratios, 0.25), median: quantile(ratios, 0.5), p75: quantile(ratios, 0.75) };
  const { expected } = comparison;
  const met = expected
    ? "atMost" in expected
      ? ratio.median <= expected.atMost
      : ratio.median >= expected.atLeast
    : null;
  return { ...comparison, median: quantile(samples, 0.5), p95: quantile(samples, 0.95), ratio, met };
}

/** With linear interpolation between neighbours. */
function quantile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * fraction;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}
