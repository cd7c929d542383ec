import type { PageText, TextItem } from "../linking/index.ts";
import { ARXIV_ID, type ArxivId, arxivIdOf } from "./arxiv-id.ts";

/** How a paper is cited. */
export interface PaperIdentity {
  readonly title: string | null;
  /** The version only where it is stated. */
  readonly arxiv: ArxivId | null;
}

/** In a file's name, where the slash of an older id became something else. */
const NAMED = new RegExp(String.raw`(?<![A-Za-z\d.])${ARXIV_ID.replace("/", "[-_]")}(?!\d)`);
/** arXiv's own stamp names the version; citations of other papers seldom do. */
const STAMP = new RegExp(String.raw`arxiv:\s*${ARXIV_ID}(?<=v\d+)`, "i");

/** The title and the arXiv id of a paper, by its first page and its file name. */
export function identityOf(first: PageText | undefined, fileName: string): PaperIdentity {
  const stamped = (first && STAMP.exec(first.text)?.[0]) ?? "";
  return { title: first ? titleOf(first.items) : null, arxiv: arxivIdOf(stamped) ?? arxivIdOfFile(fileName) };
}

/** The arXiv id that a file's name bears, as arXiv itself names files and as Papertrace does; null for none. */
export function arxivIdOfFile(fileName: string): ArxivId | null {
  const [named = ""] = NAMED.exec(fileName) ?? [];
  return arxivIdOf(named.replace(/[-_](?=\d{7})/, "/"));
}

/** Titles have this many letters at least and at most. */
const SHORTEST = 8;
const LONGEST = 300;
/** From one line of a title to the next, in sizes of its text. */
const LINE = 2.2;

/** The largest upright text of the first page that is long enough, on consecutive lines. */
function titleOf(items: readonly TextItem[]): string | null {
  const upright = items.filter(item => item.str.trim() !== "" && (item.transform[1] ?? 0) === 0);
  const sizes = [...new Set(upright.map(sizeOf))].sort((a, b) => b - a);
  for (const size of sizes) {
    const begin = items.findIndex(item => upright.includes(item) && sizeOf(item) === size);
    const parts: string[] = [];
    let last = items[begin]!;
    for (const item of items.slice(begin)) {
      if (item.str.trim() !== "") {
        if (!isOfSize(item, size) || Math.abs(baseline(item) - baseline(last)) > LINE * size) break;
        last = item;
      }
      parts.push(item.hasEOL ? `${item.str} ` : item.str);
    }
    const title = parts.join("").normalize("NFKC").replace(/\s+/g, " ").trim();
    if (title.length > LONGEST) return null;
    if (title.length >= SHORTEST && /\p{L}{3}/u.test(title)) return title;
  }
  return null;
}

/** Small capitals are set a size smaller than the line they stand on. */
function isOfSize(item: TextItem, size: number): boolean {
  return sizeOf(item) <= size && sizeOf(item) >= 0.75 * size;
}

function baseline({ transform }: TextItem): number {
  return transform[5] ?? 0;
}

function sizeOf(item: TextItem): number {
  return Math.round(10 * Math.hypot(item.transform[2] ?? 0, item.transform[3] ?? 0)) / 10;
}
