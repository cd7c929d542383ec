import * as vscode from "vscode";
import { t } from "../shared/l10n.ts";

/** Says what would be downloaded, from where and how much of it; true once the reader agrees. */
export async function agreesToDownload(message: string, detail: string): Promise<boolean> {
  return (await agreesToDownloadOr(message, detail, [])) === true;
}

/** The same question with other ways on: the one that was chosen instead. */
export async function agreesToDownloadOr<Other extends string>(
  message: string,
  detail: string,
  others: readonly Other[],
): Promise<boolean | Other> {
  const download = t("Download");
  const options = { modal: true, detail };
  const answer = await vscode.window.showInformationMessage(message, options, download, ...others);
  return answer === download ? true : (others.find(other => other === answer) ?? false);
}
