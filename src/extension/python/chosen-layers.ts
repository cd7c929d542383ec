import * as vscode from "vscode";
import { Disposable } from "../disposable.ts";

const KEY = "papertrace.layers";

/** The layer in which each file is shown; kept for the workspace. */
export class ChosenLayers extends Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;

  constructor(memory: vscode.Memento) {
    super();
    this.#memory = memory;
  }

  /** Number of the layer; null where none was chosen. */
  of(file: string): number | null {
    return this.#all[file] ?? null;
  }

  choose(file: string, layer: number): void {
    if (this.of(file) === layer) return;
    void this.#memory.update(KEY, { ...this.#all, [file]: layer });
    this.#changed.fire();
  }

  get #all(): Readonly<Record<string, number>> {
    return this.#memory.get<Record<string, number>>(KEY, {});
  }
}
