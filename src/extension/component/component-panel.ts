import * as vscode from "vscode";
import { emptyDocument } from "../../runtime/panel/document.ts";
import { connect, type Remote } from "../../shared/channel.ts";
import { t } from "../../shared/l10n.ts";
import { type ContinuationChoice, type PanelState, sameNumbers } from "../../shared/panel-state.ts";
import {
  type ComponentHost,
  type ComponentView,
  componentHostSchemas,
  type PanelDocument,
} from "../../shared/protocol/component.ts";
import { describeProvider } from "../../shared/provider.ts";
import { componentName } from "../catalogue.ts";
import { Disposable } from "../disposable.ts";
import { settings } from "../settings.ts";
import { tracedFile, unsavedText } from "../source/python-source.ts";
import type { Pages } from "../webview/pages.ts";
import { webviewPort } from "../webview/port.ts";
import { subjectOf } from "./initial-state.ts";
import { TextContinuation, type WriteText } from "./text-continuation.ts";

/** Work that takes no longer than this shows no bar, ms. */
const showProgressAfter = 200;

/** Runs what a panel asks for. */
export interface PanelWork {
  /**
   * Runs the state and says what to draw. A failure that a person can cause is a document with `failure`, not an error.
   * @throws AbortError if the signal ends it.
   */
  show(
    state: PanelState,
    overlay: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<PanelDocument>;
  /** Goes on with the text that was shown last. */
  readonly continueText: WriteText;
  /** Files that the last trace read, absolute. */
  readonly files: ReadonlySet<string>;
  /** Files changed on disk: what was read of them counts no longer. */
  reread(): void;
  /** The next state is shown at a class of the source, in a layer where one is given, wherever that is in the model. */
  seek(className: string, layer: number | null): void;
  dispose(): void;
}

/** What a panel asks of the rest of Papertrace. */
export interface PanelRequests {
  openSource(target: { file: string; line: number; column: number }, beside: vscode.WebviewPanel): void;
  findInPaper(component: string): void;
  chooseModel(current: string | null): Promise<string | null>;
  getPackage(name: string): void;
  /** Undefined if the reader turned away; null is the model's reference source. */
  chooseSource(state: PanelState): Promise<PanelState["source"] | undefined>;
  /** Offers a way out of a failure; true once it has been taken, so that running again makes sense. */
  remedy(error: unknown): Promise<boolean>;
}

/** One panel in which a component runs. What the page shows comes from here and can be shown again at any time. */
export class ComponentPanel extends Disposable implements ComponentHost {
  readonly panel: vscode.WebviewPanel;
  /** What it was opened for. */
  readonly subject: string;
  readonly #work: PanelWork;
  readonly #requests: PanelRequests;
  readonly #log: vscode.LogOutputChannel;
  readonly #page: Remote<ComponentView, ComponentHost>;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #continuation: TextContinuation;
  #state: PanelState;
  #document: PanelDocument | null = null;
  #running: AbortController | null = null;
  #label: string | null = null;
  /** The line of the log that says where the numbers come from. */
  #provider: string | null = null;
  #pause: NodeJS.Timeout | undefined;

