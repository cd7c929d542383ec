import { createHash } from "node:crypto";
import * as vscode from "vscode";
import { namedSizes } from "../../runtime/panel/general-view.ts";
import { panelInputs } from "../../runtime/panel/inputs.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import type { LiveWork, RunningModel } from "../component/live-work.ts";
import { Disposable } from "../disposable.ts";
import type { ShownLayers } from "./code-lens.ts";
import type { HoveredValue } from "./hovered-value.ts";
import type { RunSizes } from "./inlay-shapes.ts";
import { type PointedPlace, placeAt } from "./pointed-place.ts";
import { layerIn, modulesOfClass, shownRun, type TracedSource, tracedSource } from "./traced-source.ts";

/** What the open panels ran, by the source that they ran: for hovers, CodeLens and inlay hints. */
export class PanelValues extends Disposable implements ShownLayers, RunSizes {
  /** The one that ran last is at the end. */
  readonly #followed: LiveWork[] = [];
  readonly #read = new WeakMap<Trace, Map<string, TracedSource | null>>();
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
    for (const { trace, document } of this.#runs()) {
      const layer = layerOf(trace, file, className, document.state.module ?? "");
      if (layer !== null) return layer;
    }
    return null;
  }

  /** The source and the layer that the panel used last shows; null where it shows none. */
  get shownLayer(): { readonly file: string; readonly layer: number } | null {
    const [last] = this.#runs();
    const file = last?.document.source?.file;
    const layer = layerIn(last?.document.state.module ?? "");
    return file === undefined || layer === null ? null : { file, layer };
  }

  shownModule(file: string): string | null {
    return this.#runOf(file)?.document.state.module ?? null;
  }

  sizesOf(file: string): SizeBindings | null {
    return this.#runOf(file)?.sizes ?? null;
  }

  /** The numbers of what a reader points at; null where no panel ran this very text, or it computes nothing there. */
  async at(
    file: string,
    text: string,
    pointed: PointedPlace,
    signal: AbortSignal,
  ): Promise<HoveredValue | null> {
    const running = this.#runs();
    if (running.length === 0) return null;
    const sha256 = createHash("sha256").update(text).digest("hex");
    for (const run of running) {
      if (run.trace.files.find(entry => entry.path === file)?.sha256 !== sha256) continue;
      const source = this.#sourceOf(run.trace, file);
      const value = source && (await summarise(run, source, pointed, signal));
      if (value) return value;
    }
    return null;
  }

  #runs(): readonly (RunningModel & { readonly trace: Trace })[] {
    return [...this.#followed]
      .reverse()
      .flatMap(({ running }) => (running ? [{ ...running, trace: running.model.trace }] : []));
  }

  #runOf(file: string): RunningModel | undefined {
    return this.#runs().find(({ trace }) => trace.files.some(entry => entry.path === file));
  }

  #sourceOf(trace: Trace, file: string): TracedSource | null {
    const known = this.#read.get(trace) ?? new Map<string, TracedSource | null>();
    this.#read.set(trace, known);
    if (!known.has(file)) known.set(file, tracedSource([trace], file));
    return known.get(file)!;
  }

  #forget(work: LiveWork): void {
    const index = this.#followed.indexOf(work);
    if (index >= 0) this.#followed.splice(index, 1);
  }
}

async function summarise(
  { model, document, decoderStart }: RunningModel,
  source: TracedSource,
  pointed: PointedPlace,
  signal: AbortSignal,
): Promise<HoveredValue | null> {
  const { trace } = model;
  const { state, view } = document;
  const place = placeAt(source.places, pointed);
  if (!place) return null;
  const { reference, values, module } = shownRun(place.runs, state.module, null);
  const { inputs } = await panelInputs(model, state.prompt, decoderStart);
  signal.throwIfAborted();
  const { interventions } = state;
  const { summaries } = await model.tap({ inputs, summaries: [reference], interventions }, signal);
  const summary = summaries.get(reference);
  if (!summary) return null;
  // The panel knows what the sizes of attention stand for; elsewhere symbols have names.
  const figure = view?.kind === "attention" ? view.figures.find(({ id }) => id === reference) : undefined;
  return {
    name: place.name ?? "return",
    module,
    model: trace.class,
    component: state.component,
    shape: figure?.shape ?? namedSizes(trace.values[values[0]!]!.shape, summary.shape),
    summary,
  };
}

/** Number of the layer in which a class of a file stands: the shown one's if it is of this class, else the first. */
function layerOf(trace: Trace, file: string, className: string, shown: string): number | null {
  const modules = modulesOfClass(trace, file, className);
  if (modules.length < 2) return null;
  const layer = layerIn(shown);
  const here = modules.find(
    path => shown === path || shown.startsWith(`${path}.`) || path.startsWith(`${shown}.`),
  );
  return here && layer !== null ? layer : layerIn(modules[0]!);
}
