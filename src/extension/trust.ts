import * as vscode from "vscode";
import { t } from "../shared/l10n.ts";

/** Source of a workspace is run only if the workspace is trusted; says so and offers the way where it is not. */
export function requireTrust(): boolean {
  if (vscode.workspace.isTrusted) return true;
  void offerTrust();
  return false;
}

async function offerTrust(): Promise<void> {
  const manage = t("Manage Trust");
  const message = t(
    "This workspace is not trusted, so its code is not run. Papers and explanations work as usual.",
  );
  if ((await vscode.window.showWarningMessage(message, manage)) === manage)
    await vscode.commands.executeCommand("workbench.trust.manage");
}
