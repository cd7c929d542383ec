import * as vscode from "vscode";
import { pythonOnPath } from "../../runtime/compare/find-python.ts";
import { commandLine } from "../../runtime/compare/python-process.ts";
import { t } from "../../shared/l10n.ts";
import { settingIds } from "../ids.ts";
import { activeInterpreter } from "../runtime/transformers.ts";
import { settings, writeSetting } from "../settings.ts";

/** Interpreters that the reader has allowed to run, in this workspace. */
const ALLOWED = "papertrace.allowedInterpreters";

/**
 * The Python to compare with: the setting's, that of the Python extension, its default, or the first on the PATH. Asks
 * once for each, with the command line; null where the reader turned away. The workspace is trusted.
 */
export async function chosenInterpreter(memento: vscode.Memento, file: string): Promise<string | null> {
  const python = await findInterpreter(file);
  if (python === null) return await pick();
  const allowed = memento.get<readonly string[]>(ALLOWED, []);
  if (allowed.includes(python)) return python;
  const run = t("Run");
  const other = t("Choose Another…");
  const answer = await vscode.window.showInformationMessage(
    t("Run this source with {0}?", python),
    {
      modal: true,
      detail: t(
        "It runs as your own programs do, with every right that you have: {0}",
        commandLine(python).join(" "),
      ),
    },
    run,
    other,
  );
  if (answer === other) return await pick();
  if (answer !== run) return null;
  await memento.update(ALLOWED, [...allowed, python]);
  return python;
}

async function findInterpreter(file: string): Promise<string | null> {
  const uri = vscode.Uri.file(file);
  const byDefault = vscode.workspace.getConfiguration("python", uri).get<string>("defaultInterpreterPath");
  const named = [settings.pythonPath, await activeInterpreter(uri), byDefault];
  // The default of that setting is the bare name: the PATH says which.
  const absolute = named.find(path => path && path !== "python" && !path.includes("${"));
  return absolute || pythonOnPath(process.env);
}

async function pick(): Promise<string | null> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: t("Choose a Python that has PyTorch"),
      canSelectFiles: true,
      canSelectFolders: false,
    })) ?? [];
  if (!file) return null;
  await writeSetting(settingIds.pythonPath, file.fsPath);
  return file.fsPath;
}
