/** How far numbers reach, for colours: one outlier must not make all else look alike. */
export interface Extent {
  /** The 99th percentile of the absolute finite numbers, their largest where that is 0, else 1: colours stop here. */
  readonly end: number;
  readonly largest: number;
}

const PERCENTILE = 0.99;

/** The extent of numbers; NaN and infinities are left out. */
export function extentOf(values: ArrayLike<number>): Extent {
  const sizes = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number);
    if (Number.isFinite(size)) sizes[count++] = size;
  }
  const sorted = sizes.subarray(0, count).sort();
  const largest = sorted.at(-1) ?? 0;
  const end = quantile(sorted, PERCENTILE) || largest;
  return { end: end > 0 ? end : 1, largest };
}

/** Between the two nearest of sorted numbers (Hyndman and Fan 1996, definition 7); 0 of none. */
function quantile(sorted: Float64Array, share: number): number {
  const at = Math.max(0, sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
