import { basename } from "node:path";
import * as vscode from "vscode";
import type { IndexProcess } from "../../runtime/paper/process.ts";
import { bestPlaces, type SourcePlace, sourcePlaces } from "../../shared/linking/index.ts";
import { linkPython } from "../../shared/linking/python.ts";
import { Disposable } from "../disposable.ts";
import { usesTorch } from "../source/outline.ts";
import { syntaxOf } from "../source/syntax.ts";
import { foreignFolders } from "./paper-index.ts";

/** A line of a file that implements a component. */
export interface LocatedPlace extends SourcePlace {
  readonly file: string;
}

/** Lines that implement a component, and whose they are. */
export interface ImplementingPlaces {
  readonly origin: "workspace" | "reference" | "none";
  readonly places: readonly LocatedPlace[];
}

/** More Python files than this are not looked through. */
const MOST_FILES = 3_000;
/** Files that the process reads for one question: between two, others have their turn. */
const BATCH = 40;

/**
 * The lines of the workspace's Python files, and of the reference sources, that implement components; found by names, in a
 * process of its own, when somebody first asks. Changed files are read again at the next question.
 */
export class SourceIndex extends Disposable {
  readonly #process: () => IndexProcess;
  readonly #reference: vscode.Uri;
  readonly #places = new Map<string, readonly SourcePlace[]>();
  readonly #references = new Map<string, readonly SourcePlace[]>();
  readonly #stale = new Set<string>();
  readonly #ending = new AbortController();
  #listed: Promise<void> | null = null;

  /** @param reference folder of the reference sources. */
  constructor(process: () => IndexProcess, reference: vscode.Uri) {
    super();
    this.#process = process;
    this.#reference = reference;
    const watcher = this.register(vscode.workspace.createFileSystemWatcher("**/*.py"));
    const changed = ({ scheme, fsPath }: vscode.Uri) => {
      if (scheme === "file" && this.#listed !== null) this.#stale.add(fsPath);
    };
    this.register(watcher.onDidCreate(changed));
    this.register(watcher.onDidChange(changed));
    this.register(
      watcher.onDidDelete(({ fsPath }) => {
        this.#stale.delete(fsPath);
        this.#places.delete(fsPath);
      }),
    );
  }

  override dispose(): void {
    this.#ending.abort();
    super.dispose();
  }

  /** The lines that implement a component: where the workspace has none, those of the reference sources. */
  async of(component: string): Promise<ImplementingPlaces> {
    this.#listed ??= this.#readAll().catch(error => {
      this.#listed = null;
      throw error;
    });
    await this.#listed;
    const stale = [...this.#stale];
    this.#stale.clear();
    await this.#read(stale, this.#places);
    const workspace = bestPlaces(located(new Map([...this.#places, ...unsavedPlaces()]), component));
    if (workspace.length > 0) return { origin: "workspace", places: workspace };
    const reference = bestPlaces(located(this.#references, component));
    return { origin: reference.length > 0 ? "reference" : "none", places: reference };
  }

  async #readAll(): Promise<void> {
    const found = await vscode.workspace.findFiles("**/*.py", foreignFolders, MOST_FILES);
    const files = found.flatMap(({ scheme, fsPath }) => (scheme === "file" ? [fsPath] : []));
    await this.#read(files.sort(), this.#places);
    const entries = await vscode.workspace.fs.readDirectory(this.#reference);
    const references = entries.filter(([name]) => name.endsWith(".py"));
    await this.#read(
      references.map(([name]) => vscode.Uri.joinPath(this.#reference, name).fsPath),
      this.#references,
    );
  }

  async #read(files: readonly string[], into: Map<string, readonly SourcePlace[]>): Promise<void> {
    for (let at = 0; at < files.length; at += BATCH) {
      const batch = files.slice(at, at + BATCH);
      for (const { file, places } of await this.#process().sources(batch, this.#ending.signal))
        into.set(file, places);
    }
  }
}

function located(sources: ReadonlyMap<string, readonly SourcePlace[]>, component: string): LocatedPlace[] {
  return [...sources].flatMap(([file, places]) =>
    places.flatMap(place => (place.component === component ? [{ ...place, file }] : [])),
  );
}

/** Open files that were changed but not saved count as they are on the screen. */
function unsavedPlaces(): [string, readonly SourcePlace[]][] {
  return vscode.workspace.textDocuments.flatMap(document => {
    const { isDirty, uri, languageId } = document;
    if (!isDirty || uri.scheme !== "file" || languageId !== "python") return [];
    const text = document.getText();
    const places = usesTorch(text) ? sourcePlaces(text, linkPython(syntaxOf(uri.fsPath, text))) : [];
    return [[uri.fsPath, places] as [string, readonly SourcePlace[]]];
  });
}

/** `modeling.py:120`: the file by its path in the workspace where it is of it. */
export function placeLabel({ file, line }: Pick<LocatedPlace, "file" | "line">): string {
  const relative = vscode.workspace.asRelativePath(file, false);
  return `${relative === file ? basename(file) : relative}:${line}`;
}
