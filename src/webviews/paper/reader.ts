import { t } from "../../shared/l10n.ts";
import { type PaperFailureKind, paperFailure, withoutText } from "../../shared/paper-failure.ts";
import type { PaperDocument, PaperView } from "../../shared/protocol/paper.ts";
import { linkPdf } from "./links.ts";
import { type OpenPdf, openPdf, watchWorker } from "./open-pdf.ts";
import { headingsOf, outlineOf } from "./outline.ts";
import { Pace } from "./pace.ts";
import { PagesView } from "./pages-view.ts";
import * as store from "./store.ts";

/** What the reader tells the rest of the page. */
export interface ReaderEvents {
  moved(view: PaperView): void;
  linked(progress: { pages: number; pagesLinked: number }): void;
  failed(kind: PaperFailureKind, message: string): void;
}

/** pdf.js' viewer in a container, with the mentions of its paper. */
export class Reader extends PagesView {
  readonly #pdfjs: string;
  readonly #events: ReaderEvents;
  #open: OpenPdf | null = null;
  #work = new AbortController();
  #linked: Promise<void> = Promise.resolve();
  /** The password that opened the paper of this name, for when it changes on disk. */
  #password: { readonly name: string; readonly password: string } | null = null;

  /** @param container scrolls and holds `viewer`, which pdf.js fills. */
  constructor(
    container: HTMLDivElement,
    viewer: HTMLDivElement,
    pdfjs: string,
    language: string,
    events: ReaderEvents,
  ) {
    super(container, viewer, pdfjs, language, view => events.moved(view));
    this.#pdfjs = pdfjs;
    this.#events = events;
  }

  /** Shows a paper in place of the one before it, where the reader left it. */
  async open(paper: PaperDocument, view: PaperView | null): Promise<void> {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    const fail = (error: unknown) => {
      if (signal.aborted) return;
      const { kind, message } = paperFailure(paper.name, error);
      this.#work.abort();
      this.#close();
      store.problem.value = { kind, message };
      store.status.value = "failed";
      this.#events.failed(kind, message);
    };
    try {
      const next = await openPdf(paper, this.#pdfjs, wrong => this.#askPassword(paper.name, wrong), signal);
      if (signal.aborted) return next.close();
      this.#close();
      this.#open = next;
      store.problem.value = null;
      store.pages.value = next.pdf.numPages;
      store.mentionMode.value = paper.mentions;
      store.pageColors.value = paper.pageColors;
      store.notes.value = paper.notes;
      this.showDocument(next.pdf, view);
      store.status.value = "open";
      watchWorker(paper.name, next.pdf, fail, signal);
      this.#linked = this.#link(paper.name, next, signal);
      await this.#linked;
    } catch (error) {
      fail(error);
    }
  }

  /** Gives up a paper that is being opened. */
  cancel(name: string): void {
    if (store.status.value !== "loading") return;
    this.#work.abort();
    store.password.value = null;
    store.problem.value = { kind: null, message: t("{0} was not opened: it was cancelled.", name) };
    store.status.value = "failed";
  }

  /** Resolves when the whole paper has been read and linked. */
  get linked(): Promise<void> {
    return this.#linked.catch(() => {});
  }

  async #askPassword(name: string, wrong: boolean): Promise<string | null> {
    if (!wrong && this.#password?.name === name) return this.#password.password;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    store.password.value = { name, wrong, answer: resolve };
    const password = await promise;
    store.password.value = null;
    this.#password = password === null ? null : { name, password };
    return password;
  }

  async #link(name: string, { pdf }: OpenPdf, signal: AbortSignal): Promise<void> {
    const pace = new Pace(() => this.isDrawing, signal);
    await pace.rest();
    const outline = await outlineOf(pdf).catch(() => []);
    if (signal.aborted) return;
    store.outline.value = outline.length > 0 ? outline : null;
    for await (const links of linkPdf(pdf, pace)) {
      if (signal.aborted) return;
      store.links.value = links;
      this.layers.draw(links);
      await pace.rest();
      this.#events.linked({ pages: links.pages, pagesLinked: links.texts.length });
    }
    if (signal.aborted) return;
    if (outline.length === 0) store.outline.value = store.links.value ? headingsOf(store.links.value) : [];
    if (store.links.value?.texts.some(({ text }) => text.trim() !== "")) return;
    const { kind, message } = withoutText(name);
    store.problem.value = { kind, message };
    this.#events.failed(kind, message);
  }

  #close(): void {
    store.card.value = null;
    store.links.value = null;
    store.outline.value = null;
    this.history.clear();
    this.layers.draw(null);
    this.showDocument(null, null);
    this.#open?.close();
    this.#open = null;
  }
}
