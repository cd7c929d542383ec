import type { TensorSummary } from "../../shared/checkpoint/outline.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount, formatEnd, formatNumber } from "../../shared/number.ts";

const WIDTH = 320;
const HEIGHT = 96;

/** How many numbers lie where, with zero marked. */
export function Histogram({ histogram, statistics }: TensorSummary) {
  const { from, to, counts } = histogram;
  if (counts.length === 0) return null;
  const most = Math.max(...counts);
  const bar = WIDTH / counts.length;
  const zero = from < 0 && to > 0 ? (-from / (to - from)) * WIDTH : null;
  const summary = t(
    "Histogram from {0} to {1}; most, {2}, near {3}",
    formatNumber(from),
    formatNumber(to),
    formatCount(most),
    formatNumber(from + ((counts.indexOf(most) + 0.5) * (to - from)) / counts.length),
  );
  return (
    <figure class="histogram">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary} preserveAspectRatio="none">
        {counts.map((count, i) => {
          const height = count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT);
          const value = from + ((i + 0.5) * (to - from)) / counts.length;
          return (
            <rect
              key={i}
              class={value < 0 ? "negative" : "positive"}
              x={i * bar}
              y={HEIGHT - height}
              width={Math.max(1, bar - 1)}
              height={height}
            >
              <title>{`${formatNumber(value)}: ${formatCount(count)}`}</title>
            </rect>
          );
        })}
        {zero !== null && <line class="zero" x1={zero} x2={zero} y1={0} y2={HEIGHT} />}
      </svg>
      <figcaption class="histogram-ends number small">
        <span>{formatEnd(statistics.min)}</span>
        <span>{formatEnd(statistics.max)}</span>
      </figcaption>
    </figure>
  );
}
