import { join } from "node:path";
import * as vscode from "vscode";
import { copySample } from "../../runtime/models/sample.ts";
import { commandIds, viewTypes } from "../ids.ts";
import { registerCommand } from "./register.ts";

/**
 * Opens the sample: its paper on the left, the source of the model that ships on the right. Both are copies in the
 * extension's own storage, so that the reader can change them; what the reader changed is kept.
 */
export function registerSampleCommand(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): void {
  registerCommand(context, log, commandIds.openSample, async () => {
    const { paper, source } = await copySample(join(context.globalStorageUri.fsPath, "sample"));
    const uri = vscode.Uri.file(paper);
    await vscode.commands.executeCommand("vscode.openWith", uri, viewTypes.paper, vscode.ViewColumn.One);
    const options = { viewColumn: vscode.ViewColumn.Two, preserveFocus: true, preview: false };
    await vscode.window.showTextDocument(vscode.Uri.file(source), options);
  });
}
