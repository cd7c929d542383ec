import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { settingIds, viewTypes } from "../ids.ts";
import { settings } from "../settings.ts";
import type { Pages } from "../webview/pages.ts";
import { PaperEditor, type PaperRequests } from "./paper-editor.ts";
import { PaperViews } from "./paper-views.ts";

/** The reader for papers: a custom editor for PDF files, in as many editors as the reader opens. */
export class PaperEditors extends Disposable implements vscode.CustomReadonlyEditorProvider {
  static register(
    context: vscode.ExtensionContext,
    pages: Pages,
    requests: PaperRequests,
    log: vscode.LogOutputChannel,
  ): PaperEditors {
    const editors = new PaperEditors(pages, new PaperViews(context.workspaceState), requests, log);
    context.subscriptions.push(
      editors,
      vscode.window.registerCustomEditorProvider(viewTypes.paper, editors, {
        supportsMultipleEditorsPerDocument: true,
        // Parsing and linking a long paper takes seconds; it must not start anew at every change of tabs.
        webviewOptions: { retainContextWhenHidden: true, enableFindWidget: false },
      }),
    );
    return editors;
  }

  readonly #pages: Pages;
  readonly #views: PaperViews;
  readonly #requests: PaperRequests;
  readonly #log: vscode.LogOutputChannel;
  /** The one used last is at the end. */
  readonly #open: PaperEditor[] = [];

  constructor(pages: Pages, views: PaperViews, requests: PaperRequests, log: vscode.LogOutputChannel) {
    super();
    this.#pages = pages;
    this.#views = views;
    this.#requests = requests;
    this.#log = log;
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (!change.affectsConfiguration(settingIds.mentions)) return;
        for (const editor of this.#open) editor.setMentions(settings.mentions);
      }),
    );
  }

  override dispose(): void {
    for (const editor of [...this.#open]) editor.dispose();
    super.dispose();
  }

  /** The paper in front, or the one that was there last. */
  get current(): PaperEditor | undefined {
    return this.#open.at(-1);
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose() {} };
  }

  resolveCustomEditor(document: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const editor = new PaperEditor(document.uri, panel, this.#pages, this.#views, this.#requests, this.#log);
    this.#open.push(editor);
    panel.onDidChangeViewState(() => {
      if (!panel.active) return;
      this.#open.splice(this.#open.indexOf(editor), 1);
      this.#open.push(editor);
    });
    panel.onDidDispose(() => {
      this.#open.splice(this.#open.indexOf(editor), 1);
      editor.dispose();
    });
  }

  /** Shows the first mention of a component in an open paper, the one used last first; says so where there is none. */
  async find(component: string, name: string): Promise<void> {
    if (this.#open.length === 0) {
      const open = t("Open Paper…");
      const answer = await vscode.window.showInformationMessage(
        t("No paper is open to find {0} in.", name),
        open,
      );
      if (answer !== open || !(await this.choose())) return;
      // The paper opens at once and is linked as it is read; its own list of components leads on from there.
      return;
    }
    const papers = [...this.#open].reverse();
    const mentioning = papers.find(editor => (editor.components[component] ?? 0) > 0);
    for (const editor of mentioning ? [mentioning] : papers) if (await editor.reveal(component)) return;
    void vscode.window.showInformationMessage(t("No open paper mentions {0}.", name));
  }

  /** Asks for a PDF file and opens it here; false if none was chosen. */
  async choose(): Promise<boolean> {
    const [uri] =
      (await vscode.window.showOpenDialog({
        title: t("Open Paper"),
        filters: { [t("Papers")]: ["pdf"] },
      })) ?? [];
    if (!uri) return false;
    await this.openPaper(uri);
    return true;
  }

  async openPaper(uri: vscode.Uri): Promise<void> {
    await vscode.commands.executeCommand("vscode.openWith", uri, viewTypes.paper);
  }
}
