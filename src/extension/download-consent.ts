import * as vscode from "vscode";
import { t } from "../shared/l10n.ts";

/** Says what would be downloaded, from where and how much of it; true once the reader agrees. */
export async function agreesToDownload(message: string, detail: string): Promise<boolean> {
  const download = t("Download");
  const answer = await vscode.window.showInformationMessage(message, { modal: true, detail }, download);
  return answer === download;
}
