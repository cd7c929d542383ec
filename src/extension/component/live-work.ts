import * as vscode from "vscode";
import type { GenerateResult, LiveModel, OpenRequest } from "../../runtime/live/types.ts";
import { PanelSession } from "../../runtime/panel/session.ts";
import type { PanelTarget } from "../../runtime/panel/target.ts";
import type { TraceComponents } from "../../runtime/recognise/components.ts";
import { isFoundByStructure, modulesOf } from "../../runtime/recognise/modules.ts";
import type { ContinuationChoice, PanelState } from "../../shared/panel-state.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { Token } from "../../shared/run.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import { Disposable } from "../disposable.ts";
import { layerIn, modulesOfClass } from "../python/traced-source.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { cellLabel, cellLine, inCells } from "../source/python-source.ts";
import { resolveTarget, type TargetWorld } from "../source/target.ts";
import type { PanelWork } from "./component-panel.ts";

/** What runs now in a panel, for hovers. */
export interface RunningModel {
  readonly model: LiveModel;
  readonly document: PanelDocument;
  readonly decoderStart: number;
  /** The free sizes of this run, by symbol. */
  readonly sizes: SizeBindings;
}

/** Runs a panel's states on the runtime. */
export class LiveWork extends Disposable implements PanelWork {
  readonly #runtime: Runtime;
  readonly #world: TargetWorld;
  readonly #session: PanelSession;
  /** A class of the source that is asked for, until its place in the model is known. */
  #wanted: { readonly class: string; readonly layer: number | null } | null = null;
  #prepared: { readonly request: OpenRequest; readonly model: LiveModel } | null = null;
  #model: LiveModel | null = null;
  #running: RunningModel | null = null;
  #revision = 0;
  readonly #ran = this.register(new vscode.EventEmitter<void>());
  readonly onDidRun = this.#ran.event;
  readonly #ended = new vscode.EventEmitter<void>();
  readonly onDidEnd = this.#ended.event;

