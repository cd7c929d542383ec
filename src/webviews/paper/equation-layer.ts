import { effect } from "@preact/signals";
import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { Equation } from "../../shared/linking/index.ts";
import type { EquationSymbol } from "../../shared/protocol/paper-context.ts";
import { type Box, drawnPages } from "./box.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";
import { type Part, PartLayers } from "./part-layers.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** An equation or a symbol of one, as pointers and keys meet it. */
export interface EquationPart extends Part {
  /** Null for the equation as a whole. */
  readonly symbol: EquationSymbol | null;
}

/** How far beyond its box, in client pixels, a symbol still takes the pointer: it may be an index. */
const REACH = 3;

/** Marks the displayed equations that define components, and the symbols in them that are certain. */
export class EquationLayers {
  readonly #layers: PartLayers<EquationPart>;
  #links: PaperLinks | null = null;

  constructor(reader: Reader, language: string, signal: AbortSignal) {
    this.#layers = new PartLayers({
      className: "equations",
      reach: REACH,
      describe: (button, part) => describe(button, part, language),
    });
    const stop = effect(() => this.#read(store.links.value));
    const turn = effect(() => this.#redraw(store.rotation.value));
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
    const under = this.#layers.under(x, y);
    const whole = under.find(({ part }) => part.symbol === null);
    const found = under.find(({ part }) => part.symbol !== null) ?? whole;
    if (found === undefined) return null;
    // A card must not cover the equation that its symbol stands in.
    const equation = (whole ?? found).first;
    const line = new DOMRect(found.first.left, equation.top, found.first.width, equation.height);
    return { mention: found.part.mention, symbol: found.part.symbol, line };
  }

  /** The part whose button this is. */
  of(button: Element): (EquationPart & { readonly line: DOMRect }) | null {
    const found = this.#layers.of(button);
    return found && { mention: found.part.mention, symbol: found.part.symbol, line: found.line };
  }

  /** Marks one part as the one under the pointer, and no other. */
  light(mention: PlacedMention | null): void {
    const parts = mention === null ? [] : this.#layers.partsOn(mention.page);
    this.#layers.light(parts.find(part => part.mention === mention));
  }

  /** What comes later in a paper changes no equation: what is drawn stays. */
  #read(links: PaperLinks | null): void {
    this.#links = links;
    if (links === null) this.#layers.clear();
    for (const page of drawnPages()) this.#attach(page);
  }

  #redraw(rotation: number): void {
    this.#layers.clear(rotation);
    for (const page of drawnPages()) this.#attach(page);
  }

  #attach(page: number): void {
    const links = this.#links;
    const equations = links?.equations[page - 1] ?? [];
    if (links === null || equations.length === 0) return;
    this.#layers.attach(page, () => equations.flatMap(equation => partsOf(links, page - 1, equation)));
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

function describe(button: HTMLButtonElement, { mention, symbol }: EquationPart, language: string): void {
  const name = inLanguage(component(mention.component).name, language);
  button.className = symbol === null ? "equation" : "equation-symbol";
  if (symbol !== null) button.dataset.symbol = symbol;
  button.setAttribute(
    "aria-label",
    symbol === null
      ? t("Equation of {0}. Run live", name)
      : t("“{0}” in the equation of {1}: its value in the model", mention.surface, name),
  );
}
