import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { PaperTarget } from "../../shared/protocol/paper-context.ts";
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
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** Another paper is in front, or the one there was linked further. */
  readonly onDidChange = this.#changed.event;
  readonly #opened = this.register(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidOpen = this.#opened.event;

  constructor(pages: Pages, views: PaperViews, requests: PaperRequests, log: vscode.LogOutputChannel) {
    super();
    this.#pages = pages;
    this.#views = views;
    this.#requests = requests;
    this.#log = log;
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        for (const editor of this.#open) {
          if (change.affectsConfiguration(settingIds.mentions)) editor.setMentions(settings.mentions);
          if (change.affectsConfiguration(settingIds.pageColors)) editor.setPageColors(settings.pageColors);
        }
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
    editor.onDidOutline(() => {
      if (editor === this.current) this.#changed.fire();
    });
    panel.onDidChangeViewState(() => {
      if (!panel.active) return;
      this.#open.splice(this.#open.indexOf(editor), 1);
      this.#open.push(editor);
      this.#changed.fire();
    });
    panel.onDidDispose(() => {
      this.#open.splice(this.#open.indexOf(editor), 1);
      editor.dispose();
      this.#changed.fire();
    });
    this.#opened.fire(document.uri);
    this.#changed.fire();
  }

  /** Papers that are open, the one used last first. */
  get uris(): readonly vscode.Uri[] {
    return [...this.#open].reverse().map(({ uri }) => uri);
  }

  /** Opens a paper, or brings it to the front, and goes to a mention in it. */
  async goTo(uri: vscode.Uri, target: PaperTarget): Promise<void> {
    if (!this.#find(uri)) await this.openPaper(uri);
    await this.#find(uri)?.goTo(target);
  }

  /** Goes to a mention in a paper that is on the screen already; the focus stays where it is. */
  preview(uri: vscode.Uri, target: PaperTarget): void {
    const shown = this.#find(uri);
    if (shown?.panel.visible) shown.show(target);
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

  #find(uri: vscode.Uri): PaperEditor | undefined {
    return this.#open.findLast(editor => editor.uri.toString() === uri.toString());
  }
}
