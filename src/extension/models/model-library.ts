import * as vscode from "vscode";
import { addModel } from "../../runtime/models/add.ts";
import { type CheckpointInfo, findModel, listModels, removeModel } from "../../runtime/models/checkpoint.ts";
import type { AddOptions } from "../../runtime/models/progress.ts";
import { ADDABLE_MODELS, type AddableModel } from "../../runtime/models/registry.ts";
import { Disposable } from "../disposable.ts";
import { settingIds } from "../ids.ts";
import type { Step } from "../progress.ts";
import { settings } from "../settings.ts";
import { defaultModel } from "./default-model.ts";

/** What reads whole checkpoints and model files. */
export type ElsewhereRead = Required<Pick<AddOptions, "describe" | "repack">>;

/** The models of this machine: the zoo, the cache, Hugging Face's own cache, and what could be added. */
export class ModelLibrary extends Disposable {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** A model was added or removed, or another one became the default. */
  readonly onDidChange = this.#changed.event;
  #listed: Promise<readonly CheckpointInfo[]> | null = null;

  readonly #elsewhere: ElsewhereRead;

  /** @param elsewhere reads files in another process: what a header claims does not hold up the editor. */
  constructor(elsewhere: ElsewhereRead) {
    super();
    this.#elsewhere = elsewhere;
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration(settingIds.defaultModel)) this.#changed.fire();
      }),
    );
  }

  /** Read from the disk once, and again after a change. */
  list(): Promise<readonly CheckpointInfo[]> {
    this.#listed ??= listModels(this.#elsewhere);
    return this.#listed;
  }

  async addable(): Promise<readonly AddableModel[]> {
    const present = new Set(
      (await this.list()).filter(model => model.problem === null).map(model => model.id),
    );
    return ADDABLE_MODELS.filter(model => !present.has(model.id));
  }

  /** The reader's default, or Papertrace's own; null only where nothing can be used. */
  async default(): Promise<CheckpointInfo | null> {
    const named = settings.defaultModel;
    if (named !== null && vscode.workspace.isTrusted) return await findModel(named, this.#elsewhere);
    return defaultModel(await this.list());
  }

  /** The model that a panel names; null for the default. */
  async find(id: string | null): Promise<CheckpointInfo | null> {
    return id === null ? await this.default() : await findModel(id, this.#elsewhere);
  }

  async add(id: string, onProgress: (step: Step) => void, signal: AbortSignal): Promise<void> {
    await addModel(id, { onProgress, signal, ...this.#elsewhere });
    this.refresh();
  }

  async remove(id: string): Promise<void> {
    await removeModel(id);
    this.refresh();
  }

  refresh(): void {
    this.#listed = null;
    this.#changed.fire();
  }
}
