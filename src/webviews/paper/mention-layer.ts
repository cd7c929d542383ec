import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { boxElement, drawnPage, drawnPages, onScreen, reaches, turned } from "./box.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";

/** A mention that is drawn, and the button that stands for it at the keyboard. */
interface Drawn {
  readonly mention: PlacedMention;
  readonly button: HTMLButtonElement;
}

interface Layer {
  readonly element: HTMLDivElement;
  readonly mentions: readonly PlacedMention[];
  readonly drawn: readonly Drawn[];
}

/** How far beyond its box, in client pixels, a mention still takes the pointer. */
const REACH = 2;

/**
 * A layer over each page that underlines its mentions. It takes no pointer, so that text is selected as if it were not
 * there; who is under the pointer is asked by place. Each mention is a button, so that the keyboard reaches it.
 */
export class MentionLayers {
  readonly #language: string;
  #mentions: PaperLinks["mentions"] = [];
  /** Of the pages that pdf.js has drawn. */
  readonly #layers = new Map<number, Layer>();
  #flashed: { readonly mention: PlacedMention; readonly milliseconds: number; timer: number } | null = null;
  #lit: HTMLButtonElement | null = null;
  #rotation = 0;

  constructor(language: string) {
    this.#language = language;
  }

  /** Draws what has been linked so far; null takes everything away. */
  draw(links: PaperLinks | null): void {
    this.#mentions = links?.mentions ?? [];
    for (const [page, { element, mentions }] of this.#layers) {
      if (mentions === this.#mentions[page - 1]) continue;
      element.remove();
      this.#layers.delete(page);
    }
    if (links === null) this.#unflash();
    for (const page of drawnPages()) this.attach(page);
  }

  /** Draws anew for pages that are turned clockwise by a number of degrees. */
  turn(rotation: number): void {
    if (rotation === this.#rotation) return;
    this.#rotation = rotation;
    for (const { element } of this.#layers.values()) element.remove();
    this.#layers.clear();
    for (const page of drawnPages()) this.attach(page);
  }

  /** Puts a page's layer over it, after pdf.js has drawn the page anew. */
  attach(page: number): void {
    const mentions = this.#mentions[page - 1] ?? [];
    const place = drawnPage(page);
    if (mentions.length === 0 || place === null) return;
    const layer = this.#layers.get(page) ?? createLayer(mentions, this.#language, this.#rotation);
    if (layer.element.parentElement !== place) place.append(layer.element);
    // Pages that pdf.js has let go of leave nothing behind.
    for (const [other, { element }] of this.#layers) if (!element.isConnected) this.#layers.delete(other);
    this.#layers.set(page, layer);
    this.#markFlash(page);
  }

  /** The mention at a point of the screen, with the line that it stands on. */
  at(x: number, y: number): { mention: PlacedMention; line: DOMRect } | null {
    const page = document.elementFromPoint(x, y)?.closest<HTMLElement>(".page");
    const layer = this.#layers.get(Number(page?.dataset.pageNumber));
    if (layer === undefined || !layer.element.isConnected) return null;
    const area = layer.element.getBoundingClientRect();
    for (const { mention } of layer.drawn) {
      for (const box of mention.boxes) {
        const line = onScreen(turned(box, this.#rotation), area);
        if (reaches(line, x, y, REACH)) return { mention, line };
      }
    }
    return null;
  }

  /** The mention whose button this is, with its first line. */
  of(button: Element): { mention: PlacedMention; line: DOMRect } | null {
    for (const { drawn } of this.#layers.values()) {
      const found = drawn.find(entry => entry.button === button);
      if (found === undefined) continue;
      const line = button.firstElementChild?.getBoundingClientRect();
      return line === undefined ? null : { mention: found.mention, line };
    }
    return null;
  }

  /** Underlines one mention as the one under the pointer, and no other. */
  light(mention: PlacedMention | null): void {
    const button = mention === null ? null : this.#button(mention);
    if (button === this.#lit) return;
    this.#lit?.classList.remove("lit");
    button?.classList.add("lit");
    this.#lit = button;
  }

  /** Marks a mention for a while, counted from when its page is drawn. */
  flash(mention: PlacedMention, milliseconds: number): void {
    this.#unflash();
    this.#flashed = { mention, milliseconds, timer: 0 };
    this.#markFlash(mention.page);
  }

  #markFlash(page: number): void {
    const flashed = this.#flashed;
    if (flashed === null || flashed.mention.page !== page) return;
    const button = this.#button(flashed.mention);
    button?.classList.add("flash");
    if (!button?.isConnected || flashed.timer !== 0) return;
    flashed.timer = window.setTimeout(() => this.#unflash(), flashed.milliseconds);
  }

  #unflash(): void {
    if (this.#flashed === null) return;
    clearTimeout(this.#flashed.timer);
    this.#button(this.#flashed.mention)?.classList.remove("flash");
    this.#flashed = null;
  }

  #button(mention: PlacedMention): HTMLButtonElement | null {
    const drawn = this.#layers.get(mention.page)?.drawn;
    return drawn?.find(entry => entry.mention.start === mention.start)?.button ?? null;
  }
}

function createLayer(mentions: readonly PlacedMention[], language: string, rotation: number): Layer {
  const element = document.createElement("div");
  element.className = "mentions";
  const drawn = mentions.map(mention => ({ mention, button: createButton(mention, language, rotation) }));
  element.append(...drawn.map(({ button }) => button));
  return { element, mentions, drawn };
}

function createButton(mention: PlacedMention, language: string, rotation: number): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "mention";
  button.dataset.component = mention.component;
  const surface = mention.surface.replace(/\s+/g, " ");
  const name = inLanguage(component(mention.component).name, language);
  button.setAttribute("aria-label", t("“{0}” names {1}. Run live", surface, name));
  button.append(...mention.boxes.map(box => boxElement(turned(box, rotation))));
  return button;
}
