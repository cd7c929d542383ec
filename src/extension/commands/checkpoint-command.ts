import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { CheckpointEditors } from "../checkpoint/checkpoint-editors.ts";
import { commandIds } from "../ids.ts";
import { registerCommand } from "./register.ts";

/** Opens a file of weights, or all files of an index: the one that was clicked, the one in front, or one that is chosen. */
export function registerCheckpointCommand(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  editors: CheckpointEditors,
): void {
  registerCommand(context, log, commandIds.openCheckpoint, async (clicked?: unknown) => {
    const shown = vscode.window.activeTextEditor?.document.uri;
    const uri = clicked instanceof vscode.Uri ? clicked : shown;
    if (uri && isCheckpoint(uri)) return await editors.openFile(uri);
    const [chosen] =
      (await vscode.window.showOpenDialog({
        title: t("Open Checkpoint"),
        filters: { [t("Checkpoints")]: ["safetensors", "gguf", "json"] },
      })) ?? [];
    if (!chosen) return;
    if (isCheckpoint(chosen)) return await editors.openFile(chosen);
    throw new Error(
      t(
        "{0} is not a checkpoint: choose a .safetensors or .gguf file, or an index of shards.",
        chosen.fsPath,
      ),
    );
  });
}

function isCheckpoint({ path }: vscode.Uri): boolean {
  return /\.(safetensors|gguf|safetensors\.index\.json)$/.test(path);
}
