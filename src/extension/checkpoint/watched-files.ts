import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { Disposable } from "../disposable.ts";

/** A file that is being written changes many times: what it became is looked at when it rests, ms. */
const REST = 400;

/** Files that are shown, wherever they lie; says when one of them changed on disk, and rests. */
export class WatchedFiles extends Disposable {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #watchers: readonly vscode.Disposable[] = [];
  #watched = "";
  #rest: NodeJS.Timeout | undefined;

  override dispose(): void {
    this.#end();
    super.dispose();
  }

  /** In place of those before. */
  watch(paths: readonly string[]): void {
    const files = [...new Set(paths)].sort();
    const watched = files.join("\n");
    if (watched === this.#watched || this.isDisposed) return;
    this.#end();
    this.#watched = watched;
    const folders = Map.groupBy(files, path => dirname(path));
    this.#watchers = [...folders].flatMap(([folder, own]) => {
      const names = new Set(own.map(path => basename(path)));
      const watcher = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(vscode.Uri.file(folder), "*"),
      );
      const touched = (uri: vscode.Uri) => {
        if (!names.has(basename(uri.fsPath))) return;
        clearTimeout(this.#rest);
        this.#rest = setTimeout(() => this.#changed.fire(), REST);
      };
      const events = [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete];
      return [watcher, ...events.map(event => event(touched))];
    });
  }

  #end(): void {
    clearTimeout(this.#rest);
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
  }
}
