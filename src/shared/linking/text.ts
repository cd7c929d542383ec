import type { ComponentId } from "../catalogue/index.ts";
import { abbreviationsOf } from "./abbreviations.ts";
import { bibliography, type TextRange } from "./bibliography.ts";
import { type DocumentFacts, readFacts, speaksOfNetworks } from "./document-facts.ts";
import { fold } from "./fold.ts";
import { lexicon } from "./lexicon.ts";
import { isDigit, isWord } from "./matcher.ts";
import type { Mention } from "./mention.ts";
import type { PageText } from "./page-text.ts";
import { readerNotes } from "./reader-notes.ts";
import { holds } from "./terms/condition.ts";
import { unmistakable } from "./terms/terms.ts";

/**
 * The mentions of components in prose: from left to right, without overlaps, the longest spelling first. Time is linear in
 * the length of the text.
 */
export function linkText(text: string): Mention[] {
  const found = find(text, readFacts([text]));
  return inCodePoints(text, withAbbreviationsOf([text], [found])[0]!);
}

/** The mentions of every page of a document; nothing is linked inside its bibliography, nor in what readers wrote on it. */
export function linkDocument(pages: readonly PageText[]): Mention[][] {
  const steps = linkInSteps(pages);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** What was found on the pages of a document, for when it is linked again with more of them. */
export type KnownPages = Map<string, { readonly facts: string; readonly found: readonly Found[] }>;

/** As `linkDocument`, in steps of a page or so: whoever shows something between them waits for none of it. */
export function* linkInSteps(
  pages: readonly PageText[],
  known: KnownPages = new Map(),
): Generator<void, Mention[][]> {
  const texts = pages.map(page => page.text);
  lexicon();
  yield;
  const references = bibliography(texts);
  yield;
  const notes = readerNotes(pages.map(page => page.items));
  yield;
  const without = pages.map((page, index) => [...references[index]!, ...noteRange(page, notes[index]!)]);
  const facts = readFacts(texts.map((text, index) => blank(text, without[index]!)));
  const found = yield* findInSteps(texts, facts, known);
  const mentions: Mention[][] = [];
  for (const [index, all] of withAbbreviationsOf(texts, found).entries()) {
    const kept = all.filter(
      ({ start, end }) => !without[index]!.some(range => start < range[1] && end > range[0]),
    );
    mentions.push(inCodePoints(texts[index]!, kept));
    yield;
  }
  return mentions;
}

/** A text with some ranges of it blank. */
function blank(text: string, ranges: readonly TextRange[]): string {
  let blanked = text;
  for (const [start, end] of ranges) {
    blanked = blanked.slice(0, start) + " ".repeat(end - start) + blanked.slice(end);
  }
  return blanked;
}

/** The mentions of each part of a document by itself, in code units. */
function* findInSteps(
  texts: readonly string[],
  facts: DocumentFacts,
  known: KnownPages,
): Generator<void, (readonly Found[])[]> {
  const found: (readonly Found[])[] = [];
  const key = JSON.stringify(facts);
  for (const text of texts) {
    const before = known.get(text);
    if (before?.facts !== key) {
      known.set(text, { facts: key, found: find(text, facts) });
      yield;
    }
    found.push(known.get(text)!.found);
  }
  return found;
}

/** The mentions of the parts of a document, with the abbreviations that any of them defines. */
function withAbbreviationsOf(
  texts: readonly string[],
  found: readonly (readonly Found[])[],
): (readonly Found[])[] {
  const abbreviations = new Map<string, ComponentId>();
  found.forEach((mentions, index) => {
    for (const { start, end, component } of mentions) {
      if (component === null) continue;
      for (const abbreviation of abbreviationsOf(texts[index]!, start, end))
        abbreviations.set(abbreviation, component);
    }
  });
  if (abbreviations.size === 0) return [...found];
  return found.map((mentions, index) => withAbbreviations(mentions, texts[index]!, abbreviations));
}

/** Code units of the page's text that come from its items from `first` on. */
function noteRange(page: PageText, first: number): TextRange[] {
  if (first >= page.items.length) return [];
  const point = page.itemOf.findIndex(item => item >= first);
  if (point < 0) return [];
  const start = Array.from(page.text).slice(0, point).join("").length;
  return [[start, page.text.length]];
}

interface Found {
  readonly start: number;
  readonly end: number;
  /** Null: names something that is not linked, nor is any part of it. */
  readonly component: ComponentId | null;
}

/** Web and mail addresses, in which words name nothing, each with what every one of them holds. */
const ADDRESSES = [
  { holds: "://", pattern: /https?:\/\/\S+/g },
  { holds: "www.", pattern: /www\.\S+/g },
  { holds: "@", pattern: /[\w.+-]{1,64}@[\w-]+\.\S+/g },
  { holds: "/", pattern: /\.(?:com|org|edu|net|io|ai)\/\S+/g },
] as const;

function withoutAddresses(folded: string): string {
  return ADDRESSES.reduce(
    (text, { holds, pattern }) =>
      text.includes(holds) ? text.replace(pattern, address => "\0".repeat(address.length)) : text,
    folded,
  );
}

/** Mentions in code units. */
function find(text: string, facts: DocumentFacts): Found[] {
  const matcher = lexicon();
  const folded = withoutAddresses(fold(text));
  const networks = facts.neuralNetworks || speaksOfNetworks([text]);
  const found: Found[] = [];
  for (let at = matcher.next(folded, 0); at >= 0; ) {
    const match = beginsWord(text, folded, at)
      ? matcher.at(text, folded, at).find(({ start, end, value }) => {
          if (!networks && value.component !== null && !unmistakable.has(value.component)) return false;
          return value.when === undefined || holds(value.when, { text, folded }, start, end, facts);
        })
      : undefined;
    if (match !== undefined) found.push({ start: at, end: match.end, component: match.value.component });
    at = matcher.next(folded, match?.end ?? at + 1);
  }
  return found;
}

/** Whether what is at a place is no word, or the beginning of one. */
function beginsWord(text: string, folded: string, at: number): boolean {
  const before = folded[at - 1] ?? " ";
  return !isWord(before) || !isWord(folded[at]!) || (isDigit(before) && afterFootnoteMark(text, at));
}

/** Whether a word begins right after the mark of its footnote, which begins the line: “1FlashAttention is …”. */
function afterFootnoteMark(text: string, at: number): boolean {
  if (isDigit(text[at]!) || !isDigit(text[at - 1] ?? " ")) return false;
  return /(^|\n)\d{1,2}$/.test(text.slice(Math.max(0, at - 3), at));
}

/** Mentions, and between them the abbreviations that the document defines. */
function withAbbreviations(
  found: readonly Found[],
  text: string,
  abbreviations: ReadonlyMap<string, ComponentId>,
): Found[] {
  // A plural, or an index before an argument: “MSAs”, “SA1(z)”, “SAk(z)”.
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}_])(${[...abbreviations.keys()].join("|")})(?:s?(?!\\p{L})|[a-z](?=\\())`,
    "gu",
  );
  const added: Found[] = [];
  let next = 0;
  for (const match of text.matchAll(pattern)) {
    const [start, end] = [match.index, match.index + match[0].length];
    while (next < found.length && found[next]!.end <= start) next++;
    if (next < found.length && found[next]!.start < end) continue;
    added.push({ start, end, component: abbreviations.get(match[1]!)! });
  }
  return [...found, ...added].sort((a, b) => a.start - b.start);
}

function inCodePoints(text: string, found: readonly Found[]): Mention[] {
  const mentions: Mention[] = [];
  const pairs = /[\ud800-\udbff]/.test(text);
  let unit = 0;
  let point = 0;
  const advance = (to: number): number => {
    if (!pairs) return to;
    while (unit < to) {
      unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
      point++;
    }
    return point;
  };
  for (const { start, end, component } of found) {
    if (component === null) continue;
    mentions.push({ start: advance(start), end: advance(end), surface: text.slice(start, end), component });
  }
  return mentions;
}
