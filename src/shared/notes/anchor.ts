import search from "approx-string-match";
import type { Note, TextQuote } from "./note.ts";

/** A part of one page. */
export interface Span {
  /** From 0. */
  readonly page: number;
  /** Code points of the page's text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Where a passage stands. */
export interface Anchor {
  /** One per page, in order. */
  readonly spans: readonly Span[];
  /** Whether its words are the same; else those most alike. */
  readonly exact: boolean;
}

/** Characters of context that a quote keeps on either side. */
const CONTEXT = 32;
/** Share of a passage's characters that may differ in another version of the paper. */
const TOLERANCE = 0.25;
/** A passage shorter than this is found by its own letters alone: half a word is like many. */
const SHORTEST_ALIKE = 16;
/** Of a longer passage the two ends are looked for, each this long. */
const LONGEST_ALIKE = 240;

/** The text of a paper in which passages are found, whatever the spaces, hyphens and ligatures of their copies. */
export class PassageFinder {
  readonly #pages: readonly (readonly string[])[];
  readonly #letters: string;
  /** For each code unit of the letters: the page that it comes from, and the code point of that page. */
  readonly #page: Int32Array;
  readonly #point: Int32Array;
  /** For each page: where its letters begin. */
  readonly #begins: readonly number[];

  /** @param pages the text of each page. */
  constructor(pages: readonly string[]) {
    this.#pages = pages.map(text => Array.from(text));
    const letters: string[] = [];
    const page: number[] = [];
    const point: number[] = [];
    const begins: number[] = [];
    const known = new Map<string, string>();
    this.#pages.forEach((points, pageIndex) => {
      begins.push(page.length);
      points.forEach((character, index) => {
        let folded = known.get(character);
        if (folded === undefined) {
          folded = fold(character);
          known.set(character, folded);
        }
        letters.push(folded);
        for (let unit = 0; unit < folded.length; unit++) {
          page.push(pageIndex);
          point.push(index);
        }
      });
    });
    this.#letters = letters.join("");
    this.#page = new Int32Array(page);
    this.#point = new Int32Array(point);
    this.#begins = begins;
  }

  /**
   * Finds a passage by its words; of several places the one whose surroundings are most alike, then the one nearest to where
   * it was. Null where nothing is alike.
   *
   * @param near page from 0 and code point, if known.
   */
  find(quote: TextQuote, near: { readonly page: number; readonly start: number } | null): Anchor | null {
    const pattern = fold(quote.exact);
    if (pattern === "") return null;
    const matches = this.#exact(pattern);
    const found = matches.length > 0 ? matches : this.#alike(pattern);
    const from = near === null ? 0 : this.#position(near);
    const best = found
      .map(match => ({
        ...match,
        context: this.#context(match, quote),
        distance: Math.abs(match.start - from),
      }))
      .sort((a, b) => a.errors - b.errors || b.context - a.context || a.distance - b.distance)[0];
    if (best === undefined) return null;
    return { spans: this.#spans(best.start, best.end), exact: matches.length > 0 };
  }

  /** Where a note stands. */
  anchor({ quote, page, start }: Note): Anchor | null {
    return this.find(quote, { page: page - 1, start });
  }

  /** A passage as it is kept: its words with those around it, on one line. */
  quote(spans: readonly Span[]): TextQuote {
    const first = spans[0];
    const last = spans.at(-1);
    if (first === undefined || last === undefined) throw new RangeError("A passage has a place.");
    const text = ({ page, start, end }: Span) => this.#pages[page]!.slice(Math.max(0, start), end).join("");
    const before = { page: first.page, start: first.start - CONTEXT, end: first.start };
    const after = { page: last.page, start: last.end, end: last.end + CONTEXT };
    return {
      exact: oneLine(spans.map(text).join(" ")).trim(),
      prefix: oneLine(text(before)).trimStart(),
      suffix: oneLine(text(after)).trimEnd(),
    };
  }

  #exact(pattern: string): Match[] {
    const matches: Match[] = [];
    for (let at = this.#letters.indexOf(pattern); at >= 0; at = this.#letters.indexOf(pattern, at + 1))
      matches.push({ start: at, end: at + pattern.length, errors: 0 });
    return matches;
  }

  #alike(pattern: string): Match[] {
    if (pattern.length < SHORTEST_ALIKE) return [];
    if (pattern.length <= LONGEST_ALIKE)
      return search(this.#letters, pattern, Math.floor(TOLERANCE * pattern.length));
    const most = Math.floor(TOLERANCE * LONGEST_ALIKE);
    const heads = search(this.#letters, pattern.slice(0, LONGEST_ALIKE), most);
    const tails = search(this.#letters, pattern.slice(-LONGEST_ALIKE), most);
    const longest = pattern.length * (1 + TOLERANCE);
    const shortest = pattern.length * (1 - TOLERANCE);
    return heads.flatMap(head =>
      tails
        .filter(({ end }) => end - head.start >= shortest && end - head.start <= longest)
        .map(({ end, errors }) => ({ start: head.start, end, errors: head.errors + errors })),
    );
  }

  /** How many letters right before and after a place are those of the quote. */
  #context({ start, end }: Match, { prefix, suffix }: TextQuote): number {
    const before = fold(prefix);
    const after = fold(suffix);
    let same = 0;
    while (same < before.length && before.at(-1 - same) === this.#letters[start - 1 - same]) same++;
    let next = 0;
    while (next < after.length && after[next] === this.#letters[end + next]) next++;
    return same + next;
  }

  #position({ page, start }: { readonly page: number; readonly start: number }): number {
    const begin = this.#begins[page] ?? this.#letters.length;
    const end = this.#begins[page + 1] ?? this.#letters.length;
    let at = begin;
    while (at < end && this.#point[at]! < start) at++;
    return at;
  }

  #spans(start: number, end: number): Span[] {
    const spans: Span[] = [];
    for (let at = start; at < end; at++) {
      const page = this.#page[at]!;
      const point = this.#point[at]!;
      const last = spans.at(-1);
      if (last?.page === page) spans[spans.length - 1] = { ...last, end: point + 1 };
      else spans.push({ page, start: point, end: point + 1 });
    }
    return spans;
  }
}

/** Letters from `start` to before `end`. */
interface Match {
  readonly start: number;
  readonly end: number;
  readonly errors: number;
}

/** What copies of a text have in common: spaces, hyphens and the two cases of letters come and go. */
function fold(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Cc}\p{Cf}\p{Pd}]/gu, "");
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ");
}