  constructor(
    panel: vscode.WebviewPanel,
    state: PanelState,
    work: PanelWork,
    pages: Pages,
    requests: PanelRequests,
    log: vscode.LogOutputChannel,
  ) {
    super();
    this.panel = panel;
    this.subject = subjectOf(state);
    this.#state = state;
    this.#work = work;
    this.#requests = requests;
    this.#log = log;
    this.#page = connect<ComponentView, ComponentHost>(
      webviewPort(panel.webview, listener => this.register(listener)),
      this,
      componentHostSchemas,
    );
    this.#continuation = new TextContinuation((...given) => work.continueText(...given), {
      continued: continuation => this.#tell(this.#page.continued(continuation)),
      token: text => this.#tell(this.#page.token(text)),
    });
    pages.fill(panel.webview, "component", panel.title);
    this.register({ dispose: () => clearTimeout(this.#pause) });
    this.register(vscode.workspace.onDidChangeTextDocument(change => this.#edited(change)));
    this.register(vscode.workspace.onDidSaveTextDocument(document => this.changedOnDisk(document.uri)));
    void this.#run();
  }

  override dispose(): void {
    this.cancel();
    this.#continuation.stop();
    super.dispose();
    this.#page.$close();
    this.#work.dispose();
  }

  get state(): PanelState {
    return this.#state;
  }

  /** What the page shows now; null before the first run has ended. */
  get document(): PanelDocument | null {
    return this.#document;
  }

  get isBusy(): boolean {
    return this.#running !== null;
  }

  /** Shows another class of the same source. */
  seek(className: string, layer: number | null): void {
    this.#work.seek(className, layer);
    void this.#run();
  }

  /** Runs again with what is on the screen: after the runtime was restarted, or another model became the default. */
  refresh(): void {
    this.#continuation.forget();
    void this.#run();
  }

  ready(): void {
    if (this.#document) this.#show(this.#document);
    if (this.#label) this.#tell(this.#page.progress({ label: this.#label }));
    const { shown } = this.#continuation;
    if (shown) this.#tell(this.#page.continued(shown));
  }

  continueText(choice: ContinuationChoice): void {
    if (this.#document?.continues) void this.#continuation.begin(choice, this.#document.state);
  }

  stopText(): void {
    this.#continuation.stop();
  }

  setState(state: PanelState): void {
    this.#state = state;
    this.#continuation.moved(state);
    this.panel.title = componentName(state.component);
    const shown = this.#document;
    if (shown && !this.isBusy && shown.failure === null && sameNumbers(shown.state, state)) {
      // The page made the choice itself and has every number: nothing has to travel.
      this.#document = { ...shown, state };
      this.#changed.fire();
      return;
    }
    void this.#run();
  }

  openSource(target: { file: string; line: number; column: number }): void {
    // A page names only files that its own trace read, or the source on its title line.
    const file = this.#document?.source?.file;
    if (target.file !== file && !this.#work.files.has(target.file)) return;
    this.#requests.openSource(target, this.panel);
  }

  findInPaper(component: string): void {
    this.#requests.findInPaper(component);
  }

  chooseModel(): void {
    void this.#requests.chooseModel(this.#state.model).then(model => {
      if (model !== null && !this.isDisposed)
        this.setState({ ...withoutReason(this.#state), model, module: null, interventions: [] });
    });
  }

  chooseSource(): void {
    void this.#requests.chooseSource(this.#state).then(source => {
      if (source !== undefined && !this.isDisposed)
        this.setState({ ...this.#state, source, module: null, interventions: [] });
    });
  }

  getPackage(): void {
    const name = this.#document?.failure?.package ?? null;
    if (name !== null) this.#requests.getPackage(name);
  }

  cancel(): void {
    clearTimeout(this.#pause);
    this.#running?.abort();
  }

  report({ message, stack }: { message: string; stack: string }): void {
    this.#log.error(`${this.panel.title}: ${message}\n${stack}`);
  }

  /** A file changed on disk; one that was traced is read again. */
  changedOnDisk(uri: vscode.Uri): void {
    if (uri.scheme !== "file" || !this.#work.files.has(uri.fsPath)) return;
    this.#work.reread();
    this.#runAfterPause();
  }

  #edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    const file = tracedFile(document);
    if (file !== null && this.#work.files.has(file)) this.#runAfterPause();
  }

  /** While the reader types, nothing runs. */
  #runAfterPause(): void {
    this.#continuation.forget();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#run(), settings.liveUpdateDelay);
  }

  async #run(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#changed.fire();
    const slow = setTimeout(() => this.#progress(t("Running {0}", this.panel.title)), showProgressAfter);
    try {
      const document = await this.#work.show(this.#state, unsavedText(), running.signal);
      if (running.signal.aborted || this.isDisposed) return;
      this.#state = document.state;
      // What a class is may be known only now.
      this.panel.title = componentName(document.state.component);
      this.#document = document;
      this.#show(document);
      this.#logProvider(document);
    } catch (error) {
      if (!running.signal.aborted && !this.isDisposed) this.#failed(error);
    } finally {
      clearTimeout(slow);
      if (this.#running === running) {
        this.#running = null;
        this.#progress(null);
        this.#changed.fire();
      }
    }
  }

  /** Where the numbers come from, whenever that is not what it was. */
  #logProvider({ model }: PanelDocument): void {
    if (!model) return;
    const { provider, providerNote, check } = model;
    const line = describeProvider(provider, providerNote, check);
    if (line === this.#provider) return;
    this.#provider = line;
    if (providerNote === null) this.#log.info(line);
    else this.#log.warn(line);
  }

  /** What was there stays and is marked. */
  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#log.error(error instanceof Error ? error : message);
    const failure = { message, file: null, line: null, package: null };
    this.#document = this.#document
      ? { ...this.#document, status: "stale", failure }
      : emptyDocument(null, this.#state, failure);
    this.#show(this.#document);
    void this.#requests.remedy(error).then(taken => {
      if (taken && !this.isDisposed) void this.#run();
    });
  }

  #show(document: PanelDocument): void {
    this.#tell(this.#page.show(document));
  }

  #progress(label: string | null): void {
    if (this.#label === label || this.isDisposed) return;
    this.#label = label;
    this.#tell(this.#page.progress(label === null ? null : { label }));
  }

  #tell(answer: Promise<unknown>): void {
    answer.catch(error => {
      if (!this.isDisposed) this.#log.warn(`${this.panel.title}: ${String(error)}`);
    });
  }
}

/** A model that the reader chose needs no reason. */
function withoutReason({ modelReason: _, ...state }: PanelState): PanelState {
  return state;
}
