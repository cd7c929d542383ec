import { basename } from "node:path";
import type { PanelState } from "../../shared/panel-state.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { LiveModel } from "../live/types.ts";
import type { Opened } from "./editions.ts";
import { shownTokens, totalVariation } from "./effect.ts";
import type { Measurement } from "./measure.ts";
import type { ModuleChoice } from "./module-choice.ts";
import type { PanelTarget } from "./target.ts";
import type { ViewDocument } from "./views.ts";

/** A panel whose first run failed; without a target where not even that could be found. */
export function emptyDocument(
  target: PanelTarget | null,
  state: PanelState,
  failure: NonNullable<PanelDocument["failure"]>,
): PanelDocument {
  const open = target?.open;
  return {
    state,
    status: "failed",
    failure,
    model: null,
    source: open
      ? { file: open.source, label: basename(open.source), line: failure.line ?? 1, class: open.class }
      : null,
    tokens: [],
    examples: [],
    modules: [],
    module: 0,
    view: null,
    effect: null,
    milliseconds: { trace: 0, run: 0 },
  };
}

/** A panel after a run. */
export function liveDocument(parts: {
  readonly target: PanelTarget;
  readonly state: PanelState;
  readonly opened: Opened;
  readonly choice: ModuleChoice;
  readonly now: Measurement;
  readonly view: ViewDocument;
  readonly effect: PanelDocument["effect"];
}): PanelDocument {
  const { target, state, opened, choice, now, view, effect } = parts;
  const { model } = opened;
  const file = now.place?.file ?? target.open.source;
  const line = now.place?.line ?? 1;
  return {
    state: { ...state, module: choice.modules[choice.index]!.path },
    status: model.randomWeights ? "random" : "live",
    failure: null,
    model: {
      id: target.model?.id ?? "",
      label: target.model?.label ?? target.open.class,
      precision: model.precision,
      provider: model.provider,
      providerNote: model.fallback,
      check: model.check,
    },
    source: { file, label: `${basename(file)}:${line}`, line, class: target.open.class },
    tokens: now.tokens,
    examples: now.examples,
    modules: choice.modules,
    module: choice.index,
    view,
    effect,
    milliseconds: { trace: opened.milliseconds, run: now.milliseconds },
  };
}

/** What a change did to the prediction of the next token; null for models that predict none. */
export async function effectOf(
  model: LiveModel,
  now: Measurement,
  reference: Measurement | null,
  change: "intervention" | "edit" | null,
): Promise<PanelDocument["effect"]> {
  if (!now.distribution) return null;
  const other = reference?.distribution;
  const compared = other && other.length === now.distribution.length ? other : null;
  const before = compared ?? now.distribution;
  const after = compared ? now.distribution : null;
  const tokens = await model.decode(shownTokens(before, after));
  const of = (distribution: Float64Array) =>
    tokens.map(token => ({ ...token, probability: distribution[token.id]! }));
  return {
    before: of(before),
    after: after && of(after),
    totalVariation: after && totalVariation(before, after),
    change: after && change,
    token: now.tokens.at(-1) ?? null,
  };
}
