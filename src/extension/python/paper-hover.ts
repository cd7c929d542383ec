import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { componentName } from "../catalogue.ts";
import { commandIds } from "../ids.ts";
import type { PaperIndex } from "../paper/paper-index.ts";
import { type PaperSentence, sentencesOn } from "../paper/sentences.ts";
import { settings } from "../settings.ts";
import { anyPython } from "../source/python-source.ts";
import { type HoverLink, links, plain } from "./hover-text.ts";
import type { PythonReadings } from "./python-readings.ts";

/** Papers that a hover quotes. */
const QUOTED = 2;

/** What the papers of the workspace say of the component under the pointer; nothing while they are not indexed. */
export class PaperHover implements vscode.HoverProvider {
  static register(context: vscode.ExtensionContext, index: PaperIndex, readings: PythonReadings): void {
    context.subscriptions.push(
      vscode.languages.registerHoverProvider(anyPython, new PaperHover(index, readings)),
    );
  }

  readonly #index: PaperIndex;
  readonly #readings: PythonReadings;

  constructor(index: PaperIndex, readings: PythonReadings) {
    this.#index = index;
    this.#readings = readings;
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    if (!settings.hover) return undefined;
    this.#index.start();
    const range = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*/);
    const mention = range && this.#readings.mentionAt(document, range.start);
    if (!range || !mention) return undefined;
    const sentences = sentencesOn(mention.component, this.#index.papers);
    if (sentences.length === 0) return undefined;
    const text = new vscode.MarkdownString(quotes(sentences), true);
    text.isTrusted = { enabledCommands: [commandIds.goToMention, commandIds.findInPaper] };
    const name = componentName(mention.component);
    const all: HoverLink = {
      title: t("All {0} sentences on {1}", sentences.length, name),
      command: commandIds.findInPaper,
      argument: mention.component,
    };
    if (sentences.length > 1) text.appendMarkdown(`\n\n${links([all])}`);
    return new vscode.Hover(text, range);
  }
}

/** The first sentence of each paper, those that define the component first. */
function quotes(sentences: readonly PaperSentence[]): string {
  const first = [...new Map([...sentences].reverse().map(each => [each.uri.toString(), each])).values()];
  return first
    .sort((a, b) => Number(b.defines) - Number(a.defines))
    .slice(0, QUOTED)
    .map(({ text, paper, uri, target }) => {
      const title = t("{0}, page {1}", paper, target.page);
      const link: HoverLink = {
        title,
        command: commandIds.goToMention,
        argument: { ...target, uri: uri.toString() },
      };
      return `> ${plain(text)}\n>\n> ${links([link])}`;
    })
    .join("\n\n");
}
