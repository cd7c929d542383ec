import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { type CommandId, commandIds } from "../ids.ts";

/** Registers a command whose failures are logged and told, with the log one click away. */
export function registerCommand(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  id: CommandId,
  // biome-ignore lint/suspicious/noExplicitAny: arguments of a command come from outside; each command checks its own
  run: (...args: any[]) => unknown,
): void {
  const guarded = async (...args: unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      void tell(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  context.subscriptions.push(vscode.commands.registerCommand(id, guarded));
}

async function tell(message: string): Promise<void> {
  const show = t("Show Log");
  if ((await vscode.window.showErrorMessage(message, show)) === show)
    await vscode.commands.executeCommand(commandIds.showLog);
}
