import * as vscode from "vscode";

/** Opens a source at a line in the column beside a panel, and lights the line up for a moment. `line` counts from 1. */
export async function showSource(
  target: { readonly file: string; readonly line: number; readonly column: number },
  beside: vscode.WebviewPanel | undefined,
): Promise<void> {
  const uri = vscode.Uri.file(target.file);
  const start = new vscode.Position(Math.max(0, target.line - 1), target.column);
  const editor = await vscode.window.showTextDocument(uri, {
    viewColumn: columnFor(uri, beside),
    selection: new vscode.Range(start, start),
  });
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  flash(editor, start.line);
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
