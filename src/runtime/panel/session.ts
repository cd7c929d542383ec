import { t } from "../../shared/l10n.ts";
import type { ContinuationChoice, PanelState } from "../../shared/panel-state.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { Token } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import { SourceError } from "../live/source-error.ts";
import type { GenerateResult, LiveModel } from "../live/types.ts";
import { failureText, packageToGet } from "../packages/absent.ts";
import { effectOf, emptyDocument, liveDocument } from "./document.ts";
import { Editions, type Opened } from "./editions.ts";
import { panelInputs } from "./inputs.ts";
import { type Measurement, measure, type Pass } from "./measure.ts";
import { chooseModule } from "./module-choice.ts";
import type { PanelEnvironment, PanelTarget } from "./target.ts";
import { isReferenceIn } from "./value-names.ts";
import { compareViews } from "./views.ts";

/**
 * One component panel: opens what it is to show, runs it whenever something changed that numbers depend on, and answers
 * with documents. A newer request ends the one before.
 */
export class PanelSession {
  readonly #environment: PanelEnvironment;
  readonly #editions = new Editions();
  #work: AbortController | null = null;
  /** The last document that succeeded, and what it was made from. */
  #shown: { readonly key: string; readonly document: PanelDocument } | null = null;
  /** What was last looked at in each open model without interventions: what they and edits are compared with. */
  readonly #plain = new WeakMap<LiveModel, { readonly key: string; readonly measurement: Measurement }>();
  /** The last passes of each open model, without interventions and with them: looking elsewhere repeats none. */
  readonly #passes = new WeakMap<
    LiveModel,
    Map<"plain" | "changed", { readonly key: string; readonly pass: Pass }>
  >();
  #files: ReadonlySet<string> = new Set();
  /** What interventions refer to by index. */
  #trace: Trace | null = null;

  constructor(environment: PanelEnvironment) {
    this.#environment = environment;
  }

  /** Files that the last trace read, and the one that was asked for, absolute. */
  get files(): ReadonlySet<string> {
    return this.#files;
  }

  /**
   * What to draw for a state. A failure that a person can cause is a document with `failure`, and the last good numbers
   * marked stale; a change of cell or step alone runs nothing.
   *
   * @throws AbortError where the signal or a newer request ends it
   */
  async show(target: PanelTarget, wanted: PanelState, signal: AbortSignal): Promise<PanelDocument> {
    this.#work?.abort();
    const state = wanted.prompt === "" ? { ...wanted, prompt: target.examplePrompt } : wanted;
    const key = runKey(target, state);
    if (this.#shown?.key === key) return viewed(this.#shown.document, state);
    const work = new AbortController();
    this.#work = work;
    const either = AbortSignal.any([signal, work.signal]);
    this.#files = new Set([...this.#files, target.open.source]);
    try {
      const document = await this.#run(target, state, either);
      either.throwIfAborted();
      this.#shown = { key: runKey(target, document.state), document };
      return document;
    } catch (error) {
      either.throwIfAborted();
      return this.#failed(target, state, error);
    } finally {
      if (this.#work === work) this.#work = null;
    }
  }

  /**
   * Goes on with the text that is shown, as the model without interventions does.
   * @param seed another one gives another text, where the temperature is not 0.
   * @throws AbortError where the signal ends it; Error that says why the model cannot.
   */
  async continueText(
    { tokens, temperature, fast }: ContinuationChoice,
    seed: number,
    onToken: (token: Token) => void,
    signal: AbortSignal,
  ): Promise<GenerateResult> {
    const opened = this.#editions.current;
    const prompt = this.#shown?.document.state.prompt;
    if (!opened || prompt === undefined)
      throw new Error(t("Nothing has run yet, so there is no text to continue."));
    return opened.model.generate({ prompt, tokens, temperature, seed, fast }, onToken, signal);
  }

  dispose(): void {
    this.#work?.abort();
    this.#work = null;
    this.#editions.dispose();
  }

  async #run(target: PanelTarget, asked: PanelState, signal: AbortSignal): Promise<PanelDocument> {
    const opened = await this.#open(target, signal);
    await completed(opened.model, asked.prompt, target.decoderStart ?? 0, signal);
    const state = {
      ...asked,
      interventions: surviving(asked.interventions, opened.model.trace, this.#trace),
    };
    this.#trace = opened.model.trace;
    const choice = chooseModule(opened.model.trace, state.component, state.module);
    const path = choice.modules[choice.index]!.path;
    const now =
      state.interventions.length > 0
        ? await this.#measure(opened, target, state, path, signal)
        : await this.#measurePlain(opened, target, state, path, signal);
    const reference = await this.#compareWith(target, state, path, signal);
    const view = reference ? compareViews(now.view, reference.view) : now.view;
    const change = reference ? (state.interventions.length > 0 ? "intervention" : "edit") : null;
    const effect = await effectOf(opened.model, now, reference, change);
    return liveDocument({ target, state, opened, choice, now, view, effect });
  }

  /** The model of a target: the open one where nothing that it is made from has changed. */
  async #open(target: PanelTarget, signal: AbortSignal): Promise<Opened> {
    const { current } = this.#editions;
    if (current && JSON.stringify(current.request) === JSON.stringify(target.open)) return current;
    const started = performance.now();
    const model = await this.#environment.open(target.open, signal);
    if (signal.aborted) {
      model.dispose();
      throw signal.reason;
    }
    const opened = { model, request: target.open, milliseconds: performance.now() - started };
    this.#editions.adopt(opened);
    this.#files = new Set([target.open.source, ...model.trace.files.map(file => file.path)]);
    return opened;
  }

  async #measure(
    { model, request: { overlay = {} } }: Opened,
    { decoderStart = 0 }: PanelTarget,
    { component, prompt, head, interventions }: PanelState,
    module: string,
    signal: AbortSignal,
  ): Promise<Measurement> {
    const passes = this.#passes.get(model) ?? new Map();
    this.#passes.set(model, passes);
    const kind = interventions.length > 0 ? "changed" : "plain";
    const key = JSON.stringify([prompt, decoderStart, interventions]);
    const last = passes.get(kind);
    const known = last?.key === key ? last.pass : null;
    const request = { component, module, head, prompt, interventions, decoderStart, overlay };
    const measurement = await measure(model, request, known, this.#environment.readText, signal);
    passes.set(kind, { key, pass: measurement.pass });
    return measurement;
  }

  async #measurePlain(
    opened: Opened,
    target: PanelTarget,
    state: PanelState,
    module: string,
    signal: AbortSignal,
  ): Promise<Measurement> {
    const { component, prompt, head } = state;
    const key = JSON.stringify([component, module, prompt, head]);
    const earlier = this.#plain.get(opened.model);
    if (earlier?.key === key) return earlier.measurement;
    const plain = { ...state, interventions: [] };
    const measurement = await this.#measure(opened, target, plain, module, signal);
    this.#plain.set(opened.model, { key, measurement });
    return measurement;
  }

