import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { commandIds } from "../ids.ts";
import { getTransformers } from "../runtime/transformers.ts";
import { ArgumentsMissingError, TransformersMissingError } from "../source/target.ts";

/** Offers what a failure lacks; true once it is there. */
export async function remedy(error: unknown): Promise<boolean> {
  if (error instanceof TransformersMissingError) {
    const get = t("Get It…");
    return (
      (await vscode.window.showInformationMessage(error.message, get)) === get &&
      (await getTransformers()) !== null
    );
  }
  if (error instanceof ArgumentsMissingError) {
    const give = t("Give an Example…");
    if ((await vscode.window.showInformationMessage(error.message, give)) === give)
      await vscode.commands.executeCommand(commandIds.editExample, { file: error.file, class: error.class });
    // What is typed there runs the panel again by itself.
    return false;
  }
  return false;
}
