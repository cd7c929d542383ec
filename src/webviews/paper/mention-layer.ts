import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { drawnPages } from "./box.ts";
import { focusQuietly, isAtPart } from "./focus.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";
import { type DrawnPart, type Part, PartLayers } from "./part-layers.ts";

/** How far beyond its box, in client pixels, a mention still takes the pointer. */
const REACH = 2;

/** Underlines the mentions of each page. */
export class MentionLayers {
  readonly #layers: PartLayers<Part>;
  #mentions: PaperLinks["mentions"] = [];
  #flashed: Flashed | null = null;

  constructor(language: string) {
    this.#layers = new PartLayers({
      className: "mentions",
      reach: REACH,
      describe: (button, { mention }) => {
        button.className = "mention";
        const surface = mention.surface.replace(/\s+/g, " ");
        const name = inLanguage(component(mention.component).name, language);
        button.setAttribute("aria-label", t("“{0}” names {1}. Run live", surface, name));
      },
    });
  }

  /** Draws what has been linked so far; null takes everything away. */
  draw(links: PaperLinks | null): void {
    const before = this.#mentions;
    this.#mentions = links?.mentions ?? [];
    before.forEach((mentions, index) => {
      if (mentions !== this.#mentions[index]) this.#layers.remove(index + 1);
    });
    if (links === null) this.#unflash();
    for (const page of drawnPages()) this.attach(page);
  }

  /** Draws anew for pages that are turned clockwise by a number of degrees. */
  turn(rotation: number): void {
    if (rotation === this.#layers.rotation) return;
    this.#layers.clear(rotation);
    for (const page of drawnPages()) this.attach(page);
  }

  /** Puts a page's layer over it, after pdf.js has drawn the page anew. */
  attach(page: number): void {
    const mentions = this.#mentions[page - 1] ?? [];
    if (mentions.length === 0) return;
    this.#layers.attach(page, () => mentions.map(mention => ({ mention })));
    this.#markFlash(page);
  }

  /** The mention at a point of the screen, with the line that it stands on. */
  at(x: number, y: number): { mention: PlacedMention; line: DOMRect } | null {
    const [first] = this.#layers.under(x, y);
    return first ? { mention: first.part.mention, line: first.line } : null;
  }

  /** The mention whose button this is, with its first line. */
  of(button: Element): { mention: PlacedMention; line: DOMRect } | null {
    const found = this.#layers.of(button);
    return found && { mention: found.part.mention, line: found.line };
  }

  /** Underlines one mention as the one under the pointer, and no other. */
  light(mention: PlacedMention | null): void {
    this.#layers.light(mention === null ? undefined : this.#drawn(mention));
  }

  /** Marks a mention for a while, counted from when its page is drawn. The keyboard goes along, if it is at another part. */
  flash(mention: PlacedMention, milliseconds: number): void {
    this.#unflash();
    this.#flashed = { mention, milliseconds, focuses: isAtPart(), timer: 0 };
    this.#markFlash(mention.page);
  }

  #markFlash(page: number): void {
    const flashed = this.#flashed;
    if (flashed === null || flashed.mention.page !== page) return;
    const button = this.#drawn(flashed.mention)?.button;
    button?.classList.add("flash");
    if (!button?.isConnected || flashed.timer !== 0) return;
    if (flashed.focuses) focusQuietly(button);
    flashed.timer = window.setTimeout(() => this.#unflash(), flashed.milliseconds);
  }

  #unflash(): void {
    if (this.#flashed === null) return;
    clearTimeout(this.#flashed.timer);
    this.#drawn(this.#flashed.mention)?.button.classList.remove("flash");
    this.#flashed = null;
  }

  #drawn({ page, start }: PlacedMention): DrawnPart<Part> | undefined {
    return this.#layers.partsOn(page).find(({ mention }) => mention.start === start);
  }
}

interface Flashed {
  readonly mention: PlacedMention;
  readonly milliseconds: number;
  readonly focuses: boolean;
  /** 0 until its page is drawn. */
  timer: number;
}