  constructor(runtime: Runtime, world: TargetWorld) {
    super();
    this.#runtime = runtime;
    this.#world = world;
    this.#session = new PanelSession({
      open: (request, signal) => this.#open(request, signal),
      readText: file => world.readText(file),
    });
  }

  get files(): ReadonlySet<string> {
    return this.#session.files;
  }

  /** Null while nothing has run. */
  get running(): RunningModel | null {
    return this.#running;
  }

  reread(): void {
    this.#revision++;
  }

  seek(className: string, layer: number | null): void {
    this.#wanted = { class: className, layer };
  }

  show(
    state: PanelState,
    overlay: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<PanelDocument> {
    return this.#runtime.during(this.#show(state, overlay, signal));
  }

  continueText(
    choice: ContinuationChoice,
    seed: number,
    onToken: (token: Token) => void,
    signal: AbortSignal,
  ): Promise<GenerateResult> {
    return this.#runtime.during(this.#session.continueText(choice, seed, onToken, signal));
  }

  override dispose(): void {
    super.dispose();
    this.#session.dispose();
    this.#prepared?.model.dispose();
    this.#prepared = null;
    this.#running = null;
    this.#ended.fire();
    this.#ended.dispose();
  }

  async #show(
    state: PanelState,
    overlay: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<PanelDocument> {
    const resolved = await resolveTarget(state, this.#relevant(overlay, state), this.#world);
    const target = { ...resolved, open: { ...resolved.open, revision: this.#revision } };
    const placed = this.#wanted === null ? state : await this.#place(this.#wanted, target, state, signal);
    const document = withCells(await this.#session.show(target, placed, signal));
    if (this.#model && document.failure === null && !this.isDisposed) {
      const sizes = sizesOf(this.#model.trace, document);
      this.#running = { model: this.#model, document, decoderStart: target.decoderStart ?? 0, sizes };
      this.#ran.fire();
    }
    return document;
  }

  /** Unsaved text of files that this source does not read is no reason to trace again. */
  #relevant(overlay: Readonly<Record<string, string>>, state: PanelState): Readonly<Record<string, string>> {
    if (this.#session.files.size <= 1) return overlay;
    return Object.fromEntries(
      Object.entries(overlay).filter(
        ([file]) => this.#session.files.has(file) || file === state.source?.file,
      ),
    );
  }

  async #open(request: OpenRequest, signal: AbortSignal): Promise<LiveModel> {
    const prepared = this.#prepared;
    this.#prepared = null;
    if (prepared && prepared.request !== request) prepared.model.dispose();
    const model = prepared?.request === request ? prepared.model : await this.#runtime.open(request, signal);
    this.#model = model;
    return model;
  }

  /** Finds the wanted class in the model, and what it is if its name did not say. */
  async #place(
    wanted: { readonly class: string; readonly layer: number | null },
    target: PanelTarget,
    state: PanelState,
    signal: AbortSignal,
  ): Promise<PanelState> {
    let model: LiveModel;
    try {
      model = await this.#runtime.open(target.open, signal);
    } catch {
      // The session meets the same failure and says what it is.
      return state;
    }
    this.#prepared = { request: target.open, model };
    this.#wanted = null;
    const path = pathOfClass(model.trace, wanted, target.open.source);
    if (path === null) return state;
    // Where nothing can say what it is, its name does.
    const found = await this.#runtime.components(model.trace).catch(() => null);
    const component = found ? componentAt(model.trace, found, path, state.component) : state.component;
    return { ...state, module: path, component };
  }
}

/** Places in a notebook by their cells: the file that stands for it is no name that a reader knows. */
function withCells(document: PanelDocument): PanelDocument {
  const { source, failure } = document;
  const label = source && cellLabel(source.file, source.line);
  if (!source || label === null) return document;
  const told = failure && {
    ...failure,
    message: inCells(failure.message, source.file),
    place: failure.file !== null && failure.line !== null ? cellLabel(failure.file, failure.line) : null,
  };
  return { ...document, source: { ...source, label }, failure: told, view: inCell(document.view) };
}

function inCell(view: PanelDocument["view"]): PanelDocument["view"] {
  const numbered = <P extends { readonly file: string; readonly line: number }>(place: P): P => ({
    ...place,
    shownLine: cellLine(place.file, place.line),
  });
  if (view?.kind === "general") return { ...view, lines: view.lines.map(numbered) };
  if (view === null) return null;
  return {
    ...view,
    figures: view.figures.map(figure => ({ ...figure, place: figure.place && numbered(figure.place) })),
  };
}

/** The free sizes of a trace in the run that a document shows. */
function sizesOf({ symbols }: Trace, { tokens, examples }: PanelDocument): SizeBindings {
  const given = new Map(examples.map(({ name, shape }) => [name, shape]));
  return new Map(
    symbols.map(({ name, axes, hint }) => {
      const size = axes.map(({ input, axis }) => given.get(input)?.[axis]).find(each => each !== undefined);
      return [name, size ?? (name === "batch_size" ? 1 : /sequence$/.test(name) ? tokens.length : hint)];
    }),
  );
}

/** The module of a class that a file defines, in a layer or the first; null if the model has none. */
function pathOfClass(
  trace: Trace,
  { class: name, layer }: { readonly class: string; readonly layer: number | null },
  file: string,
): string | null {
  const here = modulesOfClass(trace, file, name);
  const fits =
    here.length > 0 ? here : trace.modules.flatMap(each => (each.class === name ? [each.path] : []));
  return fits.find(path => layer !== null && layerIn(path) === layer) ?? fits[0] ?? null;
}

/** What a module is: what its name said if the trace agrees, else what it is by structure, else its own name. */
function componentAt(trace: Trace, { modules }: TraceComponents, path: string, named: string): string {
  const found: readonly string[] = modules[path] ?? [];
  if (found.includes(named)) return named;
  if (!isFoundByStructure(named) && modulesOf(trace, named).includes(path)) return named;
  return found[0] ?? named;
}
