import type { ComponentId } from "../../shared/catalogue/index.ts";
import { paperFailure, withoutText } from "../../shared/paper-failure.ts";
import type { PaperDocument, PaperPage, PaperView } from "../../shared/protocol/paper.ts";
import { mayMove } from "../kit/motion.ts";
import { countMentions, linkPdf, mentionsOf, type PlacedMention } from "./links.ts";
import { MentionLayers } from "./mention-layer.ts";
import { type OpenPdf, openPdf } from "./open-pdf.ts";
import {
  AnnotationMode,
  EventBus,
  LinkTarget,
  PDFFindController,
  PDFLinkService,
  PDFViewer,
} from "./pdfjs.ts";
import * as store from "./store.ts";

/** What the reader tells the rest of the page. */
export interface ReaderEvents {
  moved(view: PaperView): void;
  linked(progress: { pages: number; pagesLinked: number; components: Record<string, number> }): void;
  failed(kind: "not-pdf" | "encrypted" | "broken" | "empty" | "no-text", message: string): void;
}

/** A page's top margin above what is revealed, in PDF points. */
const HEADROOM = 90;
/** Scrolling reports many places; the last one is kept after this long, ms. */
const SETTLED = 300;
/** How long a revealed mention stays marked, ms. */
const FLASH = 1600;

/** pdf.js' viewer in a container, with the mentions of its paper. */
export class Reader {
  readonly bus = new EventBus();
  readonly layers: MentionLayers;
  readonly #pdfjs: string;
  readonly #events: ReaderEvents;
  readonly #viewer: InstanceType<typeof PDFViewer>;
  readonly #linkService: InstanceType<typeof PDFLinkService>;
  #open: OpenPdf | null = null;
  #work = new AbortController();
  #linked: Promise<void> = Promise.resolve();
  #restore: PaperView | null = null;
  #settled = 0;

  /** @param container scrolls and holds `viewer`, which pdf.js fills. */
  constructor(
    container: HTMLDivElement,
    viewer: HTMLDivElement,
    pdfjs: string,
    language: string,
    events: ReaderEvents,
  ) {
    this.#pdfjs = pdfjs;
    this.#events = events;
    this.#linkService = new PDFLinkService({ eventBus: this.bus, externalLinkTarget: LinkTarget.BLANK });
    const findController = new PDFFindController({ eventBus: this.bus, linkService: this.#linkService });
    this.#viewer = new PDFViewer({
      container,
      viewer,
      eventBus: this.bus,
      linkService: this.#linkService,
      findController,
      removePageBorders: true,
      annotationMode: AnnotationMode.ENABLE,
      annotationEditorMode: -1,
      enableAutoLinking: false,
    });
    this.#linkService.setViewer(this.#viewer);
    this.layers = new MentionLayers(viewer, language);
    this.#listen(container);
  }

