import * as vscode from "vscode";

/** Text of the Python files that have been changed but not saved, by absolute path. */
export function unsavedText(): Readonly<Record<string, string>> {
  const overlay: Record<string, string> = {};
  for (const document of vscode.workspace.textDocuments)
    if (document.isDirty && document.uri.scheme === "file" && document.languageId === "python")
      overlay[document.uri.fsPath] = document.getText();
  return overlay;
}
