import type { PaperView } from "../../shared/protocol/paper.ts";
import * as store from "./store.ts";

/** Places to go back to; the oldest are forgotten. */
const LIMIT = 100;

/**
 * Where the reader came from: links, entries of the side panel and mentions lead away, and one step leads back. It is the
 * page's own: the window's history belongs to the editor. pdf.js' link service tells it of the links that it follows.
 */
export class ReadingHistory {
  readonly #here: () => PaperView | null;
  readonly #go: (view: PaperView) => void;
  readonly #led: (page: number, destination: readonly unknown[]) => void;
  #back: PaperView[] = [];
  #forward: PaperView[] = [];

  /**
   * @param go scrolls to a place without leaving a trace in the history.
   * @param led is told the page, from 1, and the destination that a link leads to.
   */
  constructor(
    here: () => PaperView | null,
    go: (view: PaperView) => void,
    led: (page: number, destination: readonly unknown[]) => void,
  ) {
    this.#here = here;
    this.#go = go;
    this.#led = led;
  }

  /** Remembers where the reader is before something leads away. */
  leave(): void {
    const here = this.#here();
    if (here === null || samePlace(here, this.#back.at(-1))) return;
    this.#back = [...this.#back, here].slice(-LIMIT);
    this.#forward = [];
    this.#tell();
  }

  back(): void {
    this.#step(this.#back, this.#forward);
  }

  forward(): void {
    this.#step(this.#forward, this.#back);
  }

  /** For another paper. */
  clear(): void {
    this.#back = [];
    this.#forward = [];
    this.#tell();
  }

  /** The link service is about to follow a link. */
  pushCurrentPosition(): void {
    this.leave();
  }

  /** The link service says where a link leads. */
  push(link: { readonly pageNumber: number; readonly explicitDest: readonly unknown[] }): void {
    this.#led(link.pageNumber, link.explicitDest);
  }

  /** The same for the number of a page. */
  pushPage(): void {}

  #step(from: PaperView[], to: PaperView[]): void {
    const view = from.pop();
    const here = this.#here();
    if (view === undefined) return;
    if (here !== null) to.push(here);
    this.#go(view);
    this.#tell();
  }

  #tell(): void {
    store.history.value = { back: this.#back.length > 0, forward: this.#forward.length > 0 };
  }
}

function samePlace(a: PaperView, b: PaperView | undefined): boolean {
  return b !== undefined && a.page === b.page && Math.abs(a.top - b.top) < 1 && Math.abs(a.left - b.left) < 1;
}
