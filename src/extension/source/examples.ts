import { dirname, join, relative } from "node:path";
import * as vscode from "vscode";
import { Disposable } from "../disposable.ts";
import { type Example, ExampleError, parseExamples } from "./example.ts";

/**
 * The examples of the workspace: in `.papertrace/examples.json` of its folder, or beside a file outside of any. What is
 * typed there counts at once; what is wrong with it is marked at its line.
 */
export class Examples extends Disposable {
  readonly #problems = this.register(vscode.languages.createDiagnosticCollection("papertrace"));
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;

  constructor() {
    super();
    const watcher = this.register(vscode.workspace.createFileSystemWatcher("**/.papertrace/examples.json"));
    const changed = (uri: vscode.Uri) => void this.#check(uri);
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
      this.register(event(changed));
    this.register(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.path.endsWith("/.papertrace/examples.json")) changed(document.uri);
      }),
    );
  }

  /**
   * What the reader said of a class; null where nothing.
   * @throws ExampleError that names file and line.
   */
  async of(file: string, className: string): Promise<Example | null> {
    const place = placeOf(file);
    const text = await read(place.uri);
    return text === null
      ? null
      : (parseExamples(text, place.uri.fsPath)[`${place.name}#${className}`] ?? null);
  }

  /** Opens the entry of a class for editing; one that is not there yet is begun with `proposed`. */
  async edit(file: string, className: string, proposed: Example): Promise<void> {
    const { uri, name } = placeOf(file);
    const key = `${name}#${className}`;
    const text = await read(uri);
    if (text === null) await vscode.workspace.fs.writeFile(uri, Buffer.from("{}\n"));
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
    if (!document.getText().includes(JSON.stringify(key))) {
      const edit = new vscode.WorkspaceEdit();
      edit.replace(
        uri,
        new vscode.Range(0, 0, document.lineCount, 0),
        withEntry(document.getText(), key, proposed),
      );
      await vscode.workspace.applyEdit(edit);
    }
    const at = document.getText().indexOf(JSON.stringify(key));
    const position = document.positionAt(Math.max(0, at));
    editor.selection = new vscode.Selection(position, position);
    editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenter);
  }

  async #check(uri: vscode.Uri): Promise<void> {
    const text = await read(uri);
    try {
      if (text !== null) parseExamples(text, uri.fsPath);
      this.#problems.delete(uri);
    } catch (error) {
      if (!(error instanceof ExampleError)) throw error;
      const line = error.line - 1;
      const message = error.message.slice(error.message.indexOf(": ") + 2);
      this.#problems.set(uri, [new vscode.Diagnostic(new vscode.Range(line, 0, line, 1000), message)]);
    }
    if (!this.isDisposed) this.#changed.fire();
  }
}

/** The text with one more entry; a file that cannot be read keeps what it has behind the entry, to be mended. */
function withEntry(text: string, key: string, example: Example): string {
  try {
    return `${JSON.stringify({ ...JSON.parse(text), [key]: example }, null, 2)}\n`;
  } catch {
    return `${JSON.stringify({ [key]: example }, null, 2)}\n${text}`;
  }
}

function placeOf(file: string): { readonly uri: vscode.Uri; readonly name: string } {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? dirname(file);
  return {
    uri: vscode.Uri.file(join(folder, ".papertrace", "examples.json")),
    name: relative(folder, file).replaceAll("\\", "/"),
  };
}

/** Unsaved text first; null where there is no such file. */
async function read(uri: vscode.Uri): Promise<string | null> {
  const open = vscode.workspace.textDocuments.find(each => each.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString("utf8");
  } catch {
    return null;
  }
}