  /** The same without interventions; where there are none, the same before the last edit; else nothing. */
  async #compareWith(
    target: PanelTarget,
    state: PanelState,
    path: string,
    signal: AbortSignal,
  ): Promise<Measurement | null> {
    const { current, before } = this.#editions;
    const opened = state.interventions.length > 0 ? current : before;
    if (!opened?.model.trace.modules.some(module => module.path === path)) return null;
    return this.#measurePlain(opened, target, state, path, signal);
  }

  #failed(target: PanelTarget, state: PanelState, error: unknown): PanelDocument {
    const failure = describe(error);
    // The numbers of another component would only mislead.
    if (this.#shown?.document.state.component !== state.component)
      return emptyDocument(target, state, failure);
    return { ...this.#shown.document, state, status: "stale", failure };
  }
}

/** A source that waits for numbers of its inputs is known as a whole once it was given some. */
async function completed(
  model: LiveModel,
  prompt: string,
  decoderStart: number,
  signal: AbortSignal,
): Promise<void> {
  if (!model.trace.incomplete) return;
  const { inputs } = await panelInputs(model, prompt, decoderStart);
  await model.tap({ inputs }, signal);
}

/** The same numbers with another cell or step. */
function viewed(document: PanelDocument, { cell, step, continuation }: PanelState): PanelDocument {
  return { ...document, state: { ...document.state, cell, step, continuation } };
}

/** Interventions that mean the same value in a trace as in the one before it: by id, by index only in the same trace. */
function surviving(
  interventions: PanelState["interventions"],
  trace: Trace,
  before: Trace | null,
): PanelState["interventions"] {
  const sameIndices = before === null || before === trace;
  return interventions.filter(
    ({ value }) => isReferenceIn(trace, value) && (typeof value === "string" || sameIndices),
  );
}

function describe(error: unknown): NonNullable<PanelDocument["failure"]> {
  if (error instanceof SourceError) {
    const { failure } = error;
    const { file, line, package: lacked } = failure;
    return { message: failureText(failure), file, line, package: packageToGet(lacked) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message, file: null, line: null, package: null };
}

/** Everything that numbers depend on. */
function runKey({ open }: PanelTarget, state: PanelState): string {
  const { component, module, prompt, head, interventions } = state;
  return JSON.stringify([open, component, module, prompt, head, interventions]);
}
