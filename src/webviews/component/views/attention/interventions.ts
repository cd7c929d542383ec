import { t } from "../../../../shared/l10n.ts";
import { formatNumber } from "../../../../shared/number.ts";
import type { AttentionDocument } from "../../../../shared/protocol/component.ts";
import type { Intervention } from "../../../../shared/run.ts";
import { figureOf } from "./figures.ts";

/** Sets one head's output to zero; null where the output has no axis of heads. */
export function ablation(document: AttentionDocument, head: number): Intervention | null {
  const output = figureOf(document, "output");
  if (output?.headAxis == null) return null;
  return {
    value: output.value,
    selector: { axes: [{ axis: output.headAxis, index: head }] },
    operation: { kind: "zero" },
  };
}

/** Multiplies what the softmax is given. */
function factorOnScores(document: AttentionDocument, factor: number): Intervention {
  return { value: document.softmaxInput, selector: { axes: [] }, operation: { kind: "scale", factor } };
}

/** The factor that is applied now; 1 where there is none. */
export function currentFactor(document: AttentionDocument, interventions: readonly Intervention[]): number {
  const found = interventions.find(each => isFactor(document, each))?.operation;
  return found?.kind === "scale" ? found.factor : 1;
}

/** The interventions with another factor on the scores; 1 takes it away. */
export function withFactor(
  document: AttentionDocument,
  interventions: readonly Intervention[],
  factor: number,
): readonly Intervention[] {
  const others = interventions.filter(each => !isFactor(document, each));
  return factor === 1 ? others : [...others, factorOnScores(document, factor)];
}

export function includes(interventions: readonly Intervention[], wanted: Intervention): boolean {
  return interventions.some(each => same(each, wanted));
}

/** Adds an intervention, or takes it away where it is there. */
export function toggled(
  interventions: readonly Intervention[],
  wanted: Intervention,
): readonly Intervention[] {
  return includes(interventions, wanted)
    ? interventions.filter(each => !same(each, wanted))
    : [...interventions, wanted];
}

/** What has been changed, in a few words. */
export function describeChanges(
  document: AttentionDocument,
  interventions: readonly Intervention[],
): readonly string[] {
  const factor = currentFactor(document, interventions);
  const words = [];
  if (document.ablated.length > 0) words.push(t("without head {0}", document.ablated.join(", ")));
  if (document.maskLift && includes(interventions, document.maskLift)) words.push(t("without mask"));
  if (factor !== 1) words.push(temperatureName(document, factor));
  return words;
}

/** A temperature τ divides the scores; taking the scale off again multiplies them by √d. */
export function temperatureName({ scale }: AttentionDocument, factor: number): string {
  return scale !== null && factor === 1 / scale
    ? t("unscaled")
    : t("τ = {0}", formatNumber(1 / factor).replace(/\.?0+$/, ""));
}

function isFactor(document: AttentionDocument, { value, operation }: Intervention): boolean {
  return value === document.softmaxInput && operation.kind === "scale";
}

function same(a: Intervention, b: Intervention): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
