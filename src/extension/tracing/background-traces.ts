import * as vscode from "vscode";
import type { Trace } from "../../shared/trace.ts";
import { Disposable } from "../disposable.ts";
import { settingIds } from "../ids.ts";
import type { PythonReadings } from "../python/python-readings.ts";
import { type TracedSource, tracedSource } from "../python/traced-source.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { settings } from "../settings.ts";
import type { Examples } from "../source/examples.ts";
import type { ProvenRecipes } from "../source/proven-recipes.ts";
import {
  inCells,
  notebookFile,
  type PythonSource,
  sourceOf,
  tracedFile,
  unsavedText,
} from "../source/python-source.ts";
import { shapeTargets } from "../source/shape-targets.ts";
import type { TargetWorld } from "../source/target.ts";
import { problemOf, type ShapeProblem, type SourceShapes, traceShapes } from "./source-shapes.ts";

/** One text of a source that was traced. */
export interface TracedText {
  readonly traced: TracedSource;
  readonly shapes: SourceShapes;
  /** The lines that were traced. */
  readonly lines: readonly string[];
}

/** What is known of one source. */
export interface SourceState {
  readonly file: string;
  /** The last text, as far as it traces; null where none of it does. */
  readonly current: TracedText | null;
  /** The text before, for the functions that the last one cannot be traced through; null where there are none. */
  readonly earlier: TracedText | null;
  readonly busy: boolean;
  readonly problems: readonly ShapeProblem[];
}

/** Pause after a file came into view before it is traced, ms. */
const AFTER_OPENING = 300;

/** Pause in which a statement that is half typed may be finished: until then the last shapes stand as they are, ms. */
const HALF_TYPED = 3000;

/** Files that sources of the workspace can import. */
const PYTHON = "**/*.py";

/**
 * Traces the Python that is on screen as it opens and after every pause in typing, so that shapes are there without a run.
 * Only in a trusted workspace; nothing is computed, no weights are read.
 */
export class BackgroundTraces extends Disposable {
  readonly #states = new Map<string, SourceState>();
  readonly #pauses = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, AbortController>();
  /** Texts that each source was traced with, so that nothing is traced twice. */
  readonly #done = new Map<string, string>();
  readonly #changed = this.register(new vscode.EventEmitter<string>());
  /** More is known of the source of this path. */
  readonly onDidChange = this.#changed.event;
  #queue: Promise<void> = Promise.resolve();

  readonly #runtime: Runtime;
  readonly #world: TargetWorld;
  readonly #readings: PythonReadings;
  readonly #proven: ProvenRecipes;
  readonly #log: vscode.LogOutputChannel;

