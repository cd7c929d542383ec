import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { componentName } from "../catalogue.ts";
import type { ComponentPanels } from "../component/component-panels.ts";
import { commandIds, settingIds } from "../ids.ts";
import type { PaperEditors } from "../paper/paper-editors.ts";
import { settings, writeSetting } from "../settings.ts";
import { pickComponent } from "./pick-component.ts";
import { registerCommand } from "./register.ts";

/** Opening, searching and zooming papers. */
export function registerPaperCommands(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  papers: PaperEditors,
  panels: ComponentPanels,
): void {
  registerCommand(context, log, commandIds.openPaper, async (uri?: unknown) => {
    if (uri instanceof vscode.Uri) await papers.openPaper(uri);
    else await papers.choose();
  });
  registerCommand(context, log, commandIds.findInPaper, async (asked?: unknown) => {
    const id =
      typeof asked === "string"
        ? asked
        : (panels.active?.state.component ?? (await pickComponent(t("Find in Paper"))));
    if (id !== null) await papers.find(id, componentName(id));
  });
  registerCommand(context, log, commandIds.chooseMentions, chooseMentions);
  registerCommand(context, log, commandIds.zoomIn, () => papers.current?.setZoom("in"));
  registerCommand(context, log, commandIds.zoomOut, () => papers.current?.setZoom("out"));
  registerCommand(context, log, commandIds.fitWidth, () => papers.current?.setZoom("page-width"));
  registerCommand(context, log, commandIds.fitPage, () => papers.current?.setZoom("page-fit"));
}

async function chooseMentions(): Promise<void> {
  const modes = [
    { mode: "quiet", label: t("Quiet"), description: t("a thin dotted underline") },
    { mode: "hover", label: t("Only on hover"), description: t("while the pointer is over one") },
    { mode: "off", label: t("Off"), description: t("papers look as they were printed") },
  ] as const;
  const chosen = await vscode.window.showQuickPick(
    modes.map(entry => ({
      ...entry,
      description: entry.mode === settings.mentions ? t("now · {0}", entry.description) : entry.description,
    })),
    { title: t("Show Mentions"), placeHolder: t("How names of components are shown in papers") },
  );
  if (chosen) await writeSetting(settingIds.mentions, chosen.mode);
}
