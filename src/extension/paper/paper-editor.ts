import { basename } from "node:path";
import * as vscode from "vscode";
import { connect, type Remote } from "../../shared/channel.ts";
import { t } from "../../shared/l10n.ts";
import {
  type PaperDocument,
  type PaperHost,
  type PaperPage,
  paperHostSchemas,
} from "../../shared/protocol/paper.ts";
import { Disposable } from "../disposable.ts";
import { settings } from "../settings.ts";
import type { Pages } from "../webview/pages.ts";
import { webviewPort } from "../webview/port.ts";
import { type ExternalLink, externalLink } from "./external-link.ts";
import type { PaperViews } from "./paper-views.ts";

/** Largest file that is opened, bytes: it is held in memory on both sides. */
const sizeLimit = 512 * 2 ** 20;

/** A file that is being written changes several times; it is read once it has been quiet for this long, ms. */
const quietFor = 300;

/** What a paper asks of the rest of Papertrace. */
export interface PaperRequests {
  openComponent(component: string, beside: vscode.WebviewPanel): void;
}

/** One paper in one editor. */
export class PaperEditor extends Disposable implements PaperHost {
  readonly uri: vscode.Uri;
  readonly panel: vscode.WebviewPanel;
  /** Number of mentions of each component, as far as the paper has been linked. */
  components: Readonly<Record<string, number>> = {};
  readonly #views: PaperViews;
  readonly #requests: PaperRequests;
  readonly #log: vscode.LogOutputChannel;
  readonly #page: Remote<PaperPage, PaperHost>;
  #quiet: NodeJS.Timeout | undefined;

  constructor(
    uri: vscode.Uri,
    panel: vscode.WebviewPanel,
    pages: Pages,
    views: PaperViews,
    requests: PaperRequests,
    log: vscode.LogOutputChannel,
  ) {
    super();
    this.uri = uri;
    this.panel = panel;
    this.#views = views;
    this.#requests = requests;
    this.#log = log;
    this.#page = connect<PaperPage, PaperHost>(
      webviewPort(panel.webview, listener => this.register(listener)),
      this,
      paperHostSchemas,
    );
    pages.fill(panel.webview, "paper", this.#name);
    this.register({ dispose: () => clearTimeout(this.#quiet) });
    this.#watch();
  }

  override dispose(): void {
    super.dispose();
    this.#page.$close();
  }

  /** Brings the paper to the front, scrolls to the first mention of a component and flashes it; false if there is none. */
  async reveal(component: string): Promise<boolean> {
    this.panel.reveal(undefined, false);
    return await this.#page.reveal(component);
  }

  setZoom(zoom: Parameters<PaperPage["setZoom"]>[0]): void {
    this.#tell(this.#page.setZoom(zoom));
  }

  setMentions(mode: Parameters<PaperPage["setMentions"]>[0]): void {
    this.#tell(this.#page.setMentions(mode));
  }

  async ready(): Promise<PaperDocument> {
    return await this.#read();
  }

  openComponent({ component }: { component: string }): void {
    this.#requests.openComponent(component, this.panel);
  }

  linked(progress: { pages: number; pagesLinked: number; components: Record<string, number> }): void {
    this.components = progress.components;
    this.#log.debug(`${this.#name}: ${progress.pagesLinked} of ${progress.pages} pages linked`);
  }

  openExternal(url: string): void {
    void openLink(externalLink(url));
  }

  failed({ kind, message }: { kind: string; message: string }): void {
    this.#log.warn(`${this.uri.fsPath}: ${kind}: ${message}`);
  }

  saveView(view: NonNullable<PaperDocument["view"]>): void {
    void this.#views.set(this.uri, view);
  }

  report({ message, stack }: { message: string; stack: string }): void {
    this.#log.error(`${this.#name}: ${message}\n${stack}`);
  }

  get #name(): string {
    return basename(this.uri.path);
  }

  async #read(): Promise<PaperDocument> {
    const { size } = await vscode.workspace.fs.stat(this.uri);
    if (size > sizeLimit) throw new Error(t("{0} is larger than 512 MB and was not opened.", this.#name));
    return {
      name: this.#name,
      // A plain array: Node's Buffer would cross to the page as JSON.
      bytes: new Uint8Array(await vscode.workspace.fs.readFile(this.uri)),
      view: this.#views.get(this.uri),
      mentions: settings.mentions,
    };
  }

  #watch(): void {
    const folder = vscode.Uri.joinPath(this.uri, "..");
    const watcher = this.register(
      vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, globLiteral(this.#name))),
    );
    const changed = () => {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => void this.#reload(), quietFor);
    };
    this.register(watcher.onDidChange(changed));
    this.register(watcher.onDidCreate(changed));
  }

  async #reload(): Promise<void> {
    try {
      const document = await this.#read();
      // A half-written file has no bytes yet; the last change brings another event.
      if (document.bytes.length > 0) this.#tell(this.#page.reload(document));
    } catch (error) {
      this.#log.warn(`${this.#name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** A page that is closed while it is being told something has nothing to answer. */
  #tell(answer: Promise<unknown>): void {
    answer.catch(error => {
      if (!this.isDisposed) this.#log.warn(`${this.#name}: ${String(error)}`);
    });
  }
}

async function openLink(link: ExternalLink): Promise<void> {
  if (link.opens) {
    await vscode.env.openExternal(vscode.Uri.parse(link.url));
    return;
  }
  const copy = t("Copy");
  const message = t("This link does not lead to a web page and was not opened: {0}", link.url);
  if ((await vscode.window.showInformationMessage(message, copy)) === copy)
    await vscode.env.clipboard.writeText(link.url);
}

/** A file name that a glob pattern takes literally. */
function globLiteral(name: string): string {
  return name.replaceAll(/[[\]{}*?]/g, "[$&]");
}
