import { createHash } from "node:crypto";
import * as vscode from "vscode";
import { namedSizes } from "../../runtime/panel/general-view.ts";
import { textInputs } from "../../runtime/panel/inputs.ts";
import type { Trace } from "../../shared/trace.ts";
import type { LiveWork, RunningModel } from "../component/live-work.ts";
import { Disposable } from "../disposable.ts";
import type { ShownLayers } from "./code-lens.ts";
import type { HoveredValue } from "./hovered-value.ts";
import { type Pointed, valueAt } from "./value-at.ts";

/** What the open panels ran, by the source that they ran: for hovers and CodeLens. */
export class PanelValues extends Disposable implements ShownLayers {
  /** The one that ran last is at the end. */
  readonly #followed: LiveWork[] = [];
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;

  follow(work: LiveWork): LiveWork {
    this.#followed.push(work);
    work.onDidRun(() => {
      this.#forget(work);
      this.#followed.push(work);
      this.#changed.fire();
    });
    work.onDidEnd(() => {
      this.#forget(work);
      this.#changed.fire();
    });
    return work;
  }

  layerOf(file: string, className: string): number | null {
    for (const { running } of [...this.#followed].reverse()) {
      if (!running) continue;
      const layer = layerOf(running.model.trace, file, className, running.document.state.module ?? "");
      if (layer !== null) return layer;
    }
    return null;
  }

  /** The numbers of what a reader points at; null where no panel ran this very text, or it computes nothing there. */
  async at(pointed: Pointed, text: string, signal: AbortSignal): Promise<HoveredValue | null> {
    const sha256 = createHash("sha256").update(text).digest("hex");
    for (const { running } of [...this.#followed].reverse()) {
      const file = running?.model.trace.files.find(entry => entry.path === pointed.file);
      if (!running || file?.sha256 !== sha256) continue;
      const value = await summarise(running, pointed, signal);
      if (value) return value;
    }
    return null;
  }

  #forget(work: LiveWork): void {
    const index = this.#followed.indexOf(work);
    if (index >= 0) this.#followed.splice(index, 1);
  }
}

async function summarise(
  { model, document, decoderStart }: RunningModel,
  pointed: Pointed,
  signal: AbortSignal,
): Promise<HoveredValue | null> {
  const { trace } = model;
  const { state, view } = document;
  const named = valueAt(trace, pointed, state.module ?? "");
  if (!named) return null;
  const { inputs } = textInputs(trace, await model.tokenize(state.prompt), decoderStart);
  signal.throwIfAborted();
  const { interventions } = state;
  const run = await model.run({ inputs, summaries: [named.id], interventions }, signal);
  const summary = run.summaries.get(named.id);
  if (!summary) return null;
  // The panel knows what the sizes of attention stand for; elsewhere symbols have names.
  const figure = view?.kind === "attention" ? view.figures.find(({ id }) => id === named.id) : undefined;
  return {
    name: named.variable ?? named.id,
    module: trace.modules[named.module]!.path,
    component: state.component,
    shape: figure?.shape ?? namedSizes(trace.values[named.value]!.shape, summary.shape),
    summary,
  };
}

/** Number of the layer in which a class of a file stands: the shown one's if it is of this class, else the first. */
function layerOf(trace: Trace, file: string, className: string, shown: string): number | null {
  const modules = trace.modules.filter(
    ({ class: name, classPlace }) =>
      name === className && classPlace !== null && trace.files[trace.places[classPlace]!.file]?.path === file,
  );
  if (modules.length < 2) return null;
  const layer = /(?:^|\.)(\d+)(?=\.|$)/.exec(shown)?.[1];
  const here = modules.find(
    ({ path }) => shown === path || shown.startsWith(`${path}.`) || path.startsWith(`${shown}.`),
  );
  const number = here && layer !== undefined ? layer : /(?:^|\.)(\d+)(?=\.|$)/.exec(modules[0]!.path)?.[1];
  return number === undefined ? null : Number(number);
}
