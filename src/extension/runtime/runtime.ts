import * as vscode from "vscode";
import type { LiveModel, OpenRequest } from "../../runtime/live/types.ts";
import type { TraceComponents } from "../../runtime/recognise/components.ts";
import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";
import { Disposable } from "../disposable.ts";
import { contextKeys } from "../ids.ts";

/** What traces, recognises and runs, in processes and a thread of its own that start when they are first needed. */
export interface LiveRuntime {
  open(request: OpenRequest, signal?: AbortSignal): Promise<LiveModel>;
  shapes(request: OpenRequest, signal?: AbortSignal): Promise<Trace>;
  components(trace: Trace): Promise<TraceComponents>;
  dispose(): void;
}

/** The one owner of the runtime's processes. Nothing is started before something is opened. */
export class Runtime extends Disposable {
  readonly #create: () => LiveRuntime;
  #live: LiveRuntime | null = null;
  #busy = 0;
  #last: { readonly provider: string; readonly fallback: string | null } | null = null;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** Work began or ended, or another provider serves. */
  readonly onDidChange = this.#changed.event;
  readonly #restarted = this.register(new vscode.EventEmitter<void>());
  /** Models that were open are gone; whoever shows one opens it again. */
  readonly onDidRestart = this.#restarted.event;

  constructor(create: () => LiveRuntime) {
    super();
    this.#create = create;
  }

  override dispose(): void {
    super.dispose();
    this.#live?.dispose();
    this.#live = null;
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** Where the model that was opened last is computed; null before the first. */
  get provider(): { readonly provider: string; readonly fallback: string | null } | null {
    return this.#last;
  }

  /** @throws Error in a workspace that is not trusted: opening a source runs it. */
  async open(request: OpenRequest, signal: AbortSignal): Promise<LiveModel> {
    const model = await this.#trusted().open(request, signal);
    this.#last = { provider: model.provider, fallback: model.fallback };
    this.#changed.fire();
    return model;
  }

  /** What a source does, without weights. @throws Error in a workspace that is not trusted: tracing a source runs it. */
  async shapes(request: OpenRequest, signal: AbortSignal): Promise<Trace> {
    return await this.#trusted().shapes(request, signal);
  }

  /** What the values and modules of a trace are by structure; found outside this process's own work. */
  components(trace: Trace): Promise<TraceComponents> {
    return this.#started().components(trace);
  }

  /** Marks the time that some work takes, for the status. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#count(1);
    try {
      return await work;
    } finally {
      this.#count(-1);
    }
  }

  /** Ends the processes; the next use starts new ones. */
  restart(): void {
    this.#live?.dispose();
    this.#live = null;
    this.#restarted.fire();
  }

  #started(): LiveRuntime {
    this.#live ??= this.#create();
    return this.#live;
  }

  #trusted(): LiveRuntime {
    if (!vscode.workspace.isTrusted)
      throw new Error(t("This workspace is not trusted, so its code is not run. Trust it and run again."));
    return this.#started();
  }

  #count(change: 1 | -1): void {
    this.#busy += change;
    if (this.isDisposed) return;
    void vscode.commands.executeCommand("setContext", contextKeys.busy, this.isBusy);
    this.#changed.fire();
  }
}
