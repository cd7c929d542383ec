import { type ComponentId, components } from "../catalogue/index.ts";
import { bibliography } from "./bibliography.ts";
import { type Condition, holds } from "./condition.ts";
import { abbreviationAfter, type DocumentFacts, readFacts } from "./document-facts.ts";
import { fold } from "./fold.ts";
import { alternatives, isWord, Matcher, type Spelling } from "./matcher.ts";
import type { Mention } from "./mention.ts";
import type { PageText } from "./page-text.ts";
import { readerNotes } from "./reader-notes.ts";
import { exclusions, terms, unlinkedAliases } from "./terms.ts";

export interface LinkOptions {
  /** What the whole document says, where the text is a part of one; read from the text itself otherwise. */
  readonly facts?: DocumentFacts;
  /** Ranges, in code units, in which nothing is linked. */
  readonly without?: readonly (readonly [start: number, end: number])[];
}

/**
 * The mentions of components in prose: from left to right, without overlaps, the longest spelling first. Time is linear in
 * the length of the text.
 */
export function linkText(text: string, options: LinkOptions = {}): Mention[] {
  const facts = options.facts ?? factsOf([text]);
  const without = options.without ?? [];
  return inCodePoints(
    text,
    find(text, facts).filter(({ start, end }) => !without.some(range => start < range[1] && end > range[0])),
  );
}

/** The mentions of every page of a document; nothing is linked inside its bibliography, nor in what readers wrote on it. */
export function linkDocument(pages: readonly PageText[]): Mention[][] {
  const facts = factsOf(pages.map(page => page.text));
  const references = bibliography(pages.map(page => page.text));
  const notes = readerNotes(pages.map(page => page.items));
  return pages.map((page, index) => {
    const written = noteRange(page, notes[index]!);
    return linkText(page.text, { facts, without: [...references[index]!, ...written] });
  });
}

/** Code units of the page's text that come from its items from `first` on. */
function noteRange(page: PageText, first: number): [number, number][] {
  const point = page.itemOf.findIndex(item => item >= first);
  if (point < 0) return [];
  const start = Array.from(page.text).slice(0, point).join("").length;
  return [[start, page.text.length]];
}

/** What a document says that decides how its spans are read. */
export function factsOf(pages: readonly string[]): DocumentFacts {
  const text = pages.join("\n");
  const facts = readFacts(text);
  const abbreviations = new Map<string, ComponentId>();
  for (const { start, end, component } of find(text, facts)) {
    const abbreviation = abbreviationAfter(text.slice(start, end), text.slice(end, end + 16));
    if (abbreviation !== null) abbreviations.set(abbreviation, component);
  }
  return { ...facts, abbreviations };
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

const matcher = new Matcher<Meaning>(spellings());

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
const ADDRESS = /https?:\/\/\S+|www\.\S+|\S+@\S+\.\S+/g;

/** Mentions in code units. */
function find(text: string, facts: DocumentFacts): Found[] {
  const folded = fold(text).replace(ADDRESS, address => "\0".repeat(address.length));
  const found: Found[] = [];
  let at = 0;
  let inWord = false;
  while (at < folded.length) {
    const character = folded[at]!;
    const word = isWord(character);
    if ((word && inWord) || character === " ") {
      inWord = word;
      at++;
      continue;
    }
    inWord = word;
    const match = matcher.at(text, folded, at).find(({ start, end, value }) => {
      return value.when === undefined || holds(value.when, { text, folded }, start, end, facts);
    });
    const abbreviation = match === undefined ? abbreviationAt(text, at, facts) : null;
    if (match !== undefined) {
      if (match.value.component !== null)
        found.push({ start: at, end: match.end, component: match.value.component });
      at = match.end;
      inWord = isWord(folded[at - 1]!);
    } else if (abbreviation !== null) {
      found.push(abbreviation);
      at = abbreviation.end;
    } else {
      at++;
    }
  }
  return found;
}

function abbreviationAt(text: string, start: number, facts: DocumentFacts): Found | null {
  if (facts.abbreviations.size === 0) return null;
  const word = /^[A-Za-z]{2,9}/.exec(text.slice(start, start + 10))?.[0];
  if (word === undefined) return null;
  const singular = word.endsWith("s") ? word.slice(0, -1) : word;
  const component = facts.abbreviations.get(word) ?? facts.abbreviations.get(singular);
  return component === undefined ? null : { start, end: start + word.length, component };
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