  /** Shows a paper in place of the one before it, where the reader left it. */
  async open(paper: PaperDocument, view: PaperView | null): Promise<void> {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    try {
      const next = await openPdf(paper, this.#pdfjs);
      if (signal.aborted) return next.close();
      this.#close();
      this.#open = next;
      this.#restore = view;
      store.problem.value = null;
      store.pages.value = next.pdf.numPages;
      store.mentionMode.value = paper.mentions;
      this.#viewer.setDocument(next.pdf);
      this.#linkService.setDocument(next.pdf, null);
      store.status.value = "open";
      this.#linked = this.#link(paper.name, next, signal);
      await this.#linked;
    } catch (error) {
      if (signal.aborted) return;
      const { kind, message } = paperFailure(paper.name, error);
      this.#close();
      store.problem.value = { kind, message };
      store.status.value = "failed";
      this.#events.failed(kind, message);
    }
  }

  /** Where the reader is; null before a paper is open. */
  get view(): PaperView | null {
    return this.#lastView;
  }

  setZoom(zoom: Parameters<PaperPage["setZoom"]>[0]): void {
    if (zoom === "in") this.#viewer.increaseScale();
    else if (zoom === "out") this.#viewer.decreaseScale();
    else this.#viewer.currentScaleValue = zoom === "actual" ? "1" : zoom;
  }

  /** Scales about a point of the screen, as a pinch or a wheel does. */
  zoomAt(factor: number, x: number, y: number): void {
    this.#viewer.updateScale({ scaleFactor: factor, origin: [x, y], drawingDelay: 200 } as never);
  }

  goTo(page: number): void {
    if (page >= 1 && page <= store.pages.value) this.#viewer.currentPageNumber = page;
  }

  /** Scrolls to the first mention of a component and marks it; false if the paper has none. */
  async reveal(component: ComponentId): Promise<boolean> {
    const found = () => (store.links.value ? mentionsOf(store.links.value, component)[0] : undefined);
    if (found() === undefined) await this.#linked.catch(() => {});
    const mention = found();
    if (mention === undefined) return false;
    this.show(mention);
    return true;
  }

  /** Scrolls to a mention and marks it for a moment. */
  show(mention: PlacedMention): void {
    const [x, y] = mention.corner;
    this.#viewer.scrollPageIntoView({
      pageNumber: mention.page,
      destArray: [null, { name: "XYZ" }, Math.max(0, x - HEADROOM), y + HEADROOM, null],
      allowNegativeOffset: false,
    });
    this.layers.flash(mention, mayMove() ? FLASH : 2 * FLASH);
  }

  #lastView: PaperView | null = null;

  async #link(name: string, { pdf }: OpenPdf, signal: AbortSignal): Promise<void> {
    for await (const links of linkPdf(pdf, signal)) {
      if (signal.aborted) return;
      store.links.value = links;
      this.layers.draw(links);
      this.#events.linked({
        pages: links.pages,
        pagesLinked: links.texts.length,
        components: countMentions(links),
      });
    }
    if (signal.aborted || store.links.value?.texts.some(({ text }) => text.trim() !== "")) return;
    const { kind, message } = withoutText(name);
    store.problem.value = { kind, message };
    this.#events.failed(kind, message);
  }

  #close(): void {
    store.card.value = null;
    store.links.value = null;
    this.layers.draw(null);
    this.#viewer.setDocument(null as never);
    this.#linkService.setDocument(null as never);
    this.#open?.close();
    this.#open = null;
  }

  #listen(container: HTMLDivElement): void {
    this.bus.on("pagesinit", () => {
      this.#viewer.currentScaleValue = this.#restore?.scale ?? "page-width";
      this.#place();
    });
    // Pages of different sizes are known only now; the place is found again.
    this.bus.on("pagesloaded", () => {
      this.#place();
      this.#restore = null;
    });
    this.bus.on("pagechanging", ({ pageNumber }: { pageNumber: number }) => {
      store.page.value = pageNumber;
    });
    this.bus.on("scalechanging", ({ scale, presetValue }: { scale: number; presetValue?: string }) => {
      store.scale.value = scale;
      store.scaleValue.value = presetValue ?? String(scale);
      store.card.value = null;
    });
    this.bus.on("pagerendered", ({ pageNumber }: { pageNumber: number }) => this.layers.attach(pageNumber));
    this.bus.on("updateviewarea", ({ location }: { location: Location | null }) => {
      if (location === null) return;
      this.#lastView = {
        page: location.pageNumber,
        left: location.left,
        top: location.top,
        scale: store.scaleValue.value,
      };
      clearTimeout(this.#settled);
      this.#settled = window.setTimeout(() => {
        if (this.#lastView !== null && this.#restore === null) this.#events.moved(this.#lastView);
      }, SETTLED);
    });
    // A reader who has begun to move is not taken back.
    for (const type of ["wheel", "pointerdown", "keydown"] as const) {
      container.addEventListener(
        type,
        () => {
          this.#restore = null;
        },
        { passive: true },
      );
    }
    new ResizeObserver(() => {
      const value = this.#viewer.currentScaleValue;
      if (/^page-|^auto$/.test(String(value))) this.#viewer.currentScaleValue = value;
      this.#viewer.update();
    }).observe(container);
  }

  #place(): void {
    const view = this.#restore;
    if (view === null) return;
    this.#viewer.scrollPageIntoView({
      pageNumber: Math.min(view.page, store.pages.value),
      destArray: [null, { name: "XYZ" }, view.left, view.top, null],
      allowNegativeOffset: true,
    });
  }
}

/** What pdf.js says about where its viewer is. */
interface Location {
  readonly pageNumber: number;
  readonly left: number;
  readonly top: number;
}
