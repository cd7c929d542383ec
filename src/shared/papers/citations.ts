import type { PythonDocument } from "../python/index.ts";
import { ARXIV_ID, ARXIV_PREFIX, type ArxivId, arxivIdOf } from "./arxiv-id.ts";

/** A place in a docstring or a comment that names a paper. */
export interface Citation {
  /** UTF-16 code units from the start of the source; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Null where the title names the paper. */
  readonly arxiv: ArxivId | null;
  /** Index into the titles that were looked for; null for an arXiv id. */
  readonly title: number | null;
}

/** An address, or `arXiv:` before the id; a bare number names nothing. */
const ARXIV = new RegExp(String.raw`(?:${ARXIV_PREFIX})${ARXIV_ID}(?:\.pdf)?`, "gi");

/** Shorter titles are ordinary words. */
const SHORTEST_TITLE = 3;

/** The papers that docstrings and comments of a source name: by arXiv id, or by one of the given titles. */
export function citationsIn({ blocks }: PythonDocument, titles: readonly (string | null)[]): Citation[] {
  const patterns = titles.map(title => (title === null ? null : titlePattern(title)));
  const found: Citation[] = [];
  for (const { start, syntax } of blocks) {
    for (const [from, to] of proseOf(syntax))
      found.push(...inProse(syntax.text.slice(from, to), start + from, patterns));
  }
  return found;
}

/** Strings, and comments, those on consecutive lines as one. */
function proseOf({ text, tree }: PythonDocument["blocks"][number]["syntax"]): [from: number, to: number][] {
  const prose: [number, number][] = [];
  let comment: [number, number] | null = null;
  tree.iterate({
    enter: ({ name, from, to }) => {
      if (name !== "String" && name !== "Comment" && name !== "FormatString") return true;
      if (name === "Comment" && comment && text.slice(comment[1], from).trim() === "") {
        comment[1] = to;
        return false;
      }
      const own: [number, number] = [from, to];
      comment = name === "Comment" ? own : null;
      prose.push(own);
      return false;
    },
  });
  return prose;
}

function inProse(text: string, at: number, titles: readonly (RegExp | null)[]): Citation[] {
  const found: Citation[] = [];
  for (const match of text.matchAll(ARXIV)) {
    const arxiv = arxivIdOf(match[0]);
    const start = at + match.index;
    if (arxiv !== null) found.push({ start, end: start + match[0].length, arxiv, title: null });
  }
  titles.forEach((pattern, title) => {
    if (pattern === null) return;
    for (const match of text.matchAll(pattern)) {
      const [start, end] = [at + match.index, at + match.index + match[0].length];
      if (!found.some(other => start < other.end && end > other.start))
        found.push({ start, end, arxiv: null, title });
    }
  });
  return found.sort((a, b) => a.start - b.start);
}

/** A title as it may stand in a source: broken over lines, whatever its case and punctuation; null for one of few words. */
function titlePattern(title: string): RegExp | null {
  const words = title.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < SHORTEST_TITLE || words.join("").length < 15) return null;
  // Between two words: punctuation and spaces, or a line break with the comment mark or indentation of the next line.
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join("[^\\p{L}\\p{N}]{1,16}")}(?![\\p{L}\\p{N}])`, "giu");
}
