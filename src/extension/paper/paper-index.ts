import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { IndexProcess } from "../../runtime/paper/process.ts";
import { t } from "../../shared/l10n.ts";
import type { IndexedPaper } from "../../shared/papers/index.ts";
import { Disposable } from "../disposable.ts";
import { commandIds, contextKeys } from "../ids.ts";
import { withProgress } from "../progress.ts";

/** A paper of the workspace, as it was indexed. */
export interface KnownPaper {
  readonly uri: vscode.Uri;
  readonly paper: IndexedPaper;
}

/** Folders that hold other people's files. */
export const foreignFolders = "**/{node_modules,site-packages,.git,.venv,venv,env,build,dist,__pycache__}/**";

/** More papers than this in one workspace are an archive. */
const MOST_PAPERS = 500;

/** Work that takes no longer needs no notification, ms. */
const QUICK = 400;

/** A file that is being written changes several times; it is read once it has been quiet for this long, ms. */
const QUIET = 500;

/**
 * The papers of the workspace, and those that are open, with their mentions. They are read in a process of their own, one
 * after the other, from when somebody first wants to know; what was read before comes from a cache.
 */
export class PaperIndex extends Disposable {
  readonly #process: () => IndexProcess;
  readonly #log: vscode.LogOutputChannel;
  readonly #status: vscode.StatusBarItem;
  readonly #papers = new Map<string, KnownPaper>();
  /** What is to be read, in this order. */
  #waiting = new Map<string, vscode.Uri>();
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** A paper was indexed, or is gone. */
  readonly onDidChange = this.#changed.event;
  #listed = false;
  #pass: { readonly abort: AbortController; readonly done: Promise<void> } | null = null;
  #indexed = 0;
  #total = 0;
  /** Who waits until the next paper has been read. */
  #next: (() => void)[] = [];

