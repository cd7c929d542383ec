import { sectionsOf } from "../../shared/linking/index.ts";
import type { PaperLinks, Place } from "./links.ts";
import type { PDFDocumentProxy } from "./pdfjs.ts";

/** A heading and where it leads. */
export interface OutlineItem {
  readonly title: string;
  /** 0 for the outermost. */
  readonly depth: number;
  readonly target:
    | { readonly kind: "destination"; readonly destination: string | readonly unknown[] }
    | { readonly kind: "address"; readonly url: string }
    | { readonly kind: "place"; readonly place: Place }
    | null;
}

/** Headings that are listed; a file may hold any number of them. */
const MOST = 5_000;
/** Deeper headings stand with their parents. */
const DEEPEST = 12;

type Entry = NonNullable<Awaited<ReturnType<PDFDocumentProxy["getOutline"]>>>[number];

/** The outline that a PDF brings along, one heading after the other; empty where it brings none. */
export async function outlineOf(pdf: PDFDocumentProxy): Promise<OutlineItem[]> {
  const items: OutlineItem[] = [];
  const waiting = ((await pdf.getOutline()) ?? []).map(entry => ({ entry, depth: 0 })).reverse();
  for (let next = waiting.pop(); next !== undefined && items.length < MOST; next = waiting.pop()) {
    const { entry, depth } = next;
    items.push({ title: entry.title.replace(/\s+/g, " ").trim(), depth, target: targetOf(entry) });
    const below = Math.min(depth + 1, DEEPEST);
    for (const child of entry.items.toReversed()) waiting.push({ entry: child, depth: below });
  }
  return items;
}

/** The headings that the text shows, for a paper without an outline. */
export function headingsOf(links: PaperLinks): OutlineItem[] {
  return sectionsOf(links.texts.map(({ text }) => text)).map(({ title, page, start }) => ({
    title,
    depth: Math.min((/^[\dA-Z]+((?:\.\d+)*)/.exec(title)?.[1] ?? "").split(".").length - 1, DEEPEST),
    target: { kind: "place", place: links.place(page, start, start + 1) },
  }));
}

function targetOf({ dest, url }: Entry): OutlineItem["target"] {
  if (dest !== null) return { kind: "destination", destination: dest };
  return url ? { kind: "address", url } : null;
}
