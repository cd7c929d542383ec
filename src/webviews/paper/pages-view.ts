import { t } from "../../shared/l10n.ts";
import type { PageColors, PaperPage, PaperView } from "../../shared/protocol/paper.ts";
import { mayMove } from "../kit/motion.ts";
import { watchAnnotations } from "./annotations.ts";
import { markDamaged } from "./damaged-page.ts";
import { flashDestination } from "./destination.ts";
import { ReadingHistory } from "./history.ts";
import type { Place, PlacedMention } from "./links.ts";
import { MentionLayers } from "./mention-layer.ts";
import { NoteLayers } from "./note-layer.ts";
import { layPictures, takeOffWords } from "./page-colors.ts";
import {
  AnnotationMode,
  EventBus,
  LinkTarget,
  type PDFDocumentProxy,
  PDFFindController,
  PDFLinkService,
  PDFViewer,
  RenderingStates,
  SpreadMode,
} from "./pdfjs.ts";
import * as store from "./store.ts";
import { drawThumbnail } from "./thumbnail.ts";

/** A page's top margin above what is revealed, in PDF points. */
const HEADROOM = 90;
/** Scrolling reports many places; the last one is kept after this long, ms. */
const SETTLED = 300;
/** How long a revealed mention stays marked, ms. */
const FLASH = 1600;
/** How long a paper's first page is waited for before anything else is done with it, ms. */
const FIRST_PAGE = 2_000;
/** Where pictures are is noted, but none is laid into the text to be saved: no picture has this many pixels a side. */
const NO_PICTURE = 1e9;

/** pdf.js' viewer in a container: pages, how they are laid out, and the ways from one place to another. */
export class PagesView {
  readonly bus = new EventBus();
  readonly layers: MentionLayers;
  readonly noteLayers: NoteLayers;
  readonly history: ReadingHistory;
  readonly #viewer: InstanceType<typeof PDFViewer>;
  readonly #linkService: InstanceType<typeof PDFLinkService>;
  readonly #moved: (view: PaperView) => void;
  #pdf: PDFDocumentProxy | null = null;
  #restore: PaperView | null = null;
  #lastView: PaperView | null = null;
  #settled = 0;
  /** No page of it has been drawn, nor has time gone by in which one would be. */
  #isNew = false;

