import { basename } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { PanelState } from "../../shared/panel-state.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { LiveModel } from "../live/types.ts";
import { answerOf } from "./answer.ts";
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
    omitted: 0,
    examples: [],
    stands: [],
    modules: [],
    module: 0,
    view: null,
    effect: null,
    continues: false,
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
    state: {
      ...state,
      module: choice.modules[choice.index]!.path,
      head: view.kind === "attention" ? view.head : state.head,
    },
    status: model.randomWeights ? "random" : "live",
    failure: null,
    model: {
      id: target.model?.id ?? "",
      label: target.model?.label ?? target.open.class,
      precision: model.precision,
      provider: model.provider,
      providerNote: model.fallback,
      smaller: model.smaller,
      check: model.check,
    },
    source: { file, label: `${basename(file)}:${line}`, line, class: target.open.class },
    tokens: now.tokens,
    omitted: now.pass.given.omitted,
    examples: now.examples,
    stands: now.pass.given.stands,
    modules: choice.modules,
    module: choice.index,
    view,
    effect,
    // A text is continued by itself, without the picture or sound that goes with it here, and from its end.
    continues:
      now.examples.length === 0 && now.pass.given.omitted === 0 && answerOf(model.trace)?.kind === "token",
    milliseconds: { trace: opened.milliseconds, run: now.pass.milliseconds },
  };
}

/** What a change did to the prediction of the next token, or of the class; null for models that predict neither. */
export async function effectOf(
  model: LiveModel,
  now: Measurement,
  reference: Measurement | null,
  change: "intervention" | "edit" | null,
): Promise<PanelDocument["effect"]> {
  const own = now.pass.distribution;
  const kind = answerOf(model.trace)?.kind;
  if (!own || !kind) return null;
  const other = reference?.pass.distribution;
  const compared = other && other.length === own.length ? other : null;
  const before = compared ?? own;
  const after = compared ? own : null;
  const shown = shownTokens(before, after);
  const tokens =
    kind === "token" ? await model.decode(shown) : shown.map(id => ({ id, text: className(model, id) }));
  const of = (distribution: Float64Array) =>
    tokens.map(token => ({ ...token, probability: distribution[token.id]! }));
  return {
    kind,
    before: of(before),
    after: after && of(after),
    totalVariation: after && totalVariation(before, after),
    change: after && change,
    token: kind === "token" ? (now.tokens.at(-1) ?? null) : null,
  };
}

/** What the checkpoint calls a class; its number where it says nothing. */
function className({ labels }: LiveModel, id: number): string {
  const label = labels[id];
  return label === undefined || /^LABEL_\d+$/.test(label) ? t("class {0}", id) : label;
}
