import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { definitionsOnly, joinCells } from "../../shared/python/index.ts";

/** Documents that providers answer for: Python files, and the Python cells of notebooks. */
export const pythonSelector: vscode.DocumentSelector = [
  { language: "python", scheme: "file" },
  { language: "python", scheme: "untitled" },
  { language: "python", scheme: "vscode-notebook-cell" },
];

/** Documents that are explained: Python wherever it comes from. */
export const anyPython: vscode.DocumentSelector = { language: "python", scheme: "*" };

/** What is traced for a document: the file itself, or all cells of a notebook as one file. */
export interface PythonSource {
  /** Absolute path that stands for it in traces; of a notebook, a Python file beside it that does not exist. */
  readonly file: string;
  /** The text as it is written now; of a notebook, all of its cells. */
  readonly text: string;
  /** What of it is traced, on the same lines. */
  readonly tracedText: string;
  /** Documents in order, with the line of `text` from 0 at which each begins. */
  readonly parts: readonly SourcePart[];
}

export interface SourcePart {
  readonly document: vscode.TextDocument;
  readonly start: number;
}

/** The source that a document belongs to; null where it is no Python of this machine. */
export function sourceOf(document: vscode.TextDocument): PythonSource | null {
  if (document.languageId !== "python") return null;
  if (document.uri.scheme === "file")
    return {
      file: document.uri.fsPath,
      text: document.getText(),
      tracedText: document.getText(),
      parts: [{ document, start: 0 }],
    };
  if (document.uri.scheme !== "vscode-notebook-cell") return null;
  const notebook = vscode.workspace.notebookDocuments.find(each =>
    each.getCells().some(cell => cell.document === document),
  );
  return notebook ? notebookSource(notebook) : null;
}

/** A document that only explanations are given for: nothing of it is traced. */
export function untracedSource(document: vscode.TextDocument): PythonSource {
  const text = document.getText();
  return { file: document.uri.fsPath, text, tracedText: text, parts: [{ document, start: 0 }] };
}

/** The notebook behind a path that stands for one; null where the path is a file's. */
export function notebookAt(file: string): vscode.NotebookDocument | null {
  return vscode.workspace.notebookDocuments.find(each => notebookFile(each) === file) ?? null;
}

/** All cells of the notebook behind a path; null where the path is a file's. */
export function notebookText(file: string): string | null {
  const notebook = notebookAt(file);
  return notebook ? notebookSource(notebook).text : null;
}

/** Line from 0 of a source that a line of one of its documents is. */
export function sourceLine(source: PythonSource, document: vscode.TextDocument, line: number): number {
  return line + (source.parts.find(part => part.document === document)?.start ?? 0);
}

/** The document that holds a line of a source, and the line in it; both from 0. */
export function documentLine(
  source: PythonSource,
  line: number,
): { readonly document: vscode.TextDocument; readonly line: number } | null {
  const part = source.parts.findLast(({ start }) => start <= line);
  return part ? { document: part.document, line: line - part.start } : null;
}

/** How a reader knows a line, from 1, of a notebook by the path that stands for it; null where the path is a file's. */
export function cellLabel(file: string, line: number): string | null {
  const notebook = notebookAt(file);
  if (notebook === null) return null;
  const name = basename(notebook.uri.path);
  const place = documentLine(notebookSource(notebook), line - 1);
  const cell = notebook.getCells().findIndex(each => each.document === place?.document);
  return place && cell >= 0 ? t("{0}, cell {1}, line {2}", name, cell + 1, place.line + 1) : name;
}

/** Number of a line, from 1, in its cell of the notebook by the path that stands for it; undefined where the path is a file's. */
export function cellLine(file: string, line: number): number | undefined {
  const notebook = notebookAt(file);
  const place = notebook && documentLine(notebookSource(notebook), line - 1);
  return place ? place.line + 1 : undefined;
}

/** A message about a source as a reader can follow it: what stands for a notebook becomes its cells. */
export function inCells(message: string, file: string): string {
  if (notebookAt(file) === null) return message;
  const path = file.replaceAll(/[.\\/$^()+[\]{}|*?]/g, "\\$&");
  const name = basename(file).replaceAll(".", "\\.");
  return message.replaceAll(
    new RegExp(`(?:${path}|${name})(?::(\\d+))?`, "g"),
    (_, line?: string) => cellLabel(file, Number(line ?? 0))!,
  );
}

const joined = new WeakMap<
  vscode.NotebookDocument,
  { readonly versions: string; readonly source: PythonSource }
>();

function notebookSource(notebook: vscode.NotebookDocument): PythonSource {
  const cells = notebook
    .getCells()
    .filter(cell => cell.kind === vscode.NotebookCellKind.Code && cell.document.languageId === "python");
  const versions = cells.map(({ document }) => `${document.uri.fragment}@${document.version}`).join(" ");
  const known = joined.get(notebook);
  if (known?.versions === versions) return known.source;
  const { text, starts } = joinCells(cells.map(({ document }) => document.getText()));
  const parts = cells.map(({ document }, index) => ({ document, start: starts[index]! }));
  const source = {
    file: notebookFile(notebook),
    text,
    tracedText: definitionsOnly(text),
    parts,
  };
  joined.set(notebook, { versions, source });
  return source;
}

/** The path that stands for a notebook in traces: a Python file beside it that does not exist. */
export function notebookFile({ uri }: vscode.NotebookDocument): string {
  const folder =
    uri.scheme === "file" ? dirname(uri.fsPath) : (vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "/");
  return join(folder, `${basename(uri.path).replace(/\W+/g, "_")}.py`);
}

/**
 * Text that wins over the disk, by path: Python files that have been changed but not saved, and what notebooks define.
 */
export function unsavedText(): Readonly<Record<string, string>> {
  const overlay: Record<string, string> = {};
  for (const document of vscode.workspace.textDocuments)
    if (document.isDirty && document.uri.scheme === "file" && document.languageId === "python")
      overlay[document.uri.fsPath] = document.getText();
  for (const notebook of vscode.workspace.notebookDocuments) {
    const source = notebookSource(notebook);
    if (source.parts.length > 0) overlay[source.file] = source.tracedText;
  }
  return overlay;
}

/** Path under which a changed document takes part in traces; null where it cannot. */
export function tracedFile(document: vscode.TextDocument): string | null {
  return sourceOf(document)?.file ?? null;
}
