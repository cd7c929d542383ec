import { effect } from "@preact/signals";
import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { Equation } from "../../shared/linking/index.ts";
import type { EquationSymbol } from "../../shared/protocol/paper-context.ts";
import { type Box, boxElement, drawnPage, drawnPages, onScreen, reaches, turned } from "./box.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** An equation or a symbol of one, as pointers and keys meet it. */
export interface EquationPart {
  /** What it names, for a card. */
  readonly mention: PlacedMention;
  /** Null for the equation as a whole. */
  readonly symbol: EquationSymbol | null;
}

interface Drawn extends EquationPart {
  readonly button: HTMLButtonElement;
}

/** How far beyond its box, in client pixels, a symbol still takes the pointer: it may be an index. */
const REACH = 3;

/**
 * A layer over each page that marks the displayed equations that define components, and the symbols in them that are
 * certain. Like that of mentions it takes no pointer, and each part is a button for the keyboard.
 */
export class EquationLayers {
  readonly #language: string;
  #links: PaperLinks | null = null;
  /** Of the pages that pdf.js has drawn. */
  readonly #drawn = new Map<number, { element: HTMLDivElement; parts: readonly Drawn[] }>();
  #lit: HTMLButtonElement | null = null;

  constructor(reader: Reader, language: string, signal: AbortSignal) {
    this.#language = language;
    const stop = effect(() => this.#read(store.links.value));
    const turn = effect(() => {
      if (store.rotation.value >= 0) this.#redraw();
    });
    const attach = ({ pageNumber }: { pageNumber: number }) => this.#attach(pageNumber);
    reader.bus.on("pagerendered", attach);
    signal.addEventListener("abort", () => {
      stop();
      turn();
      reader.bus.off("pagerendered", attach);
    });
  }

  /** What is at a point of the screen: a symbol before its equation. */
  at(x: number, y: number): (EquationPart & { readonly line: DOMRect }) | null {
    const page = document.elementFromPoint(x, y)?.closest<HTMLElement>(".page");
    const drawn = this.#drawn.get(Number(page?.dataset.pageNumber));
    if (drawn === undefined || !drawn.element.isConnected) return null;
    const area = drawn.element.getBoundingClientRect();
    const onPage = (box: Box) => onScreen(turned(box, store.rotation.value), area);
    const under = drawn.parts.filter(({ mention }) =>
      mention.boxes.some(box => reaches(onPage(box), x, y, REACH)),
    );
    const whole = under.find(({ symbol }) => symbol === null);
    const part = under.find(({ symbol }) => symbol !== null) ?? whole;
    if (part === undefined) return null;
    const own = onPage(part.mention.boxes[0]!);
    // A card must not cover the equation that its symbol stands in.
    const equation = whole ? onPage(whole.mention.boxes[0]!) : own;
    const line = new DOMRect(own.left, equation.top, own.width, equation.height);
    return { mention: part.mention, symbol: part.symbol, line };
  }

  /** The part whose button this is. */
  of(button: Element): (EquationPart & { readonly line: DOMRect }) | null {
    for (const { parts } of this.#drawn.values()) {
      const found = parts.find(part => part.button === button);
      const line = found?.button.firstElementChild?.getBoundingClientRect();
      if (found && line) return { mention: found.mention, symbol: found.symbol, line };
    }
    return null;
  }

  /** Marks one part as the one under the pointer, and no other. */
  light(mention: PlacedMention | null): void {
    const parts = mention === null ? undefined : this.#drawn.get(mention.page)?.parts;
    const button = parts?.find(part => part.mention === mention)?.button ?? null;
    if (button === this.#lit) return;
    this.#lit?.classList.remove("lit");
    button?.classList.add("lit");
    this.#lit = button;
  }

  /** What comes later in a paper changes no equation: what is drawn stays. */
  #read(links: PaperLinks | null): void {
    this.#links = links;
    if (links === null) this.#redraw();
    else for (const page of drawnPages()) this.#attach(page);
  }

  #redraw(): void {
    for (const { element } of this.#drawn.values()) element.remove();
    this.#drawn.clear();
    for (const page of drawnPages()) this.#attach(page);
  }

  #attach(page: number): void {
    const links = this.#links;
    const equations = links?.equations[page - 1] ?? [];
    const place = drawnPage(page);
    if (links === null || equations.length === 0 || place === null) return;
    const drawn =
      this.#drawn.get(page) ?? this.#draw(equations.flatMap(equation => partsOf(links, page - 1, equation)));
    if (drawn.element.parentElement !== place) place.append(drawn.element);
    for (const [other, { element }] of this.#drawn) if (!element.isConnected) this.#drawn.delete(other);
    this.#drawn.set(page, drawn);
  }

  #draw(parts: readonly EquationPart[]): { element: HTMLDivElement; parts: readonly Drawn[] } {
    const element = document.createElement("div");
    element.className = "equations";
    const drawn = parts.map(part => ({ ...part, button: createButton(part, this.#language) }));
    element.append(...drawn.map(({ button }) => button));
    return { element, parts: drawn };
  }
}

function partsOf(links: PaperLinks, page: number, equation: Equation): EquationPart[] {
  const { component: id, start, end, symbols } = equation;
  const points = Array.from(links.texts[page]!.text);
  const part = (from: number, to: number, symbol: EquationSymbol | null): EquationPart => ({
    symbol,
    mention: {
      component: id,
      start: from,
      end: to,
      surface: points.slice(from, to).join(""),
      ...links.place(page, from, to),
    },
  });
  // Fractions and indices reach above and below their line: the whole is around every sign of it.
  const signs = Array.from(
    { length: end - start },
    (_, at) => links.place(page, start + at, start + at + 1).boxes,
  );
  const whole = part(start, end, null);
  const all = { ...whole, mention: { ...whole.mention, boxes: [around(signs.flat())] } };
  return [all, ...symbols.map(symbol => part(symbol.start, symbol.end, symbol.symbol))];
}

/** One box around the lines of an equation. */
function around(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(box => box.left));
  const top = Math.min(...boxes.map(box => box.top));
  const right = Math.max(...boxes.map(box => box.left + box.width));
  const bottom = Math.max(...boxes.map(box => box.top + box.height));
  return { left, top, width: right - left, height: bottom - top };
}

function createButton({ mention, symbol }: EquationPart, language: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = symbol === null ? "equation" : "equation-symbol";
  button.dataset.component = mention.component;
  const name = inLanguage(component(mention.component).name, language);
  if (symbol !== null) button.dataset.symbol = symbol;
  button.setAttribute(
    "aria-label",
    symbol === null
      ? t("Equation of {0}. Run live", name)
      : t("“{0}” in the equation of {1}: its value in the model", mention.surface, name),
  );
  button.append(...mention.boxes.map(box => boxElement(turned(box, store.rotation.value))));
  return button;
}
