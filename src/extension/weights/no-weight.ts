import { basename } from "node:path";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { settings } from "../settings.ts";
import type { SourceState } from "../tracing/background-traces.ts";

/** Why no weight is known behind a line, and what a reader can do about it. Lines count from 0. */
export function whyNoWeight(
  document: vscode.TextDocument | undefined,
  state: SourceState | null,
  line: number,
): string {
  if (document?.languageId !== "python")
    return t("Open a Python file and put the cursor on a line that makes a module to go to its weight.");
  const name = basename(state?.file ?? document.uri.path);
  if (!vscode.workspace.isTrusted)
    return t("This workspace is not trusted, so its code is not run. Trust it and run again.");
  if (state?.busy) return t("{0} is being traced. Try again when its shapes are shown.", name);
  if (!settings.traceOnOpen)
    return t("{0} was not traced. Turn on the setting papertrace.traceOnOpen, then try again.", name);
  if (!state?.current) {
    const problem = state?.problems[0];
    if (problem)
      return t("{0} could not be traced, so its weights are not known: {1}", name, problem.message);
    return t("Nothing in {0} is traced: it defines no class that inherits from nn.Module.", name);
  }
  const now = document.lineAt(Math.min(line, document.lineCount - 1)).text;
  if (!state.current.lines.includes(now))
    return t("Line {0} has changed since {1} was last traced. Try again once it traces.", line + 1, name);
  return t(
    "Line {0} of {1} neither makes a weight nor calls a module that has one. Put the cursor on a line that makes a module.",
    line + 1,
    name,
  );
}
