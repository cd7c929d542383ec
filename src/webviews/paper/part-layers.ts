import { boxElement, drawnPage, onScreen, reaches, turned } from "./box.ts";
import { focusQuietly, isAtNothing } from "./focus.ts";
import type { PlacedMention } from "./links.ts";

/** Something on a page that can be pointed at, and what it names. */
export interface Part {
  readonly mention: PlacedMention;
}

/** A part that is drawn, and the button that stands for it at the keyboard. */
export type DrawnPart<P extends Part> = P & { readonly button: HTMLButtonElement };

interface Layer<P extends Part> {
  readonly element: HTMLDivElement;
  readonly parts: readonly DrawnPart<P>[];
}

/** A part under the pointer; its lines are on the screen. */
export interface PointedPart<P extends Part> {
  readonly part: DrawnPart<P>;
  readonly line: DOMRect;
  readonly first: DOMRect;
}

export interface PartLayersOptions<P extends Part> {
  /** Class of a page's layer. */
  readonly className: string;
  /** How far beyond its box, in client pixels, a part still takes the pointer. */
  readonly reach: number;
  /** Gives a part's button its name and its looks. */
  describe(button: HTMLButtonElement, part: P): void;
}

/**
 * A layer over each page with a button for every part, so that the keyboard reaches it. It takes no pointer, so that text is
 * selected as if it were not there; what is under the pointer is asked by place.
 */
export class PartLayers<P extends Part> {
  readonly #options: PartLayersOptions<P>;
  /** Of the pages that pdf.js has drawn. */
  readonly #layers = new Map<number, Layer<P>>();
  #rotation = 0;
  #lit: HTMLButtonElement | null = null;
  /** The button that the keyboard is at, or was when pdf.js took its page away to draw it anew. */
  #focused: HTMLElement | null = null;

  constructor(options: PartLayersOptions<P>) {
    this.#options = options;
  }

  /** Degrees clockwise by which pages are turned when layers are made. */
  get rotation(): number {
    return this.#rotation;
  }

  /** Takes all layers away; those made from now on are for pages that are turned so. */
  clear(rotation: number = this.#rotation): void {
    this.#rotation = rotation;
    for (const page of [...this.#layers.keys()]) this.remove(page);
  }

  remove(page: number): void {
    this.#layers.get(page)?.element.remove();
    this.#layers.delete(page);
  }

  /** Puts a page's layer over it, after pdf.js has drawn the page anew; `find` gives its parts where there is no layer yet. */
  attach(page: number, find: () => readonly P[]): void {
    const place = drawnPage(page);
    if (place === null) return;
    const layer = this.#layers.get(page) ?? this.#create(find());
    if (layer.element.parentElement !== place) {
      place.append(layer.element);
      if (this.#focused && layer.element.contains(this.#focused) && isAtNothing())
        focusQuietly(this.#focused);
    }
    // Pages that pdf.js has let go of leave nothing behind.
    for (const [other, { element }] of this.#layers) if (!element.isConnected) this.#layers.delete(other);
    this.#layers.set(page, layer);
  }

  /** The parts of a page that are drawn. */
  partsOn(page: number): readonly DrawnPart<P>[] {
    return this.#layers.get(page)?.parts ?? [];
  }

  /** The parts at a point of the screen, in order, each with the line of it that is there, and its first one. */
  under(x: number, y: number): PointedPart<P>[] {
    const page = document.elementFromPoint(x, y)?.closest<HTMLElement>(".page");
    const layer = this.#layers.get(Number(page?.dataset.pageNumber));
    if (layer === undefined || !layer.element.isConnected) return [];
    const area = layer.element.getBoundingClientRect();
    return layer.parts.flatMap(part => {
      const lines = part.mention.boxes.map(box => onScreen(turned(box, this.#rotation), area));
      const line = lines.find(each => reaches(each, x, y, this.#options.reach));
      return line ? [{ part, line, first: lines[0]! }] : [];
    });
  }

  /** The part whose button this is, with its first line. */
  of(button: Element): { readonly part: DrawnPart<P>; readonly line: DOMRect } | null {
    const line = button.firstElementChild?.getBoundingClientRect();
    for (const { parts } of this.#layers.values()) {
      const part = parts.find(each => each.button === button);
      if (part && line) return { part, line };
    }
    return null;
  }

  /** Marks one part as the one under the pointer, and no other. */
  light(part: DrawnPart<P> | undefined): void {
    const button = part?.button ?? null;
    if (button === this.#lit) return;
    this.#lit?.classList.remove("lit");
    button?.classList.add("lit");
    this.#lit = button;
  }

  #create(found: readonly P[]): Layer<P> {
    const element = document.createElement("div");
    element.className = this.#options.className;
    element.dataset.rotation = String(this.#rotation);
    const parts = found.map(part => ({ ...part, button: this.#createButton(part) }));
    element.append(...parts.map(({ button }) => button));
    element.addEventListener("focusin", event => {
      this.#focused = event.target as HTMLElement;
    });
    element.addEventListener("focusout", event => {
      if (event.relatedTarget !== null) this.#focused = null;
    });
    return { element, parts };
  }

  #createButton(part: P): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.component = part.mention.component;
    this.#options.describe(button, part);
    button.append(...part.mention.boxes.map(box => boxElement(turned(box, this.#rotation))));
    return button;
  }
}