  constructor(process: () => IndexProcess, log: vscode.LogOutputChannel) {
    super();
    this.#process = process;
    this.#log = log;
    this.#status = this.register(
      vscode.window.createStatusBarItem("papertrace.indexing", vscode.StatusBarAlignment.Left),
    );
    this.#status.name = t("Indexing papers");
    this.#status.command = commandIds.cancelIndexing;
    const watcher = this.register(vscode.workspace.createFileSystemWatcher("**/*.pdf"));
    const quiet = new Map<string, NodeJS.Timeout>();
    const changed = (uri: vscode.Uri) => {
      if (!this.#listed || uri.scheme !== "file") return;
      const key = uri.toString();
      clearTimeout(quiet.get(key));
      quiet.set(
        key,
        setTimeout(() => {
          quiet.delete(key);
          this.#want(uri);
          void this.#run();
        }, QUIET),
      );
    };
    this.register(watcher.onDidCreate(changed));
    this.register(watcher.onDidChange(changed));
    this.register(watcher.onDidDelete(uri => this.#forget(uri)));
    this.register({
      dispose: () => {
        for (const timer of quiet.values()) clearTimeout(timer);
      },
    });
  }

  override dispose(): void {
    this.cancel();
    super.dispose();
  }

  /** What has been indexed so far, in the order of their files. */
  get papers(): readonly KnownPaper[] {
    return [...this.#papers.values()].sort((a, b) => a.uri.path.localeCompare(b.uri.path));
  }

  /** The PDF files of the workspace, indexed or not. */
  async files(): Promise<vscode.Uri[]> {
    const found = await vscode.workspace.findFiles("**/*.pdf", foreignFolders, MOST_PAPERS);
    return found.filter(uri => uri.scheme === "file");
  }

  get isBusy(): boolean {
    return this.#pass !== null;
  }

  /** What is known of one paper; null where it was not indexed yet. */
  of(uri: vscode.Uri): IndexedPaper | null {
    return this.#papers.get(uri.toString())?.paper ?? null;
  }

  /** Begins to index the workspace's papers, once; nobody waits. */
  start(): void {
    if (!this.#listed) this.#run().catch(error => this.#log.warn(`papers: ${String(error)}`));
  }

  /** Indexes one paper, wherever it is, before any other that waits, if that has not been done. */
  include(uri: vscode.Uri): void {
    if (uri.scheme !== "file" || this.#papers.has(uri.toString())) return;
    this.#want(uri);
    this.#waiting = new Map([[uri.toString(), uri], ...this.#waiting]);
    this.#run().catch(error => this.#log.warn(`papers: ${String(error)}`));
  }

  /** What is known of one paper, as soon as it has been indexed; null where it cannot be, or where the reader cancels that. */
  async read(uri: vscode.Uri): Promise<IndexedPaper | null> {
    this.include(uri);
    const pass = this.#pass?.done.catch(() => undefined);
    while (pass && this.#waiting.has(uri.toString()) && this.#pass)
      await Promise.race([pass, new Promise<void>(resolve => this.#next.push(resolve))]);
    return this.of(uri);
  }

  /** Waits until every paper is indexed, with a notification that can cancel it; false where the reader did. */
  async complete(): Promise<boolean> {
    const pass = this.#run();
    const soon = await Promise.race([pass.then(() => true), delay(QUICK, false)]);
    if (soon) return true;
    const done = await withProgress(t("Indexing papers"), async (report, signal) => {
      const cancel = () => this.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      const told = this.onDidChange(() => report({ message: this.#progress, fraction: this.#fraction }));
      try {
        await this.#run();
        return !signal.aborted;
      } finally {
        told.dispose();
        signal.removeEventListener("abort", cancel);
      }
    });
    return done ?? false;
  }

  /** Ends the work in progress; what was indexed stays, the rest is indexed when it is next asked for. */
  cancel(): void {
    this.#pass?.abort.abort();
  }

  get #progress(): string {
    return t("{0} of {1}", this.#indexed, this.#total);
  }

  get #fraction(): number {
    return this.#total === 0 ? 1 : this.#indexed / this.#total;
  }

  #want(uri: vscode.Uri): void {
    if (!this.#waiting.has(uri.toString())) this.#total++;
    this.#waiting.set(uri.toString(), uri);
  }

  #forget(uri: vscode.Uri): void {
    this.#waiting.delete(uri.toString());
    if (this.#papers.delete(uri.toString())) this.#changed.fire();
  }

  /** One pass over all that waits; who comes while it goes on waits for the same one. */
  #run(): Promise<void> {
    if (this.#pass) return this.#pass.done;
    const abort = new AbortController();
    const done = this.#index(abort.signal).finally(() => {
      this.#pass = null;
      if (!this.isDisposed) this.#changed.fire();
    });
    this.#pass = { abort, done };
    return done;
  }

  async #index(signal: AbortSignal): Promise<void> {
    if (!this.#listed) {
      this.#listed = true;
      for (const uri of await this.files()) if (!this.#papers.has(uri.toString())) this.#want(uri);
    }
    if (this.#waiting.size === 0) return;
    this.#indexed = 0;
    this.#total = this.#waiting.size;
    try {
      while (this.#waiting.size > 0 && !signal.aborted) {
        const [key, uri] = this.#waiting.entries().next().value!;
        this.#show(basename(uri.path));
        await this.#read(uri, signal);
        if (signal.aborted) return;
        this.#waiting.delete(key);
        this.#indexed++;
        this.#changed.fire();
        for (const tell of this.#next.splice(0)) tell();
      }
    } finally {
      this.#show(null);
    }
  }

  /** What is being read, in the status bar, where a click ends it. */
  #show(name: string | null): void {
    if (this.isDisposed) return;
    void vscode.commands.executeCommand("setContext", contextKeys.indexing, name !== null);
    if (name === null) {
      this.#status.hide();
      return;
    }
    this.#status.text = `$(sync~spin) ${t("Indexing papers")}: ${this.#progress}`;
    this.#status.tooltip = t("{0} is being read; click to cancel", name);
    this.#status.accessibilityInformation = {
      label: t("Indexing papers, {0}; press to cancel", this.#progress),
    };
    this.#status.show();
  }

  /** A paper that cannot be read is left out: its own editor says why. */
  async #read(uri: vscode.Uri, signal: AbortSignal): Promise<void> {
    try {
      this.#papers.set(uri.toString(), { uri, paper: await this.#process().paper(uri.fsPath, signal) });
    } catch (error) {
      if (signal.aborted) return;
      this.#papers.delete(uri.toString());
      this.#log.info(`${uri.fsPath}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
