import { basename } from "node:path";
import * as vscode from "vscode";
import { connect, type Remote } from "../../shared/channel.ts";
import { t } from "../../shared/l10n.ts";
import { type Note, notesAsMarkdown } from "../../shared/notes/index.ts";
import { LARGEST_PAPER } from "../../shared/paper-failure.ts";
import { formatArxivId } from "../../shared/papers/index.ts";
import {
  type PaperAction,
  type PaperDocument,
  type PaperHost,
  type PaperPage,
  paperHostSchemas,
} from "../../shared/protocol/paper.ts";
import type {
  EquationSymbol,
  Implementations,
  OutlinedSection,
  PaperModel,
  PaperTarget,
  SymbolValue,
} from "../../shared/protocol/paper-context.ts";
import { Disposable } from "../disposable.ts";
import { commandIds } from "../ids.ts";
import { settings } from "../settings.ts";
import type { Pages } from "../webview/pages.ts";
import { webviewPort } from "../webview/port.ts";
import { type ExternalLink, externalLink } from "./external-link.ts";
import type { PaperContext } from "./paper-context.ts";
import { globLiteral, PaperNotes } from "./paper-notes.ts";
import type { PaperViews } from "./paper-views.ts";

/** A file that is being written changes several times; it is read once it has been quiet for this long, ms. */
const quietFor = 300;

/** What a paper asks of the rest of Papertrace. */
export interface PaperRequests {
  /** @param paper the one in which it was asked for. */
  openComponent(component: string, paper: vscode.Uri): void;
  /** What leads from a paper to sources, models and values. */
  readonly context: PaperContext;
}

