import type * as vscode from "vscode";

/** Owns what it registers and releases it, last first, when it is disposed. */
export abstract class Disposable implements vscode.Disposable {
  #disposed = false;
  readonly #owned = new Set<vscode.Disposable>();

  get isDisposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const owned of [...this.#owned].reverse()) owned.dispose();
    this.#owned.clear();
  }

  /** Takes ownership; what comes after disposal is released at once. */
  protected register<T extends vscode.Disposable>(owned: T): T {
    if (this.#disposed) owned.dispose();
    else this.#owned.add(owned);
    return owned;
  }

  /** Releases one thing before the rest. */
  protected release(owned: vscode.Disposable): void {
    if (this.#owned.delete(owned)) owned.dispose();
  }
}
