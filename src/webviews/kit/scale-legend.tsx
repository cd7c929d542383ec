import { t } from "../../shared/l10n.ts";
import { formatEnd } from "../../shared/number.ts";
import type { ColorScale } from "./color-scale.ts";

/** The colours of a scale between the numbers at its ends; `≥` and `≤` where values beyond them share the last colour. */
export function ScaleLegend({ scale }: { readonly scale: ColorScale }) {
  const [low, high] = scale.domain;
  const stops = Array.from({ length: 9 }, (_, i) => scale.color(low + ((high - low) * i) / 8));
  const signed = scale.kind === "signed";
  return (
    <div class="scale-legend">
      <span>{`${scale.clipped && signed ? "≤ " : ""}${formatEnd(low)}`}</span>
      <i style={{ background: `linear-gradient(90deg, ${stops.join(", ")})` }} aria-hidden="true" />
      <span>{`${scale.clipped ? "≥ " : ""}${formatEnd(high)}`}</span>
      {scale.clipped && <span class="dim">{t("clipped at the 99th percentile")}</span>}
    </div>
  );
}
