import { locateSymbol } from "../../runtime/panel/equation-symbol.ts";
import { namedSizes } from "../../runtime/panel/general-view.ts";
import { panelInputs } from "../../runtime/panel/inputs.ts";
import { t } from "../../shared/l10n.ts";
import type { PanelState } from "../../shared/panel-state.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { EquationSymbol, SymbolValue } from "../../shared/protocol/paper-context.ts";
import { componentName } from "../catalogue.ts";
import { initialState } from "../component/initial-state.ts";
import type { LiveWork, RunningModel } from "../component/live-work.ts";
import { Disposable } from "../disposable.ts";
import { ranIn } from "../python/hover-text.ts";
import { unsavedText } from "../source/python-source.ts";
import type { ChosenModel } from "./closest-model.ts";

/**
 * What symbols of equations are in the model that runs. A question that has not been answered is given up when another
 * symbol is asked about.
 */
export class SymbolValues extends Disposable {
  readonly #start: () => LiveWork;
  readonly #panelState: (component: string) => PanelState | null;
  #work: LiveWork | null = null;
  #asked: AbortController | null = null;

  /**
   * @param start a work of its own, for when no panel shows the component.
   * @param panelState what the panel of a component shows; null where none is open.
   */
  constructor(start: () => LiveWork, panelState: (component: string) => PanelState | null) {
    super();
    this.#start = start;
    this.#panelState = panelState;
  }

  override dispose(): void {
    this.#asked?.abort();
    this.#work?.dispose();
    super.dispose();
  }

  /** What a symbol stands for, with the text of the component's panel if one is open, else the model's own example. */
  async of(component: string, symbol: EquationSymbol, model: ChosenModel | null): Promise<SymbolValue> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const state = this.#panelState(component) ?? { ...initialState(component), model: model?.id ?? null };
    try {
      this.#work ??= this.register(this.#start());
      const document = await this.#work.show(state, unsavedText(), asked.signal);
      if (document.failure) return { kind: "none", reason: document.failure.message };
      const running = this.#work.running;
      return (
        drawn(document, symbol, running) ??
        (running && (await computed(running, symbol, asked.signal))) ?? {
          kind: "none",
          reason: t(
            "This model computes {0} otherwise, so nothing in it is certain to be this symbol.",
            componentName(component),
          ),
        }
      );
    } catch (error) {
      if (asked.signal.aborted) return { kind: "none", reason: t("Another symbol was asked about.") };
      return { kind: "none", reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** What a panel of attention shows anyway. */
function drawn(
  { view, state, model }: PanelDocument,
  symbol: EquationSymbol,
  running: RunningModel | null,
): SymbolValue | null {
  if (view?.kind !== "attention") return null;
  const where = whereOf(state, running, model?.label);
  switch (symbol) {
    case "head-dimension":
      return { kind: "number", name: t("features of a head"), number: view.headDimension, where };
    case "heads":
      return { kind: "number", name: t("number of heads"), number: view.heads, where };
    case "query":
    case "key":
    case "value": {
      const figure = view.figures.find(({ role }) => role === symbol);
      if (!figure) return null;
      const { id, shape, dtype, statistics } = figure;
      return { kind: "value", name: variableOf(id), shape, dtype, statistics, where };
    }
    default:
      return null;
  }
}

/** What the module is given, or one of its parameters. */
async function computed(
  running: RunningModel,
  symbol: EquationSymbol,
  signal: AbortSignal,
): Promise<SymbolValue | null> {
  const { model, document, decoderStart } = running;
  const { state } = document;
  const located = locateSymbol(model.trace, state.module ?? "", symbol);
  if (!located) return null;
  const { inputs } = await panelInputs(model, state.prompt, decoderStart);
  signal.throwIfAborted();
  const request = { inputs, summaries: [located.value], interventions: state.interventions };
  const summary = (await model.tap(request, signal)).summaries.get(located.value);
  if (!summary) return null;
  return {
    kind: "value",
    name: located.name,
    shape: namedSizes(model.trace.values[located.value]!.shape, summary.shape),
    dtype: summary.dtype,
    statistics: summary.statistics,
    where: whereOf(state, running, document.model?.label),
  };
}

function whereOf(state: PanelState, running: RunningModel | null, label: string | undefined): string {
  const place = running ? ranIn(state.module ?? "", running.model.trace.class) : "";
  return [place, label].filter(Boolean).join(" · ");
}

/** `model.layers.0.self_attn:query_states#1` is what the source calls query_states. */
function variableOf(id: string): string {
  return /:(.+?)#\d+$/.exec(id)?.[1] ?? id;
}
