import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import {
  type ArxivId,
  arxivName,
  citationsIn,
  formatArxivId,
  isVersionOf,
} from "../../shared/papers/index.ts";
import { lineAt } from "../../shared/python/index.ts";
import { type CommandId, commandIds } from "../ids.ts";
import type { KnownPaper, PaperIndex } from "../paper/paper-index.ts";
import { paperName } from "../paper/sentences.ts";
import { documentLine, pythonSelector, sourceOf } from "../source/python-source.ts";
import { syntaxOf } from "../source/syntax.ts";

/**
 * Leads from arXiv ids and titles in docstrings and comments to the paper where its PDF is in the workspace, and from
 * other ids to arXiv.
 */
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
    const source = sourceOf(document);
    if (!source) return [];
    const syntax = syntaxOf(source.file, source.text);
    const found = citationsIn(
      syntax,
      papers.map(({ paper }) => paper.title),
    );
    return found.flatMap(({ start, end, arxiv, title }) => {
      const range = rangeIn(start, end);
      if (!range) return [];
      const here =
        arxiv === null ? papers[title!] : papers.find(each => isVersionOf(each.paper.arxiv, arxiv));
      return [here ? linkTo(here, range) : linkToArxiv(arxiv!, range)];
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
  const tooltip = t("Open {0}", paperName(known));
  return commandLink(range, commandIds.openPaper, known.uri.toString(), tooltip);
}

/** Nothing is asked of arXiv before the reader follows the link and agrees. */
function linkToArxiv(paper: ArxivId, range: vscode.Range): vscode.DocumentLink {
  const tooltip = t("Open {0}…", arxivName(paper));
  return commandLink(range, commandIds.openArxivPaper, formatArxivId(paper), tooltip);
}

function commandLink(
  range: vscode.Range,
  command: CommandId,
  argument: string,
  tooltip: string,
): vscode.DocumentLink {
  const query = encodeURIComponent(JSON.stringify([argument]));
  const link = new vscode.DocumentLink(range, vscode.Uri.parse(`command:${command}?${query}`));
  link.tooltip = tooltip;
  return link;
}