/** One paper in one editor. */
export class PaperEditor extends Disposable implements PaperHost {
  readonly uri: vscode.Uri;
  readonly panel: vscode.WebviewPanel;
  /** The components by section, as far as the paper has been linked. */
  outline: readonly OutlinedSection[] = [];
  readonly #outlined = this.register(new vscode.EventEmitter<void>());
  readonly onDidOutline = this.#outlined.event;
  /** A mention that the page goes to as soon as it has the paper. */
  #target: PaperTarget | null = null;
  readonly #views: PaperViews;
  readonly #requests: PaperRequests;
  readonly #log: vscode.LogOutputChannel;
  readonly #page: Remote<PaperPage, PaperHost>;
  readonly #notes: PaperNotes;
  #quiet: NodeJS.Timeout | undefined;
  /** The page has asked for the paper. */
  #isUp = false;

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
    this.#notes = this.register(new PaperNotes(uri));
    this.#page = connect<PaperPage, PaperHost>(
      webviewPort(panel.webview, listener => this.register(listener)),
      this,
      paperHostSchemas,
    );
    pages.fill(panel.webview, "paper", this.name);
    this.register({ dispose: () => clearTimeout(this.#quiet) });
    this.#watch();
    this.register(
      this.#notes.onDidChange(async () => this.#tell(this.#page.setNotes(await this.#readNotes()))),
    );
  }

  override dispose(): void {
    super.dispose();
    this.#page.$close();
  }

  /** Brings the paper to the front and goes to a mention, now or as soon as the page is up. */
  async goTo(target: PaperTarget): Promise<void> {
    this.panel.reveal(undefined, false);
    if (!this.#isUp) {
      this.#target = target;
      return;
    }
    await this.#page.show(target);
  }

  /** Goes to a mention, without bringing the paper to the front. */
  show(target: PaperTarget): void {
    if (this.#isUp) this.#tell(this.#page.show(target));
  }

  setZoom(zoom: Parameters<PaperPage["setZoom"]>[0]): void {
    this.#tell(this.#page.setZoom(zoom));
  }

  setPageColors(colors: PaperDocument["pageColors"]): void {
    this.#tell(this.#page.setPageColors(colors));
  }

  act(action: PaperAction): void {
    this.#tell(this.#page.act(action));
  }

  setMentions(mode: Parameters<PaperPage["setMentions"]>[0]): void {
    this.#tell(this.#page.setMentions(mode));
  }

  async ready(): Promise<PaperDocument> {
    const document = await this.#read();
    const target = this.#target;
    this.#target = null;
    this.#isUp = true;
    return { ...document, target };
  }

  openComponent(component: string): void {
    this.#requests.openComponent(component, this.uri);
  }

  implementations(component: string): Promise<Implementations> {
    return this.#requests.context.implementations(component);
  }

  openImplementation({ component, index }: { component: string; index: number | null }): void {
    this.#requests.context.openImplementation(component, index, this.panel).catch(error => {
      this.#log.warn(`${this.name}: ${String(error)}`);
    });
  }

  model(): Promise<PaperModel | null> {
    return this.#requests.context.shownModel(this.uri);
  }

  symbol({ component, symbol }: { component: string; symbol: EquationSymbol }): Promise<SymbolValue> {
    return this.#requests.context.symbol(this.uri, component, symbol);
  }

  outlined(sections: readonly OutlinedSection[]): void {
    this.outline = sections;
    this.#outlined.fire();
  }

  linked({ pages, pagesLinked }: { pages: number; pagesLinked: number }): void {
    this.#log.debug(`${this.name}: ${pagesLinked} of ${pages} pages linked`);
  }

  openExternal(url: string): void {
    const link = externalLink(url);
    const cited = link.opens ? this.#requests.context.cited(this.uri, link.url) : null;
    if (cited) void vscode.commands.executeCommand(commandIds.openArxivPaper, formatArxivId(cited));
    else void openLink(link);
  }

  failed({ kind, message }: { kind: string; message: string }): void {
    this.#log.warn(`${this.uri.fsPath}: ${kind}: ${message}`);
  }

  saveView(view: NonNullable<PaperDocument["view"]>): void {
    void this.#views.set(this.uri, view);
  }

  putNote(note: Note): Promise<void> {
    return this.#notes.put(note);
  }

  removeNote(id: string): Promise<void> {
    return this.#notes.remove(id);
  }

  /** Opens the notes as a Markdown document that has yet to be saved. */
  async exportNotes(): Promise<void> {
    const notes = await this.#readNotes();
    const title = this.name.replace(/\.pdf$/i, "");
    const content = notesAsMarkdown(title, notes, vscode.env.language);
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
  }

  openExternally(): void {
    void vscode.env.openExternal(this.uri);
  }

  report({ message, stack }: { message: string; stack: string }): void {
    this.#log.error(`${this.name}: ${message}\n${stack}`);
  }

  get name(): string {
    return basename(this.uri.path);
  }

  async #read(): Promise<PaperDocument> {
    const { size } = await vscode.workspace.fs.stat(this.uri);
    if (size > LARGEST_PAPER)
      throw new Error(
        t(
          "{0} is larger than 512 MB and was not opened. Split it, or open it with another program.",
          this.name,
        ),
      );
    return {
      name: this.name,
      // A plain array: Node's Buffer would cross to the page as JSON.
      bytes: new Uint8Array(await vscode.workspace.fs.readFile(this.uri)),
      view: this.#views.get(this.uri),
      target: null,
      mentions: settings.mentions,
      pageColors: settings.pageColors,
      notes: await this.#readNotes(),
    };
  }

  /** A file that holds no notes keeps nobody from reading the paper. */
  async #readNotes(): Promise<Note[]> {
    try {
      return await this.#notes.read();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log.warn(message);
      void vscode.window.showWarningMessage(message);
      return [];
    }
  }

  #watch(): void {
    const folder = vscode.Uri.joinPath(this.uri, "..");
    const watcher = this.register(
      vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, globLiteral(this.name))),
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
      this.#log.warn(`${this.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** A page that is closed while it is being told something has nothing to answer. */
  #tell(answer: Promise<unknown>): void {
    answer.catch(error => {
      if (!this.isDisposed) this.#log.warn(`${this.name}: ${String(error)}`);
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
