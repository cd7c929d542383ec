import { type ComponentId, components } from "../catalogue/index.ts";
import { bibliography } from "./bibliography.ts";
import { abbreviationAfter, type DocumentFacts, readFacts } from "./document-facts.ts";
import { fold } from "./fold.ts";
import { alternatives, isDigit, isWord, Matcher, type Spelling } from "./matcher.ts";
import type { Mention } from "./mention.ts";
import type { PageText } from "./page-text.ts";
import { readerNotes } from "./reader-notes.ts";
import { type Condition, holds } from "./terms/condition.ts";
import { exclusions } from "./terms/exclusions.ts";
import { terms, unlinkedAliases } from "./terms/terms.ts";

/**
 * The mentions of components in prose: from left to right, without overlaps, the longest spelling first. Time is linear in
 * the length of the text.
 */
export function linkText(text: string): Mention[] {
  return inCodePoints(text, link([text])[0]!);
}

/** The mentions of every page of a document; nothing is linked inside its bibliography, nor in what readers wrote on it. */
export function linkDocument(pages: readonly PageText[]): Mention[][] {
  const texts = pages.map(page => page.text);
  const references = bibliography(texts);
  const notes = readerNotes(pages.map(page => page.items));
  return link(texts).map((found, index) => {
    const without = [...references[index]!, ...noteRange(pages[index]!, notes[index]!)];
    const kept = found.filter(({ start, end }) => !without.some(range => start < range[1] && end > range[0]));
    return inCodePoints(texts[index]!, kept);
  });
}

/** The mentions of the parts of one document, in code units. */
function link(texts: readonly string[]): Found[][] {
  const facts = readFacts(texts);
  const found = texts.map(text => find(text, facts));
  const abbreviations = new Map<string, ComponentId>();
  found.forEach((mentions, index) => {
    for (const { start, end, component } of mentions) {
      const text = texts[index]!;
      const abbreviation = abbreviationAfter(text.slice(start, end), text.slice(end, end + 16));
      if (abbreviation !== null) abbreviations.set(abbreviation, component);
    }
  });
  if (abbreviations.size === 0) return found;
  return found.map((mentions, index) => withAbbreviations(mentions, texts[index]!, abbreviations));
}

/** Code units of the page's text that come from its items from `first` on. */
function noteRange(page: PageText, first: number): [number, number][] {
  const point = page.itemOf.findIndex(item => item >= first);
  if (point < 0) return [];
  const start = Array.from(page.text).slice(0, point).join("").length;
  return [[start, page.text.length]];
}

interface Meaning {
  /** Null: names something that is not linked. */
  readonly component: ComponentId | null;
  readonly when?: Condition;
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly component: ComponentId;
}

let sharedMatcher: Matcher<Meaning> | undefined;

/** Made when it is first needed: an editor that only reads source would otherwise wait for it at its start. */
function spellingMatcher(): Matcher<Meaning> {
  sharedMatcher ??= new Matcher(spellings());
  return sharedMatcher;
}

function* spellings(): Generator<Spelling<Meaning>> {
  const conditional = new Set(
    terms
      .filter(entry => entry.when !== undefined)
      .flatMap(({ patterns }) =>
        patterns.flatMap(pattern => alternatives(pattern.replace(/^=/, "").toLowerCase())),
      ),
  );
  const unlinked = new Set(unlinkedAliases);
  for (const { id, name, aliases } of components) {
    for (const alias of [name.en, name.ko, ...aliases.en, ...aliases.ko]) {
      const lower = alias.toLowerCase();
      if (unlinked.has(lower) || alternatives(lower).every(spelling => conditional.has(spelling))) continue;
      yield { pattern: isAcronym(alias) ? `=${alias}` : alias, value: { component: id } };
    }
  }
  for (const { component, patterns, when } of terms) {
    for (const pattern of patterns) yield { pattern, value: { component, when } };
  }
  for (const pattern of exclusions) yield { pattern, value: { component: null } };
}

/** Short names in capitals, such as GLU, which mean something only as they are written. */
function isAcronym(alias: string): boolean {
  return /^[A-Z]{2,5}$/.test(alias) || /^[A-Z][a-z]?[A-Z]{1,2}$/.test(alias);
}

/** Web and mail addresses, in which words name nothing. */
const ADDRESS = /https?:\/\/\S+|www\.\S+|[\w.+-]{1,64}@[\w-]+\.\S+/g;

/** Mentions in code units. */
function find(text: string, facts: DocumentFacts): Found[] {
  const matcher = spellingMatcher();
  const folded = fold(text).replace(ADDRESS, address => "\0".repeat(address.length));
  const found: Found[] = [];
  let at = 0;
  let inWord = false;
  while (at < folded.length) {
    const character = folded[at]!;
    const word = isWord(character);
    if ((word && inWord && !afterFootnoteMark(text, at)) || character === " ") {
      inWord = word;
      at++;
      continue;
    }
    inWord = word;
    const match = matcher.at(text, folded, at).find(({ start, end, value }) => {
      return value.when === undefined || holds(value.when, { text, folded }, start, end, facts);
    });
    if (match !== undefined) {
      if (match.value.component !== null) {
        found.push({ start: at, end: match.end, component: match.value.component });
      }
      at = match.end;
      inWord = isWord(folded[at - 1]!);
    } else {
      at++;
    }
  }
  return found;
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
  let unit = 0;
  let point = 0;
  const advance = (to: number): number => {
    while (unit < to) {
      unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
      point++;
    }
    return point;
  };
  for (const { start, end, component } of found) {
    mentions.push({ start: advance(start), end: advance(end), surface: text.slice(start, end), component });
  }
  return mentions;
}
