import { cp, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { mediaDirectory, referenceSource } from "../../runtime/models/zoo.ts";
import { commandIds, viewTypes } from "../ids.ts";
import { defaultModel } from "../models/default-model.ts";
import type { ModelLibrary } from "../models/model-library.ts";
import { registerCommand } from "./register.ts";

/**
 * Opens the sample: its paper on the left, the source of the model that ships on the right. Both are copies in the
 * extension's own storage, so that the reader can change them; what the reader changed is kept.
 */
export function registerSampleCommand(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  library: ModelLibrary,
): void {
  registerCommand(context, log, commandIds.openSample, async () => {
    const folder = join(context.globalStorageUri.fsPath, "sample");
    await cp(join(mediaDirectory(), "sample"), folder, { recursive: true, force: false });
    const shipped = defaultModel((await library.list()).filter(model => model.origin === "zoo"));
    const reference = shipped?.modelType ? referenceSource(shipped.modelType) : null;
    if (reference) await cp(reference, join(folder, basename(reference)), { force: false });
    const files = (await readdir(folder)).sort();
    const paper = files.find(name => name.endsWith(".pdf"));
    const source = files.find(name => name.endsWith(".py"));
    if (paper) {
      const uri = vscode.Uri.file(join(folder, paper));
      await vscode.commands.executeCommand("vscode.openWith", uri, viewTypes.paper, vscode.ViewColumn.One);
    }
    if (source) {
      const options = { viewColumn: vscode.ViewColumn.Two, preserveFocus: true, preview: false };
      await vscode.window.showTextDocument(vscode.Uri.file(join(folder, source)), options);
    }
  });
}
