import { basename } from "node:path";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { IndexedMention, IndexedPaper } from "../../shared/papers/index.ts";
import type { PaperTarget } from "../../shared/protocol/paper-context.ts";
import type { KnownPaper } from "./paper-index.ts";

/** A sentence of a paper that speaks of a component. */
export interface PaperSentence {
  readonly uri: vscode.Uri;
  /** Title of the paper, or the name of its file. */
  readonly paper: string;
  readonly text: string;
  /** Whether it says what the component is. */
  readonly defines: boolean;
  readonly target: PaperTarget;
}

/** The sentences that speak of a component, paper by paper: the one that defines it first, then as they are read. */
export function sentencesOn(component: string, papers: readonly KnownPaper[]): PaperSentence[] {
  return papers.flatMap(({ uri, paper }) => {
    const defining = paper.mentions[paper.definitions[component] ?? -1];
    const seen = new Set<number>();
    const ordered = [...(defining ? [defining] : []), ...paper.mentions];
    return ordered.flatMap(mention => {
      if (mention.component !== component || seen.has(mention.sentence)) return [];
      seen.add(mention.sentence);
      return [sentenceOf(uri, paper, mention, mention === defining)];
    });
  });
}

/** How a list calls a paper. */
export function paperName({ uri, paper }: KnownPaper): string {
  return paper.title ?? basename(uri.path);
}

function sentenceOf(
  uri: vscode.Uri,
  paper: IndexedPaper,
  { component, page, start, surface, sentence }: IndexedMention,
  defines: boolean,
): PaperSentence {
  const around = paper.sentences[sentence];
  return {
    uri,
    paper: paperName({ uri, paper }),
    text: around?.text ?? surface,
    defines,
    target: { component, page, start, sentence: around ? [around.start, around.end] : null },
  };
}

type SentenceItem = vscode.QuickPickItem & { readonly sentence?: PaperSentence };

/**
 * Lets the reader choose among sentences, paper by paper; undefined if the reader turned away.
 * @param preview shows a sentence while it is the one that would be chosen.
 */
export async function pickSentence(
  name: string,
  sentences: readonly PaperSentence[],
  preview: (sentence: PaperSentence) => void,
): Promise<PaperSentence | undefined> {
  const papers = new Set(sentences.map(({ uri }) => uri.toString())).size;
  const pick = vscode.window.createQuickPick<SentenceItem>();
  pick.title = t("{0} · sentences: {1}, papers: {2}", name, sentences.length, papers);
  pick.placeholder = t("Sentence to go to");
  pick.matchOnDescription = true;
  pick.items = itemsOf(sentences);
  pick.onDidChangeActive(([active]) => {
    if (active?.sentence) preview(active.sentence);
  });
  return await new Promise(resolve => {
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.sentence);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function itemsOf(sentences: readonly PaperSentence[]): SentenceItem[] {
  const items: SentenceItem[] = [];
  let paper: string | null = null;
  for (const sentence of sentences) {
    if (sentence.uri.toString() !== paper) {
      paper = sentence.uri.toString();
      items.push({ label: sentence.paper, kind: vscode.QuickPickItemKind.Separator });
    }
    // A long sentence is cut at its end, so the page comes first.
    const page = t("p. {0}", sentence.target.page);
    items.push({
      label: `${sentence.defines ? "$(book) " : ""}${page} · ${literal(sentence.text)}`,
      description: sentence.defines ? t("says what it is") : "",
      sentence,
    });
  }
  return items;
}

/** A text of a paper as a label that holds no icon. */
function literal(text: string): string {
  return text.replaceAll("$(", "$ (");
}
