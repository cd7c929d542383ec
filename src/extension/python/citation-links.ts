import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { citationsIn } from "../../shared/papers/index.ts";
import { lineAt } from "../../shared/python/index.ts";
import { commandIds } from "../ids.ts";
import type { KnownPaper, PaperIndex } from "../paper/paper-index.ts";
import { paperName } from "../paper/sentences.ts";
import { documentLine, pythonSelector, sourceOf } from "../source/python-source.ts";
import { syntaxOf } from "../source/syntax.ts";

/** Leads from arXiv ids and titles in docstrings and comments to the paper, where its PDF is in the workspace. */
export class CitationLinks implements vscode.DocumentLinkProvider {
  static register(context: vscode.ExtensionContext, index: PaperIndex): void {
    const register = () =>
      vscode.languages.registerDocumentLinkProvider(pythonSelector, new CitationLinks(index));
    let provider = register();
    context.subscriptions.push(
      { dispose: () => provider.dispose() },
      // Editors ask for links again when a provider comes.
      index.onDidChange(() => {
        if (index.isBusy) return;
        provider.dispose();
        provider = register();
      }),
    );
  }

  readonly #index: PaperIndex;

  constructor(index: PaperIndex) {
    this.#index = index;
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    this.#index.start();
    const papers = this.#index.papers;
    const source = papers.length > 0 ? sourceOf(document) : null;
    if (!source) return [];
    const syntax = syntaxOf(source.file, source.text);
    const found = citationsIn(
      syntax,
      papers.map(({ paper }) => paper.title),
    );
    return found.flatMap(({ start, end, arxiv, title }) => {
      const paper = title === null ? papers.find(each => each.paper.arxiv === arxiv) : papers[title];
      const range = paper && rangeIn(start, end);
      return range ? [linkTo(paper, range)] : [];
    });

    function rangeIn(start: number, end: number): vscode.Range | null {
      const from = positionOf(start);
      const to = positionOf(end);
      return from && to ? new vscode.Range(from, to) : null;
    }

    function positionOf(at: number): vscode.Position | null {
      const line = lineAt(syntax, at);
      const place = documentLine(source!, line);
      if (place?.document !== document) return null;
      return new vscode.Position(place.line, at - syntax.lineStarts[line]!);
    }
  }
}

function linkTo(known: KnownPaper, range: vscode.Range): vscode.DocumentLink {
  const query = encodeURIComponent(JSON.stringify([known.uri.toString()]));
  const link = new vscode.DocumentLink(range, vscode.Uri.parse(`command:${commandIds.openPaper}?${query}`));
  link.tooltip = t("Open {0}", paperName(known));
  return link;
}
