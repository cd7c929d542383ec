import { basename } from "node:path";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { type Note, notesName, readNotes, writeNotes } from "../../shared/notes/index.ts";
import { Disposable } from "../disposable.ts";

/** Changes to a file of notes, one after the other, also from two editors of one paper. */
const queues = new Map<string, Promise<unknown>>();

/** The notes on a paper, in a JSON file beside it, which versions of one arXiv paper share. */
export class PaperNotes extends Disposable {
  readonly #paper: vscode.Uri;
  readonly #file: vscode.Uri;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** The file was changed, by this editor or by someone else. */
  readonly onDidChange = this.#changed.event;

  constructor(paper: vscode.Uri) {
    super();
    this.#paper = paper;
    this.#file = vscode.Uri.joinPath(paper, "..", notesName(basename(paper.path)));
    const watcher = this.register(
      vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(vscode.Uri.joinPath(paper, ".."), globLiteral(basename(this.#file.path))),
      ),
    );
    const changed = () => this.#changed.fire();
    this.register(watcher.onDidChange(changed));
    this.register(watcher.onDidCreate(changed));
    this.register(watcher.onDidDelete(changed));
  }

  /** @throws Error for a file that holds no notes, with its name and the reason. */
  async read(): Promise<Note[]> {
    const bytes = await this.#bytes();
    if (bytes === null) return [];
    try {
      return readNotes(new TextDecoder().decode(bytes));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        t("{0} holds no notes that can be read: {1}. Correct it or rename it.", this.#name, reason),
      );
    }
  }

  async put(note: Note): Promise<void> {
    await this.#change(notes => [...notes.filter(({ id }) => id !== note.id), note]);
  }

  async remove(id: string): Promise<void> {
    await this.#change(notes => notes.filter(note => note.id !== id));
  }

  get #name(): string {
    return basename(this.#file.path);
  }

  /** Null where there is no file. */
  async #bytes(): Promise<Uint8Array | null> {
    try {
      return await vscode.workspace.fs.readFile(this.#file);
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === "FileNotFound") return null;
      throw error;
    }
  }

  async #change(change: (notes: readonly Note[]) => readonly Note[]): Promise<void> {
    const key = this.#file.toString();
    const before = queues.get(key) ?? Promise.resolve();
    const work = before.then(async () => {
      // What cannot be read is never written over: it may be someone's notes.
      const notes = change(await this.read());
      const text = writeNotes(basename(this.#paper.path), notes);
      try {
        await vscode.workspace.fs.writeFile(this.#file, new TextEncoder().encode(text));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(
          t(
            "{0} could not be written: {1}. Move the paper to a folder that you can write to.",
            this.#name,
            reason,
          ),
        );
      }
    });
    const settled = work.catch(() => {});
    queues.set(key, settled);
    await work.finally(() => {
      if (queues.get(key) === settled) queues.delete(key);
    });
  }
}

/** A file name that a glob pattern takes literally. */
export function globLiteral(name: string): string {
  return name.replaceAll(/[[\]{}*?]/g, "[$&]");
}
