import { basename } from "node:path";
import * as vscode from "vscode";
import type { CheckpointProcess } from "../../runtime/checkpoint/process.ts";
import { connect, type Remote } from "../../shared/channel.ts";
import type { CheckpointOutline, OutlinedTensor, TensorSummary } from "../../shared/checkpoint/outline.ts";
import { t } from "../../shared/l10n.ts";
import {
  type CheckpointDocument,
  type CheckpointHost,
  type CheckpointPage,
  checkpointHostSchemas,
} from "../../shared/protocol/checkpoint.ts";
import { Disposable } from "../disposable.ts";
import type { Pages } from "../webview/pages.ts";
import { webviewPort } from "../webview/port.ts";
import { WatchedFiles } from "./watched-files.ts";

/** What a checkpoint asks of the rest of Papertrace. */
export interface CheckpointRequests {
  /** Opens the line that makes a tensor's module; a sentence where it is not known. */
  openSource(
    tensor: OutlinedTensor,
    folder: string,
    beside: vscode.WebviewPanel,
    signal: AbortSignal,
  ): Promise<string | null>;
  openIndex(path: string): void;
}

/** Chooses tensors of an outline. */
export type TensorChoice = (tensors: readonly OutlinedTensor[]) => readonly number[];

/** One checkpoint in one editor. Its file is read in another process, here only what is shown passes by. */
export class CheckpointEditor extends Disposable implements CheckpointHost {
  readonly uri: vscode.Uri;
  readonly panel: vscode.WebviewPanel;
  readonly #reader: CheckpointProcess;
  readonly #requests: CheckpointRequests;
  readonly #log: vscode.LogOutputChannel;
  readonly #page: Remote<CheckpointPage, CheckpointHost>;
  readonly #files: WatchedFiles;
  readonly #closed = new AbortController();
  #outline: CheckpointOutline | null = null;
  #summary: AbortController | null = null;
  #choice: TensorChoice | null;

  constructor(
    uri: vscode.Uri,
    panel: vscode.WebviewPanel,
    pages: Pages,
    reader: CheckpointProcess,
    requests: CheckpointRequests,
    log: vscode.LogOutputChannel,
    choice: TensorChoice | null,
  ) {
    super();
    this.uri = uri;
    this.panel = panel;
    this.#reader = reader;
    this.#requests = requests;
    this.#log = log;
    this.#choice = choice;
    this.#page = connect<CheckpointPage, CheckpointHost>(
      webviewPort(panel.webview, listener => this.register(listener)),
      this,
      checkpointHostSchemas,
    );
    this.#files = this.register(new WatchedFiles());
    this.register(
      this.#files.onDidChange(() => {
        // A page that is hidden is gone, and asks when it comes back.
        if (panel.visible) this.#page.changed().catch(() => undefined);
      }),
    );
    pages.fill(panel.webview, "checkpoint", this.#name);
  }

  override dispose(): void {
    this.#closed.abort();
    this.cancel();
    super.dispose();
    this.#page.$close();
  }

  /** Whether the choice finds a tensor here. */
  holds(choice: TensorChoice): boolean {
    return this.#outline !== null && choice(this.#outline.tensors).length > 0;
  }

  /** Brings the checkpoint to the front and shows tensors of it. */
  reveal(choice: TensorChoice): void {
    this.panel.reveal();
    if (this.#outline === null) this.#choice = choice;
    else this.#page.reveal([...choice(this.#outline.tensors)]).catch(() => undefined);
  }

  async ready(): Promise<CheckpointDocument> {
    if (this.uri.scheme !== "file")
      throw new Error(
        t(
          "{0} is not on this machine's disk, so it cannot be read. Copy it to this machine and open the copy.",
          this.uri.path,
        ),
      );
    this.#watch();
    const outline = await this.#reader.outline(this.uri.fsPath);
    this.cancel();
    this.#outline = outline;
    this.#watch();
    const revealed = this.#choice?.(outline.tensors) ?? [];
    this.#choice = null;
    return { name: this.#name, outline, revealed };
  }

  async summarise(index: number): Promise<TensorSummary> {
    const { tensor, path } = this.#tensor(index);
    this.cancel();
    const own = new AbortController();
    this.#summary = own;
    return await this.#reader.summarise(path, tensor, own.signal);
  }

  cancel(): void {
    this.#summary?.abort(new Error(t("The reading was cancelled.")));
    this.#summary = null;
  }

  async openSource(index: number): Promise<string | null> {
    const { tensor } = this.#tensor(index);
    const folder = vscode.Uri.joinPath(this.uri, "..").fsPath;
    return await this.#requests.openSource(tensor, folder, this.panel, this.#closed.signal);
  }

  openIndex(): void {
    if (this.#outline?.index) this.#requests.openIndex(this.#outline.index);
  }

  copy(text: string): void {
    void vscode.env.clipboard.writeText(text);
  }

  report({ message, stack }: { message: string; stack: string }): void {
    this.#log.error(`${this.#name}: ${message}\n${stack}`);
  }

  #watch(): void {
    const parts = this.#outline?.files ?? [];
    this.#files.watch([this.uri.fsPath, ...parts.map(({ path }) => path)]);
  }

  get #name(): string {
    return basename(this.uri.path);
  }

  #tensor(index: number): { tensor: OutlinedTensor; path: string } {
    const tensor = this.#outline?.tensors[index];
    const path = this.#outline?.files[tensor?.file ?? -1]?.path;
    if (!tensor || path === undefined) throw new RangeError(`${this.#name}: no tensor ${index}`);
    return { tensor, path };
  }
}
