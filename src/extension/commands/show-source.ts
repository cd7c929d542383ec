import * as vscode from "vscode";
import { documentLine, notebookAt, sourceOf } from "../source/python-source.ts";

/** Opens a source at a line in the column beside a panel, and lights the line up for a moment. `line` counts from 1. */
export async function showSource(
  target: { readonly file: string; readonly line: number; readonly column: number },
  beside: vscode.WebviewPanel | undefined,
): Promise<void> {
  const notebook = notebookAt(target.file);
  if (notebook) return await showCell(notebook, target);
  const uri = vscode.Uri.file(target.file);
  const start = new vscode.Position(Math.max(0, target.line - 1), target.column);
  const editor = await vscode.window.showTextDocument(uri, {
    viewColumn: columnFor(uri, beside),
    selection: new vscode.Range(start, start),
  });
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  flash(editor, start.line);
}

/** Opens the first of several places, and there a peek at all of them; `line` counts from 1. */
export async function showSources(
  targets: readonly { readonly file: string; readonly line: number; readonly column: number }[],
  beside: vscode.WebviewPanel | undefined,
): Promise<void> {
  const [first] = targets;
  if (first === undefined) return;
  await showSource(first, beside);
  if (targets.length === 1) return;
  const [at, ...others] = targets.map(({ file, line, column }) => {
    return new vscode.Location(vscode.Uri.file(file), new vscode.Position(Math.max(0, line - 1), column));
  });
  await vscode.commands.executeCommand(
    "editor.action.peekLocations",
    at!.uri,
    at!.range.start,
    [at!, ...others],
    "peek",
  );
}

/** Opens the cell of a notebook that holds a line. */
async function showCell(
  notebook: vscode.NotebookDocument,
  target: { readonly line: number; readonly column: number },
): Promise<void> {
  const source = notebook.getCells().flatMap(cell => sourceOf(cell.document) ?? [])[0];
  const place = source && documentLine(source, Math.max(0, target.line - 1));
  const cell = notebook.getCells().find(each => each.document === place?.document);
  if (!place || !cell) return;
  const range = new vscode.NotebookRange(cell.index, cell.index + 1);
  const shown = await vscode.window.showNotebookDocument(notebook, { selections: [range] });
  shown.revealRange(range, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
  const editor = vscode.window.visibleTextEditors.find(each => each.document === place.document);
  if (editor) flash(editor, place.line);
}

/** Where the file is open already; else a column other than the panel's. */
function columnFor(uri: vscode.Uri, beside: vscode.WebviewPanel | undefined): vscode.ViewColumn {
  const shown = vscode.window.tabGroups.all.find(group =>
    group.tabs.some(
      tab => tab.input instanceof vscode.TabInputText && tab.input.uri.toString() === uri.toString(),
    ),
  );
  if (shown) return shown.viewColumn;
  const other = vscode.window.tabGroups.all.find(group => group.viewColumn !== beside?.viewColumn);
  return other?.viewColumn ?? vscode.ViewColumn.Beside;
}

function flash(editor: vscode.TextEditor, line: number): void {
  const decoration = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
  });
  editor.setDecorations(decoration, [new vscode.Range(line, 0, line, 0)]);
  setTimeout(() => decoration.dispose(), 1_500);
}
