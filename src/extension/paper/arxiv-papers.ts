import { homedir } from "node:os";
import { basename, resolve } from "node:path";
import * as vscode from "vscode";
import { userCache } from "../../runtime/models/cache.ts";
import { DownloadError } from "../../runtime/models/connection.ts";
import { addFromArxiv, paperIn } from "../../runtime/paper/add-from-arxiv.ts";
import { arxivEndpoint, arxivPage } from "../../runtime/paper/arxiv.ts";
import { t } from "../../shared/l10n.ts";
import { type ArxivId, arxivIdOfFile, arxivName, isVersionOf } from "../../shared/papers/index.ts";
import { agreesToDownloadOr } from "../download-consent.ts";
import { withProgress } from "../progress.ts";
import { settings } from "../settings.ts";
import type { PaperEditors } from "./paper-editors.ts";
import type { PaperIndex } from "./paper-index.ts";

/** A PDF of this machine that bears the id of the paper that is asked for. */
interface Copy {
  readonly uri: vscode.Uri;
  readonly arxiv: ArxivId | null;
}

/** Papers by their arXiv id: opened where they are here, downloaded once the reader agrees. */
export class ArxivPapers {
  readonly #index: PaperIndex;
  readonly #papers: PaperEditors;
  readonly #log: vscode.LogOutputChannel;
  readonly #titleOf: (path: string, signal: AbortSignal) => Promise<string | null>;

  /** @param titleOf the title that a PDF shows. */
  constructor(
    index: PaperIndex,
    papers: PaperEditors,
    log: vscode.LogOutputChannel,
    titleOf: (path: string, signal: AbortSignal) => Promise<string | null>,
  ) {
    this.#index = index;
    this.#papers = papers;
    this.#log = log;
    this.#titleOf = titleOf;
  }

  /** Opens a paper; asks before it is downloaded, and does nothing where the reader turns away. */
  async open(paper: ArxivId): Promise<void> {
    const copies = await this.#copies(paper);
    const here = copies.find(({ arxiv }) => isVersionOf(arxiv, paper));
    const uri = here?.uri ?? (await this.#download(paper, copies[0] ?? null));
    if (uri) await this.#papers.openPaper(uri);
  }

  /** The copies of a paper, in any version: known by their files' names, or by what is printed on them. */
  async #copies(paper: ArxivId): Promise<Copy[]> {
    const named = await this.#named(paper);
    const isHere = ({ arxiv }: Copy) => isVersionOf(arxiv, paper);
    if (named.some(isHere)) return named;
    // Reading takes a while the first time; who does not want to wait is asked about the download.
    if (!this.#indexed(paper).some(isHere)) await this.#index.complete();
    return [...this.#indexed(paper), ...named];
  }

  #indexed({ id }: ArxivId): Copy[] {
    return this.#index.papers
      .map(({ uri, paper }) => ({ uri, arxiv: paper.arxiv }))
      .filter(({ arxiv }) => arxiv?.id === id);
  }

  async #named(paper: ArxivId): Promise<Copy[]> {
    const kept = await Promise.all([defaultFolder(), userCache().pdfs].map(folder => paperIn(folder, paper)));
    const files = kept.flatMap(path => (path === null ? [] : [vscode.Uri.file(path)]));
    return [...(await this.#index.files()), ...files]
      .map(uri => ({ uri, arxiv: arxivIdOfFile(basename(uri.path)) }))
      .filter(({ arxiv }) => arxiv?.id === paper.id);
  }

  /** @param other a copy of another version, or of one that is not known. */
  async #download(paper: ArxivId, other: Copy | null): Promise<vscode.Uri | null> {
    const folder = defaultFolder();
    const host = new URL(arxivEndpoint()).host;
    const name = arxivName(paper);
    const browse = t("Open in Browser");
    const elsewhere = t("Other Folder…");
    const instead = t("Open That One");
    const message = t("Download {0}?", name);
    const detail = t("Its PDF is downloaded from {0} and kept in {1}.", host, folder);
    const answer = await (other === null
      ? agreesToDownloadOr(message, detail, [elsewhere, browse])
      : agreesToDownloadOr(message, `${detail}\n\n${aboutCopy(other)}`, [instead, elsewhere, browse]));
    switch (answer) {
      case true:
        return await this.#fetch(paper, folder);
      case elsewhere: {
        const chosen = await chooseFolder(name);
        return chosen === null ? null : await this.#fetch(paper, chosen);
      }
      case browse:
        return await browseTo(paper);
      case instead:
        return other?.uri ?? null;
      default:
        return null;
    }
  }

  async #fetch(paper: ArxivId, folder: string): Promise<vscode.Uri | null> {
    const title = t("Opening {0}", arxivName(paper));
    try {
      const path = await withProgress(title, (onProgress, signal) =>
        addFromArxiv(paper, { folder, signal, onProgress, titleOf: file => this.#titleOf(file, signal) }),
      );
      return path === undefined ? null : vscode.Uri.file(path);
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      this.#log.error(error);
      const [again, browse] = [t("Try Again"), t("Open in Browser")];
      const answer = await vscode.window.showErrorMessage(error.message, again, browse);
      if (answer === again) return await this.#fetch(paper, folder);
      return answer === browse ? await browseTo(paper) : null;
    }
  }
}

async function browseTo(paper: ArxivId): Promise<null> {
  await vscode.env.openExternal(vscode.Uri.parse(arxivPage(paper)));
  return null;
}

function aboutCopy({ uri, arxiv }: Copy): string {
  const name = basename(uri.path);
  const version = arxiv?.version ?? null;
  return version === null
    ? t("{0}, which is here, does not say its version.", name)
    : t("{0}, which is here, is version {1}.", name, version);
}

/** The setting's folder, in the workspace folder of the file in front if there are several; without one, the cache's. */
function defaultFolder(): string {
  const document = vscode.window.activeTextEditor?.document.uri;
  const inFront = document && vscode.workspace.getWorkspaceFolder(document);
  const folders = [...(inFront ? [inFront] : []), ...(vscode.workspace.workspaceFolders ?? [])];
  const local = folders.find(({ uri }) => uri.scheme === "file");
  return local ? resolve(local.uri.fsPath, settings.papersFolder) : userCache().pdfs;
}

async function chooseFolder(name: string): Promise<string | null> {
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: t("Folder for {0}", name),
      openLabel: t("Download Here"),
      defaultUri: workspace ?? vscode.Uri.file(homedir()),
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  return chosen?.fsPath ?? null;
}
