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
/** Its sign of equality stands this near the beginning of its line, in code points. */
const NAME_WITHIN = 60;
/** Two words, as no formula has them. */
const PROSE = /\p{L}{3,}\s+\p{Ll}{2,}/u;
/** Of an equation, after what its pattern says: punctuation and its number. */
const NUMBER = /^[.,;]?\((?:\d{1,3}|[A-Z]\.?\d{1,2})\)/;

/** The equations of a page that define components, in order. What only looks like one is left out. */
export function equationsIn(text: string): Equation[] {
  const found: Equation[] = [];
  if (!text.includes("=")) return found;
  const points = Array.from(text);
  let equals = points.indexOf("=");
  for (let at = 0; at < points.length && equals >= 0; at++) {
    if (at > 0 && points[at - 1] !== "\n") continue;
    if (equals < at) equals = points.indexOf("=", at);
    // Most lines are prose: without a sign of equality near its beginning, none defines anything.
    if (equals < 0 || equals - at > NAME_WITHIN) continue;
    const equation = equationAt(points, at);
    if (equation === null) continue;
    found.push(equation);
    at = equation.end - 1;
  }
  return found;
}

function equationAt(points: readonly string[], from: number): Equation | null {
  const { text, at } = compact(points, from);
  for (const { component, pattern, symbols = [] } of equationRules) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const length = match[0].length;
    const number = NUMBER.exec(text.slice(length))?.[0].length ?? 0;
    const end = restOfLine(points, at[length + number - 1]! + 1);
    const places = symbols.flatMap(([symbol, meaning]) => placesOf(match[0], symbol, meaning, at));
    places.sort((a, b) => a.start - b.start);
    return { component, start: at[0]!, end, symbols: places };
  }
  return null;
}

/** The end of the line in which an equation goes on; where prose does, the equation ends before it. */
function restOfLine(points: readonly string[], from: number): number {
  const next = points.indexOf("\n", from);
  const end = next < 0 ? points.length : next;
  return PROSE.test(points.slice(from, end).join("")) ? from : end;
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

/** The code units from a place on without white space, with the code points that they come from. */
function compact(points: readonly string[], from: number): { text: string; at: number[] } {
  const at: number[] = [];
  let text = "";
  for (let point = from; point < points.length && text.length < WINDOW; point++) {
    const own = points[point]!;
    if (/\s/.test(own)) continue;
    text += own;
    for (let unit = 0; unit < own.length; unit++) at.push(point);
  }
  return { text, at };
}
