import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import {
  type ArxivId,
  arxivIdAt,
  arxivIdOf,
  formatArxivId,
  parseArxivId,
} from "../../shared/papers/index.ts";
import { commandIds } from "../ids.ts";
import type { ArxivPapers } from "../paper/arxiv-papers.ts";
import { registerCommand } from "./register.ts";

/** "Open arXiv Paper…": by an id that is given, or asked for. */
export function registerArxivCommand(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  papers: ArxivPapers,
): void {
  registerCommand(context, log, commandIds.openArxivPaper, async (asked?: unknown) => {
    const given = typeof asked === "string" ? arxivIdOf(asked) : null;
    const paper = given ?? (await askForPaper());
    if (paper) await papers.open(paper);
  });
}

async function askForPaper(): Promise<ArxivId | null> {
  const suggested = paperAtCursor() ?? arxivIdOf(await copiedText());
  const typed = await vscode.window.showInputBox({
    title: t("Open arXiv Paper"),
    prompt: t("Id or address. Nothing is downloaded before you confirm."),
    placeHolder: "1706.03762",
    value: suggested ? formatArxivId(suggested) : "",
    // Nobody has made a mistake yet where nothing is written.
    validateInput: text => (text.trim() === "" ? null : problemOf(text)),
  });
  return typed === undefined ? null : arxivIdOf(typed);
}

function problemOf(text: string): string | null {
  const parsed = parseArxivId(text);
  return "problem" in parsed ? parsed.problem : null;
}

/** The paper that is selected in the editor in front, or whose id is under its cursor; null for none. */
function paperAtCursor(): ArxivId | null {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return null;
  const { document, selection } = editor;
  if (!selection.isEmpty) return arxivIdOf(document.getText(selection));
  return arxivIdAt(document.lineAt(selection.active.line).text, selection.active.character);
}

/** What was copied, for a suggestion; in a browser none, which would first ask whether the clipboard may be read. */
async function copiedText(): Promise<string> {
  return vscode.env.uiKind === vscode.UIKind.Desktop ? await vscode.env.clipboard.readText() : "";
}
