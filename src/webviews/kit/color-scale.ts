import { interpolateRgb } from "d3-interpolate";
import { scaleLinear } from "d3-scale";
import type { Extent } from "../../shared/extent.ts";

/** The hues of data; the neutral one is the editor's background, so that nothing looks like nothing. */
export interface Palette {
  readonly neutral: string;
  readonly negative: string;
  readonly positive: string;
  /** The far end of weights and probabilities. */
  readonly strong: string;
}

/** Colours of one kind of value, the same for every small multiple that shares it. */
export interface ColorScale {
  readonly kind: "signed" | "sequential";
  /** Values at the ends; beyond them the colour no longer changes. */
  readonly domain: readonly [low: number, high: number];
  /** Whether there are values beyond the ends. */
  readonly clipped: boolean;
  /** CSS colour; of NaN that of 0. */
  color(value: number): string;
  /** Red, green, blue, 0 to 255. */
  rgb(value: number): readonly [number, number, number];
}

/** Steps of the look-up table: more than eyes tell apart. */
const STEPS = 512;

/** Blue through the neutral to orange, centred on 0. */
export function signedScale({ end, largest }: Extent, palette: Palette): ColorScale {
  return scale(
    "signed",
    [-end, end],
    largest > end,
    [-end, 0, end],
    [palette.negative, palette.neutral, palette.positive],
  );
}

/** One hue from the neutral, for values from 0 up. */
export function sequentialScale({ end, largest }: Extent, palette: Palette): ColorScale {
  return scale("sequential", [0, end], largest > end, [0, end], [palette.neutral, palette.strong]);
}

function scale(
  kind: ColorScale["kind"],
  domain: readonly [number, number],
  clipped: boolean,
  stops: readonly number[],
  colors: readonly string[],
): ColorScale {
  const [low, high] = domain;
  const continuous = scaleLinear<string>()
    .domain(stops)
    .range(colors)
    .interpolate(interpolateRgb)
    .clamp(true);
  const table = Array.from({ length: STEPS + 1 }, (_, step) => {
    const color = continuous(low + ((high - low) * step) / STEPS);
    return { color, rgb: channels(color) };
  });
  const at = (value: number) => {
    const share = ((Number.isNaN(value) ? 0 : value) - low) / (high - low);
    return table[Math.round(Math.min(1, Math.max(0, share)) * STEPS)]!;
  };
  return { kind, domain, clipped, color: value => at(value).color, rgb: value => at(value).rgb };
}

function channels(color: string): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}
