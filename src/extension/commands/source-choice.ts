import { basename } from "node:path";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { PanelState } from "../../shared/panel-state.ts";
import { moduleClasses, outline } from "../source/outline.ts";

/**
 * Asks which source a panel runs: the model's reference source, or an open Python file that defines modules. Undefined if
 * the reader turned away.
 */
export async function pickSource(state: PanelState): Promise<PanelState["source"] | undefined> {
  const files = vscode.workspace.textDocuments.filter(
    document => document.languageId === "python" && document.uri.scheme === "file",
  );
  const items = files.flatMap(document => {
    const classes = moduleClasses(outline(document.getText()));
    const last = classes.at(-1);
    if (!last) return [];
    const file = document.uri.fsPath;
    const here = state.source?.file === file;
    return [
      {
        label: basename(file),
        description: [here ? t("now") : "", vscode.workspace.asRelativePath(file)]
          .filter(Boolean)
          .join(" · "),
        source: { file, class: here ? state.source!.class : last.name } as PanelState["source"],
      },
    ];
  });
  const reference = { label: t("Reference source of the model"), description: "", source: null };
  const chosen = await vscode.window.showQuickPick([reference, ...items], {
    title: t("Choose Source"),
    placeHolder: t("An open Python file, or the source that belongs to the model"),
  });
  return chosen?.source;
}