  /**
   * @param container scrolls and holds `viewer`, which pdf.js fills.
   * @param pdfjs address of pdfjs-dist's folder, ending in "/".
   * @param moved is told where the reader is, once they rest there.
   */
  constructor(
    container: HTMLDivElement,
    viewer: HTMLDivElement,
    pdfjs: string,
    language: string,
    moved: (view: PaperView) => void,
  ) {
    this.#moved = moved;
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
      imageResourcesPath: `${pdfjs}web/images/`,
      enableAutoLinking: false,
    });
    this.history = new ReadingHistory(
      () => this.#lastView,
      view => this.#scrollTo(view),
      (page, destination) => flashDestination(this, page, destination),
    );
    this.#linkService.setViewer(this.#viewer);
    this.#linkService.setHistory(this.history as never);
    this.layers = new MentionLayers(language);
    this.noteLayers = new NoteLayers(viewer);
    watchAnnotations(container, this.bus, language);
    this.#listen(container);
  }

  /** Where the reader is; null before a paper is open. */
  get view(): PaperView | null {
    return this.#lastView;
  }

  /** Whether a page that is to be seen, now or next, is still being drawn; never in a window that is hidden, which draws nothing. */
  protected get isDrawing(): boolean {
    if (document.hidden || this.#pdf === null) return false;
    const views = [...this.#viewer.getCachedPageViews()];
    return this.#isNew || views.some(view => view.renderingState === RenderingStates.RUNNING);
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
    if (!(page >= 1 && page <= store.pages.value)) return;
    this.#leave();
    this.#viewer.currentPageNumber = page;
  }

  /** Follows a destination of the PDF's own outline. */
  goToDestination(destination: string | readonly unknown[]): void {
    this.#restore = null;
    void this.#linkService.goToDestination(destination as never);
  }

  /** Turns all pages by a quarter. */
  turn(degrees: 90 | -90): void {
    this.#viewer.pagesRotation = (this.#viewer.pagesRotation + degrees + 360) % 360;
  }

  /** Lays pages out side by side, from the first on, since papers have no cover; or one under the other. */
  setTwoPages(on: boolean): void {
    store.twoPages.value = on;
    this.#viewer.spreadMode = on ? SpreadMode.ODD : SpreadMode.NONE;
    // Pages side by side fit the width only when it is measured anew.
    this.#viewer.currentScaleValue = this.#viewer.currentScaleValue;
  }

  setPageColors(colors: PageColors): void {
    const before = store.pageColors.value;
    store.pageColors.value = colors;
    // Where pictures are is noted while pages are drawn; pages drawn before are drawn again.
    if (before !== colors && this.#pdf !== null) this.showDocument(this.#pdf, this.#lastView);
  }

  /** Width and height of a page as it is turned, PDF points. */
  pageSize(page: number): { readonly width: number; readonly height: number } {
    const viewport = this.#viewer.getPageView(page - 1)?.viewport;
    return viewport === undefined
      ? { width: 612, height: 792 }
      : { width: viewport.width / viewport.scale, height: viewport.height / viewport.scale };
  }

  /** A page in small, `width` CSS pixels wide; null where it cannot be drawn or is no longer wanted. */
  async thumbnail(page: number, width: number, signal: AbortSignal): Promise<HTMLCanvasElement | null> {
    if (this.#pdf === null) return null;
    return await drawThumbnail(this.#pdf, page, width, store.rotation.value, this.bus, signal);
  }

  /** Scrolls to a mention and marks it for a moment. */
  show(mention: PlacedMention): void {
    this.showPlace(mention);
    this.layers.flash(mention, mayMove() ? FLASH : 2 * FLASH);
  }

  /** Scrolls to a part of a page. */
  showPlace({ page, corner: [x, y] }: Place): void {
    this.#leave();
    this.#viewer.scrollPageIntoView({
      pageNumber: page,
      destArray: [null, { name: "XYZ" }, Math.max(0, x - HEADROOM), y + HEADROOM, null],
      allowNegativeOffset: false,
    });
  }

  /** Lays a paper out, where it was left; null takes it away. */
  protected showDocument(pdf: PDFDocumentProxy | null, view: PaperView | null): void {
    this.#pdf = pdf;
    this.#isNew = true;
    setTimeout(() => {
      if (this.#pdf === pdf) this.#isNew = false;
    }, FIRST_PAGE);
    this.#restore = view;
    this.#viewer.imagesRightClickMinSize = store.pageColors.value === "never" ? -1 : NO_PICTURE;
    this.#viewer.setDocument(pdf as never);
    this.#linkService.setDocument(pdf as never, null);
  }

  #listen(container: HTMLDivElement): void {
    this.bus.on("pagesinit", () => {
      namePages(container);
      this.#viewer.pagesRotation = this.#restore?.rotation ?? 0;
      this.#viewer.currentScaleValue = this.#restore?.scale ?? "page-width";
      this.setTwoPages(this.#restore?.twoPages ?? false);
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
    this.bus.on("rotationchanging", ({ pagesRotation }: { pagesRotation: number }) => {
      store.rotation.value = pagesRotation;
      store.card.value = null;
      this.layers.turn(pagesRotation);
    });
    this.bus.on("pagerendered", ({ source, pageNumber, isDetailView, error }: RenderedPage) => {
      if (isDetailView) return;
      this.#isNew = false;
      if (store.pageColors.value !== "never") {
        layPictures(source.div, source.canvas, source.imageCoordinates);
        takeOffWords(source.div);
      }
      markDamaged(source.div, pageNumber, error);
      this.layers.attach(pageNumber);
      this.noteLayers.attach(pageNumber);
    });
    this.bus.on("textlayerrendered", ({ source }: RenderedPage) => takeOffWords(source.div));
    this.bus.on("updateviewarea", ({ location }: { location: Location | null }) => {
      if (location === null) return;
      this.#lastView = {
        page: location.pageNumber,
        left: location.left,
        top: location.top,
        scale: store.scaleValue.value,
        rotation: store.rotation.value,
        twoPages: store.twoPages.value,
      };
      clearTimeout(this.#settled);
      this.#settled = window.setTimeout(() => {
        if (this.#lastView !== null && this.#restore === null) this.#moved(this.#lastView);
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

  /** The reader goes elsewhere, and is not taken back to where the paper was left. */
  #leave(): void {
    this.#restore = null;
    this.history.leave();
  }

  #place(): void {
    if (this.#restore !== null) this.#scrollTo(this.#restore);
  }

  #scrollTo(view: PaperView): void {
    this.#viewer.scrollPageIntoView({
      pageNumber: Math.min(view.page, store.pages.value),
      destArray: [null, { name: "XYZ" }, view.left, view.top, null],
      allowNegativeOffset: true,
    });
  }
}

/** pdf.js names its pages in English; they are named in the language of the window. */
function namePages(container: HTMLElement): void {
  for (const page of container.querySelectorAll<HTMLElement>(".page")) {
    page.removeAttribute("data-l10n-id");
    page.setAttribute("aria-label", t("Page {0}", Number(page.dataset.pageNumber)));
  }
}

/** What pdf.js says about where its viewer is. */
interface Location {
  readonly pageNumber: number;
  readonly left: number;
  readonly top: number;
}

/** What pdf.js says of a page that it has drawn. */
interface RenderedPage {
  readonly source: {
    readonly div: HTMLDivElement;
    readonly canvas: HTMLCanvasElement | null;
    readonly imageCoordinates: ArrayLike<number> | null;
  };
  readonly pageNumber: number;
  readonly isDetailView: boolean;
  readonly error: unknown;
}
