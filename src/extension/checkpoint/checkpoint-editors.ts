import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { CheckpointProcess } from "../../runtime/checkpoint/process.ts";
import { Disposable } from "../disposable.ts";
import { viewTypes } from "../ids.ts";
import type { Pages } from "../webview/pages.ts";
import { CheckpointEditor, type CheckpointRequests, type TensorChoice } from "./checkpoint-editor.ts";

const INDEX = ".safetensors.index.json";

/** The read-only editor for checkpoints: files of weights, and indices of shards. */
export class CheckpointEditors extends Disposable implements vscode.CustomReadonlyEditorProvider {
  static register(
    context: vscode.ExtensionContext,
    pages: Pages,
    reader: () => CheckpointProcess,
    openSource: CheckpointRequests["openSource"],
    log: vscode.LogOutputChannel,
  ): CheckpointEditors {
    const editors = new CheckpointEditors(pages, reader, openSource, log);
    context.subscriptions.push(
      editors,
      ...[viewTypes.checkpoint, viewTypes.checkpointIndex].map(viewType =>
        vscode.window.registerCustomEditorProvider(viewType, editors, {
          supportsMultipleEditorsPerDocument: true,
          webviewOptions: { retainContextWhenHidden: false, enableFindWidget: false },
        }),
      ),
    );
    return editors;
  }

  readonly #pages: Pages;
  readonly #reader: () => CheckpointProcess;
  readonly #requests: CheckpointRequests;
  readonly #log: vscode.LogOutputChannel;
  readonly #open = new Set<CheckpointEditor>();
  /** What the editor that is about to open shows first, by the URI of its file. */
  readonly #awaited = new Map<string, TensorChoice>();

  constructor(
    pages: Pages,
    reader: () => CheckpointProcess,
    openSource: CheckpointRequests["openSource"],
    log: vscode.LogOutputChannel,
  ) {
    super();
    this.#pages = pages;
    this.#reader = reader;
    this.#log = log;
    this.#requests = { openSource, openIndex: path => void this.openFile(vscode.Uri.file(path)) };
  }

  override dispose(): void {
    for (const editor of [...this.#open]) editor.dispose();
    super.dispose();
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose() {} };
  }

  resolveCustomEditor(document: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const key = document.uri.toString();
    const choice = this.#awaited.get(key) ?? null;
    this.#awaited.delete(key);
    const editor = new CheckpointEditor(
      document.uri,
      panel,
      this.#pages,
      this.#reader(),
      this.#requests,
      this.#log,
      choice,
    );
    this.#open.add(editor);
    panel.onDidDispose(() => {
      this.#open.delete(editor);
      editor.dispose();
    });
  }

  async openFile(uri: vscode.Uri, choice: TensorChoice | null = null): Promise<void> {
    const known = [...this.#open].find(editor => editor.uri.toString() === uri.toString());
    if (known) {
      if (choice) known.reveal(choice);
      else known.panel.reveal();
      return;
    }
    if (choice) this.#awaited.set(uri.toString(), choice);
    const viewType = uri.path.endsWith(INDEX) ? viewTypes.checkpointIndex : viewTypes.checkpoint;
    await vscode.commands.executeCommand("vscode.openWith", uri, viewType, vscode.ViewColumn.Beside);
  }

  /** Shows tensors in the first open checkpoint that has them; false where none has. */
  revealOpen(choice: TensorChoice): boolean {
    const editor = [...this.#open].find(each => each.holds(choice));
    editor?.reveal(choice);
    return editor !== undefined;
  }

  /**
   * Opens the weights of a checkpoint's folder and shows tensors of it.
   * @returns false where the folder has none.
   */
  async openFolder(folder: string, choice: TensorChoice): Promise<boolean> {
    const names = existsSync(folder) ? await readdir(folder) : [];
    const name =
      names.find(each => each.endsWith(INDEX)) ??
      names.find(each => each.endsWith(".safetensors")) ??
      names.find(each => each.endsWith(".gguf"));
    if (name === undefined) return false;
    await this.openFile(vscode.Uri.file(join(folder, name)), choice);
    return true;
  }
}
