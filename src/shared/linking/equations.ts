import type { ComponentId } from "../catalogue/index.ts";
import type { EquationSymbol } from "../protocol/paper-context.ts";
import { equationRules } from "./equation-rules.ts";

/** A displayed equation that defines a component. */
export interface Equation {
  readonly component: ComponentId;
  /** Code points of the page's text, its number included; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** The symbols in it that are certain, in order. */
  readonly symbols: readonly SymbolPlace[];
}

export interface SymbolPlace {
  readonly symbol: EquationSymbol;
  readonly start: number;
  readonly end: number;
}

/** An equation is looked for in this many code units from the beginning of its line. */
const WINDOW = 260;
/** What a rule needs to hold stands in this many of them, white space left out. */
const HEAD = 80;
/** One of what the rules need to hold. */
const HELD = new RegExp(
  [...new Set(equationRules.flatMap(({ holds }) => holds))]
    .map(part => part.replace(/[+()|]/g, "\\$&"))
    .join("|"),
);
/** Its sign of equality stands this near the beginning of its line, in code units. */
const NAME_WITHIN = 60;
/** Two words, as no formula has them. */
const PROSE = /[A-Za-z\u00c0-\u024f]{3,}\s+[a-z\u00df-\u00ff]{2,}|[가-힣]{3,}\s+[가-힣]{2,}/;
/** Of an equation, after what its pattern says: punctuation and its number. */
const NUMBER = /^[.,;]?\((?:\d{1,3}|[A-Z]\.?\d{1,2})\)/;

/** The equations of a page that define components, in order. What only looks like one is left out. */
export function equationsIn(text: string): Equation[] {
  const found: Equation[] = [];
  let equals = text.indexOf("=");
  for (let at = 0; equals >= 0; at = nextLine(text, at)) {
    if (equals < at) equals = text.indexOf("=", at);
    // Most lines are prose: without a sign of equality near its beginning, none defines anything.
    if (equals < 0 || equals - at > NAME_WITHIN) {
      at = Math.max(at, text.lastIndexOf("\n", equals - NAME_WITHIN - 1));
      continue;
    }
    const equation = equationAt(text, at);
    if (equation === null) continue;
    found.push(equation);
    at = equation.end - 1;
  }
  return inCodePoints(text, found);
}

/** Where the line after a place begins. */
function nextLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

function equationAt(text: string, from: number): Equation | null {
  const beginning = compacted(named(text.slice(from, from + 2 * HEAD)));
  if (beginning.length >= HEAD && !HELD.test(beginning.slice(0, HEAD))) return null;
  const window = named(text.slice(from, from + 2 * WINDOW));
  const compact = compacted(window).slice(0, WINDOW);
  const head = compact.slice(0, HEAD);
  if (!HELD.test(head)) return null;
  for (const { component, holds, pattern, symbols = [] } of equationRules) {
    if (!holds.some(part => head.includes(part))) continue;
    const match = pattern.exec(compact);
    if (match === null) continue;
    const at = placesWithout(window, from);
    const length = match[0].length;
    const number = NUMBER.exec(compact.slice(length))?.[0].length ?? 0;
    const end = restOfLine(text, at[length + number - 1]! + 1);
    const places = symbols.flatMap(([symbol, meaning]) => placesOf(match[0], symbol, meaning, at));
    places.sort((a, b) => a.start - b.start);
    return { component, start: at[0]!, end, symbols: places };
  }
  return null;
}

/** The end of the line in which an equation goes on; where prose does, the equation ends before it. */
function restOfLine(text: string, from: number): number {
  const next = text.indexOf("\n", from);
  const end = next < 0 ? text.length : next;
  return PROSE.test(text.slice(from, end)) ? from : end;
}

function placesOf(
  text: string,
  pattern: RegExp,
  symbol: EquationSymbol,
  at: readonly number[],
): SymbolPlace[] {
  return [...text.matchAll(pattern)].map(match => {
    const begin = match.index + match[0].lastIndexOf(match[1]!);
    return { symbol, start: at[begin]!, end: at[begin + match[1]!.length - 1]! + 1 };
  });
}

/** Signs of formulas as some fonts name them, whose codes stand for something else. */
const MISNAMED = [
  ["¹", "("],
  ["º", ")"],
  ["¸", "+"],
  ["\0", "−"],
] as const;
/** White space, and signs that no code is known of: large brackets, and marks of one font. */
const SILENT = /[\0- \s\ue000-\uf8ff]+/g;

function compacted(text: string): string {
  return text.replace(SILENT, "");
}

/** A text with each sign by its name. */
function named(window: string): string {
  return MISNAMED.reduce(
    (own, [wrong, right]) => (own.includes(wrong) ? own.replaceAll(wrong, right) : own),
    window,
  );
}

/** Of every code unit that is not silent, its place. */
function placesWithout(text: string, from: number): number[] {
  const places: number[] = [];
  let begin = 0;
  for (const { 0: silent, index } of [...text.matchAll(SILENT), { 0: "", index: text.length }]) {
    for (let unit = begin; unit < index; unit++) places.push(from + unit);
    begin = index + silent.length;
  }
  return places;
}

/** The same places in code points. */
function inCodePoints(text: string, equations: readonly Equation[]): Equation[] {
  const pairs = [...text.matchAll(/[\ud800-\udbff]/g)].map(({ index }) => index);
  if (pairs.length === 0) return [...equations];
  const point = (unit: number) => unit - pairs.filter(pair => pair < unit).length;
  const place = <P extends { start: number; end: number }>(own: P): P => ({
    ...own,
    start: point(own.start),
    end: point(own.end),
  });
  return equations.map(own => ({ ...place(own), symbols: own.symbols.map(place) }));
}