  constructor(
    runtime: Runtime,
    world: TargetWorld,
    readings: PythonReadings,
    proven: ProvenRecipes,
    examples: Examples,
    log: vscode.LogOutputChannel,
  ) {
    super();
    this.#runtime = runtime;
    this.#world = world;
    this.#readings = readings;
    this.#proven = proven;
    this.#log = log;
    const visible = () => this.#lookAtVisible(AFTER_OPENING);
    this.register(vscode.window.onDidChangeVisibleTextEditors(visible));
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(visible));
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration(settingIds.traceOnOpen)) visible();
        if (change.affectsConfiguration(settingIds.transformersPath)) this.retraceAll();
      }),
    );
    this.register(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const file = contentChanges.length > 0 ? tracedFile(document) : null;
        if (file !== null) this.#edited(file);
      }),
    );
    const files = this.register(vscode.workspace.createFileSystemWatcher(PYTHON));
    for (const event of [files.onDidChange, files.onDidCreate, files.onDidDelete])
      this.register(event(uri => this.#edited(uri.fsPath)));
    this.register(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === "file") this.#closed(uri.fsPath);
      }),
    );
    this.register(
      vscode.workspace.onDidCloseNotebookDocument(notebook => this.#closed(notebookFile(notebook))),
    );
    this.register(examples.onDidChange(() => this.retraceAll()));
    this.register(runtime.onDidRestart(() => this.retraceAll()));
    visible();
  }

  override dispose(): void {
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    this.cancel();
    super.dispose();
  }

  /** What is known of the source that a document belongs to; null where nothing is. */
  of(document: vscode.TextDocument): SourceState | null {
    const file = tracedFile(document);
    return file === null ? null : (this.#states.get(file) ?? null);
  }

  /** Every trace of the last texts. */
  all(): readonly Trace[] {
    return [...this.#states.values()].flatMap(({ current }) => current?.shapes.traces ?? []);
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Ends the work that is going on; it is taken up again after the next edit. */
  cancel(): void {
    for (const running of this.#running.values()) running.abort();
  }

  /** Something that every trace rests on has changed. */
  retraceAll(): void {
    this.#done.clear();
    this.#lookAtVisible(settings.liveUpdateDelay);
  }

  #lookAtVisible(delay: number): void {
    if (!settings.traceOnOpen || !vscode.workspace.isTrusted) return;
    for (const { document } of vscode.window.visibleTextEditors) {
      const source = sourceOf(document);
      if (source !== null) this.#after(delay, source);
    }
  }

  /** A source was edited: it and what imported it are traced again, at once or when they come into view. */
  #edited(file: string): void {
    for (const state of this.#states.values()) {
      if (state.file === file) continue;
      const traces = [state.current, state.earlier].flatMap(text => text?.shapes.traces ?? []);
      const rests = traces.some(trace => trace.files.some(entry => entry.path === file));
      // What an import lacked may be there now.
      if (rests || state.problems.length > 0) this.#done.delete(state.file);
    }
    for (const { document } of vscode.window.visibleTextEditors) {
      const source = sourceOf(document);
      if (source && (source.file === file || !this.#done.has(source.file)))
        this.#after(settings.liveUpdateDelay, source);
    }
  }

  #after(delay: number, source: PythonSource): void {
    if (!settings.traceOnOpen || !vscode.workspace.isTrusted) return;
    const { document } = source.parts[0]!;
    const pause = (milliseconds: number, then: () => void) => {
      clearTimeout(this.#pauses.get(source.file));
      this.#pauses.set(source.file, setTimeout(then, milliseconds));
    };
    const trace = () => {
      this.#pauses.delete(source.file);
      // One source at a time, so that a panel's work is never far behind.
      this.#queue = this.#queue
        .then(() => this.#trace(document))
        .catch(error => this.#log.error(`shapes: ${error instanceof Error ? error.stack : error}`));
    };
    pause(delay, () => (this.#isHalfTyped(document) ? pause(HALF_TYPED - delay, trace) : trace()));
  }

  /** Whether something was left half typed since the last text that could be traced. */
  #isHalfTyped(document: vscode.TextDocument): boolean {
    const shown = this.of(document)?.current;
    if (!shown || shown.shapes.problems.length > 0) return false;
    const before = shown.lines.join("\n");
    const blocks = this.#readings.of(document)?.syntax.blocks ?? [];
    return blocks.some(({ syntax: { isComplete, text } }) => !isComplete && !before.includes(text.trimEnd()));
  }

  async #trace(document: vscode.TextDocument): Promise<void> {
    const source = sourceOf(document);
    if (this.isDisposed || source === null || this.#done.get(source.file) === source.text) return;
    if (this.#readings.of(document) === null) return;
    const { file, text } = source;
    this.#done.set(file, text);
    const running = new AbortController();
    this.#running.set(file, running);
    const before = this.#states.get(file);
    this.#set(file, { busy: true });
    const lines = text.split(/\r?\n/);
    const textOf = (shapes: SourceShapes): TracedText | null => {
      const traced = tracedSource(shapes.traces, file);
      return traced && { traced, shapes, lines };
    };
    const last =
      before &&
      (before.problems.length === 0
        ? (before.current ?? before.earlier)
        : (before.earlier ?? before.current));
    try {
      const targets = await shapeTargets(file, unsavedText(), this.#world);
      const tracing = traceShapes(file, targets, this.#runtime, this.#proven, running.signal, partly => {
        // Until all results are there, those of the text before have more to show.
        if (!last) this.#set(file, { current: textOf(partly) });
      });
      const shapes = await this.#runtime.during(tracing);
      for (const { message } of shapes.problems) this.#log.info(`shapes: ${message}`);
      const earlier = shapes.problems.length > 0 ? (last ?? null) : null;
      const problems = shapes.problems.map(problem => readable(problem, file));
      this.#set(file, { current: textOf(shapes), earlier, problems });
    } catch (error) {
      if (running.signal.aborted) this.#done.delete(file);
      else {
        this.#log.info(`shapes: ${String(error)}`);
        const problems = [problemOf(error, null)].map(problem => readable(problem, file));
        this.#set(file, { current: null, earlier: last ?? null, problems });
      }
    } finally {
      this.#running.delete(file);
      if (this.#states.has(file)) this.#set(file, { busy: false });
    }
  }

  #set(file: string, change: Partial<SourceState>): void {
    if (this.isDisposed) return;
    const before = this.#states.get(file) ?? {
      file,
      current: null,
      earlier: null,
      busy: false,
      problems: [],
    };
    this.#states.set(file, { ...before, ...change });
    this.#changed.fire(file);
  }

  #closed(file: string): void {
    if (!this.#states.has(file)) return;
    clearTimeout(this.#pauses.get(file));
    this.#running.get(file)?.abort();
    this.#states.delete(file);
    this.#done.delete(file);
    this.#changed.fire(file);
  }
}

/** A problem of a notebook names cells, not the file that stands for it. */
function readable(problem: ShapeProblem, file: string): ShapeProblem {
  return { ...problem, message: inCells(problem.message, file) };
}
