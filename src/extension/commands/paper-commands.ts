import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { commandIds, settingIds } from "../ids.ts";
import type { PaperEditors } from "../paper/paper-editors.ts";
import type { PaperIndex } from "../paper/paper-index.ts";
import { settings, writeSetting } from "../settings.ts";
import { registerCommand } from "./register.ts";

/** Opening papers, and what their pages do on command. */
export function registerPaperCommands(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  papers: PaperEditors,
  index: PaperIndex,
): void {
  registerCommand(context, log, commandIds.openPaper, async (asked?: unknown) => {
    const cited = index.papers.find(({ uri }) => uri.toString() === asked)?.uri;
    const uri = asked instanceof vscode.Uri ? asked : cited;
    if (uri) await papers.openPaper(uri);
    else await papers.choose();
  });
  registerCommand(context, log, commandIds.chooseMentions, chooseMentions);
  registerCommand(context, log, commandIds.zoomIn, () => papers.current?.setZoom("in"));
  registerCommand(context, log, commandIds.zoomOut, () => papers.current?.setZoom("out"));
  registerCommand(context, log, commandIds.fitWidth, () => papers.current?.setZoom("page-width"));
  registerCommand(context, log, commandIds.fitPage, () => papers.current?.setZoom("page-fit"));
  registerCommand(context, log, commandIds.actualSize, () => papers.current?.setZoom("actual"));
  registerCommand(context, log, commandIds.cancelIndexing, () => index.cancel());
  for (const [id, action] of ACTIONS) registerCommand(context, log, id, () => papers.current?.act(action));
  registerCommand(context, log, commandIds.exportNotes, () => papers.current?.exportNotes());
  registerCommand(context, log, commandIds.openExternally, () => papers.current?.openExternally());
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

/** Commands that a paper's page carries out itself. */
const ACTIONS = [
  [commandIds.findText, "find"],
  [commandIds.paperBack, "back"],
  [commandIds.paperForward, "forward"],
  [commandIds.turnRight, "rotate-right"],
  [commandIds.turnLeft, "rotate-left"],
  [commandIds.twoPages, "two-pages"],
  [commandIds.showComponents, "components"],
  [commandIds.showPaperOutline, "outline"],
  [commandIds.showPages, "pages"],
  [commandIds.showNotes, "notes"],
  [commandIds.highlightPassage, "highlight"],
  [commandIds.addNote, "note"],
] as const;
