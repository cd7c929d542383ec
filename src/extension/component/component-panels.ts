import * as v from "valibot";
import * as vscode from "vscode";
import { type PanelState, panelStateSchema } from "../../shared/panel-state.ts";
import { componentName } from "../catalogue.ts";
import { Disposable } from "../disposable.ts";
import { contextKeys, viewTypes } from "../ids.ts";
import type { Pages } from "../webview/pages.ts";
import { ComponentPanel, type PanelRequests, type PanelWork } from "./component-panel.ts";
import { subjectOf } from "./initial-state.ts";

/** Every open panel: one for each component and source. */
export class ComponentPanels extends Disposable implements vscode.WebviewPanelSerializer<unknown> {
  static register(
    context: vscode.ExtensionContext,
    pages: Pages,
    work: () => PanelWork,
    requests: PanelRequests,
    log: vscode.LogOutputChannel,
  ): ComponentPanels {
    const panels = new ComponentPanels(pages, work, requests, log);
    context.subscriptions.push(
      panels,
      vscode.window.registerWebviewPanelSerializer(viewTypes.component, panels),
    );
    return panels;
  }

  readonly #pages: Pages;
  readonly #work: () => PanelWork;
  readonly #requests: PanelRequests;
  readonly #log: vscode.LogOutputChannel;
  /** The one used last is at the end. */
  readonly #open: ComponentPanel[] = [];
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** A panel was opened or closed, began or ended work, or shows something new. */
  readonly onDidChange = this.#changed.event;

  constructor(pages: Pages, work: () => PanelWork, requests: PanelRequests, log: vscode.LogOutputChannel) {
    super();
    this.#pages = pages;
    this.#work = work;
    this.#requests = requests;
    this.#log = log;
    const sources = this.register(vscode.workspace.createFileSystemWatcher("**/*.py"));
    this.register(
      sources.onDidChange(uri => {
        for (const panel of this.#open) panel.changedOnDisk(uri);
      }),
    );
  }

  override dispose(): void {
    for (const panel of [...this.#open]) panel.dispose();
    super.dispose();
  }

  get all(): readonly ComponentPanel[] {
    return this.#open;
  }

  /** The panel used last, in front or not. */
  get current(): ComponentPanel | undefined {
    return this.#open.at(-1);
  }

  /** The panel that has the focus. */
  get active(): ComponentPanel | undefined {
    return this.#open.find(({ panel }) => panel.active);
  }

  /**
   * Opens a panel beside what the reader looks at, or brings the one of this component and source to the front; the
   * focus stays where it is.
   * @param className class of the source to show; without it, the first module that is the component.
   * @param layer number of the layer to show the class in; without it, the first.
   */
  open(state: PanelState, className: string | null = null, layer: number | null = null): ComponentPanel {
    const existing = this.#open.find(({ subject }) => subject === subjectOf(state));
    if (existing) {
      existing.panel.reveal(undefined, true);
      if (className !== null) existing.seek(className, layer);
      return existing;
    }
    const panel = vscode.window.createWebviewPanel(
      viewTypes.component,
      componentName(state.component),
      { viewColumn: this.#column(), preserveFocus: true },
      { enableScripts: true },
    );
    return this.#adopt(panel, state, className, layer);
  }

  /**
   * Opens a panel from a paper, with the model that comes closest to it. One that is open for the same component shows that
   * model as well, unless the reader has chosen another one.
   */
  openFor(
    state: PanelState,
    chosen: { readonly id: string | null; readonly reason: string } | null,
  ): ComponentPanel {
    const wanted = chosen ? { ...state, model: chosen.id, modelReason: chosen.reason } : state;
    const panel = this.open(wanted);
    const { model, modelReason } = panel.state;
    const isReaders = model !== null && modelReason === undefined;
    if (chosen && !isReaders && (model !== chosen.id || modelReason !== chosen.reason))
      panel.setState({
        ...panel.state,
        model: chosen.id,
        modelReason: chosen.reason,
        ...(model === chosen.id ? {} : { module: null, interventions: [] }),
      });
    return panel;
  }

  /** Where panels are already, unless the reader is working there. */
  #column(): vscode.ViewColumn {
    const column = this.current?.panel.viewColumn;
    const here = vscode.window.tabGroups.activeTabGroup.viewColumn;
    return column !== undefined && (column !== here || this.active) ? column : vscode.ViewColumn.Beside;
  }

  /** Runs every panel again: what it had open is gone. */
  refresh(): void {
    for (const panel of this.#open) panel.refresh();
  }

  /** Runs the panels again that show the default model, which may be another one now. */
  refreshDefaults(): void {
    for (const panel of this.#open) if (panel.state.model === null) panel.refresh();
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, saved: unknown): Promise<void> {
    const state = v.safeParse(panelStateSchema, saved);
    if (state.success) this.#adopt(panel, state.output, null, null);
    else panel.dispose();
    return Promise.resolve();
  }

  #adopt(
    panel: vscode.WebviewPanel,
    state: PanelState,
    className: string | null,
    layer: number | null,
  ): ComponentPanel {
    const work = this.#work();
    if (className !== null) work.seek(className, layer);
    const opened = new ComponentPanel(panel, state, work, this.#pages, this.#requests, this.#log);
    this.#open.push(opened);
    opened.onDidChange(() => this.#changed.fire());
    panel.iconPath = this.#pages.icon;
    panel.onDidChangeViewState(() => {
      if (panel.active) {
        this.#open.splice(this.#open.indexOf(opened), 1);
        this.#open.push(opened);
      }
      this.#tellContext();
    });
    panel.onDidDispose(() => {
      this.#open.splice(this.#open.indexOf(opened), 1);
      opened.dispose();
      this.#tellContext();
      this.#changed.fire();
    });
    this.#changed.fire();
    return opened;
  }

  #tellContext(): void {
    const active = this.#open.some(panel => panel.panel.active);
    void vscode.commands.executeCommand("setContext", contextKeys.panelActive, active);
  }
}
