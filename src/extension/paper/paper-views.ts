import type * as vscode from "vscode";
import type { KeptView } from "../../shared/protocol/paper.ts";

const key = "papertrace.paperViews";

/** Papers that are remembered; the one not seen for longest is forgotten first. */
const limit = 200;

/** Where the reader was in each paper of this workspace. */
export class PaperViews {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  get(uri: vscode.Uri): KeptView | null {
    return this.#all().find(([name]) => name === uri.toString())?.[1] ?? null;
  }

  async set(uri: vscode.Uri, view: KeptView): Promise<void> {
    const others = this.#all().filter(([name]) => name !== uri.toString());
    await this.#state.update(key, [...others, [uri.toString(), view]].slice(-limit));
  }

  #all(): readonly (readonly [string, KeptView])[] {
    return this.#state.get<[string, KeptView][]>(key, []);
  }
}
