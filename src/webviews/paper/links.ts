import type { ComponentId } from "../../shared/catalogue/index.ts";
import {
  type Equation,
  equationsIn,
  type FontExtent,
  type KnownPages,
  linkInSteps,
  type Mention,
  type PageText,
  pageText,
  type Quad,
  quadsOf,
} from "../../shared/linking/index.ts";
import type { Box } from "./box.ts";
import type { Pace } from "./pace.ts";
import type { PDFDocumentProxy } from "./pdfjs.ts";

/** Where a part of a page stands. */
export interface Place {
  /** From 1. */
  readonly page: number;
  /** One per line, in reading order. */
  readonly boxes: readonly Box[];
  /** PDF points of its upper left corner. */
  readonly corner: readonly [x: number, y: number];
}

export interface PlacedMention extends Mention, Place {}

/** The text of a paper and its mentions, as far as it has been read. */
export interface PaperLinks {
  readonly pages: number;
  readonly texts: readonly PageText[];
  /** By page, from page 1 on. */
  readonly mentions: readonly (readonly PlacedMention[])[];
  /** By page, from page 1 on. */
  readonly equations: readonly (readonly Equation[])[];
  /** Where code points of a page stand; `page` is from 0. */
  place(page: number, start: number, end: number): Place;
}

interface ReadPage {
  readonly text: PageText;
  readonly fonts: Readonly<Record<string, FontExtent>>;
  readonly equations: readonly Equation[];
  toShares(quad: Quad): Box;
}

/**
 * Reads and links a paper page by page. Early pages come early: what was read is linked when its length has doubled, and
 * once more at the end, when all that the paper says of itself is known.
 *
 * @throws the reason of the pace's signal when aborted.
 */
export async function* linkPdf(pdf: PDFDocumentProxy, pace: Pace): AsyncGenerator<PaperLinks> {
  const pages: ReadPage[] = [];
  const known: KnownPages = new Map();
  let links: PaperLinks | null = null;
  let next = 1;
  for (let number = 1; number <= pdf.numPages; number++) {
    await pace.rest();
    pages.push(await readPage(pdf, number).catch(() => UNREADABLE));
    if (number === next || number === pdf.numPages) {
      next *= 2;
      links = await pace.finish(link(pages.slice(), pdf.numPages, known, links));
      yield links;
    }
  }
}

/** A page that is damaged has no text; the others are read all the same. */
const UNREADABLE: ReadPage = {
  text: pageText([]),
  fonts: {},
  equations: [],
  toShares: () => ({ left: 0, top: 0, width: 0, height: 0 }),
};

async function readPage(pdf: PDFDocumentProxy, number: number): Promise<ReadPage> {
  const page = await pdf.getPage(number);
  const { items, styles } = await page.getTextContent({ disableNormalization: true });
  const viewport = page.getViewport({ scale: 1 });
  const text = pageText(items);
  return {
    text,
    fonts: styles,
    equations: equationsIn(text.text),
    toShares(quad) {
      const xs: number[] = [];
      const ys: number[] = [];
      for (let corner = 0; corner < quad.length; corner += 2) {
        const [x = 0, y = 0] = viewport.convertToViewportPoint(quad[corner]!, quad[corner + 1]!) as number[];
        xs.push(x / viewport.width);
        ys.push(y / viewport.height);
      }
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
    },
  };
}

/** @param earlier how fewer pages of the same paper were linked; what is the same on a page stays the same objects. */
function* link(
  pages: readonly ReadPage[],
  count: number,
  known: KnownPages,
  earlier: PaperLinks | null,
): Generator<void, PaperLinks> {
  const texts = pages.map(page => page.text);
  const place = (index: number, start: number, end: number): Place => {
    const { text, fonts, toShares } = pages[index]!;
    const quads = quadsOf(text, start, end, fonts);
    const first = quads[0];
    return { page: index + 1, boxes: quads.map(toShares), corner: [first?.[6] ?? 0, first?.[7] ?? 0] };
  };
  const mentions: (readonly PlacedMention[])[] = [];
  for (const [index, found] of (yield* linkInSteps(texts, known)).entries()) {
    const before = earlier?.mentions[index];
    if (before !== undefined && sameMentions(before, found)) mentions.push(before);
    else mentions.push(found.map(mention => ({ ...mention, ...place(index, mention.start, mention.end) })));
    yield;
  }
  return { pages: count, texts, mentions, equations: pages.map(page => page.equations), place };
}

function sameMentions(before: readonly Mention[], now: readonly Mention[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ start, end, component }, index) => {
      const other = now[index]!;
      return start === other.start && end === other.end && component === other.component;
    })
  );
}

/** All mentions of a component, in reading order. */
export function mentionsOf(links: PaperLinks, component: ComponentId): PlacedMention[] {
  return links.mentions.flat().filter(mention => mention.component === component);
}
