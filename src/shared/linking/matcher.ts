import { fold } from "./fold.ts";

/** A spelling and what it stands for. */
export interface Spelling<T> {
  /**
   * As the tables write it. A space stands for spaces, a line break or a hyphen; a hyphen also for nothing (`feed-forward`
   * finds “feed forward” and “feedforward”); `{a|b|}` for either of its alternatives. `=` in front: letters in this case only.
   */
  readonly pattern: string;
  readonly value: T;
}

/** A place where a spelling occurs, in code units; `end` is exclusive. */
export interface Match<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T;
}

interface Node<T> {
  readonly next: Map<string, Node<T>>;
  /** What ends here: any spelling, and spellings in exact case. */
  value: T | undefined;
  exact: { readonly text: string; readonly value: T }[];
}

/** Finds any number of spellings in one pass over a text; a later spelling replaces an equal earlier one. */
export class Matcher<T> {
  private readonly root: Node<T> = node();

  constructor(spellings: Iterable<Spelling<T>>) {
    for (const { pattern, value } of spellings) {
      const exact = pattern.startsWith("=");
      for (const text of alternatives(exact ? pattern.slice(1) : pattern)) this.add(text, value, exact);
    }
  }

  /** Every spelling that begins at a place, longest first. `folded` is `fold(text)`. */
  at(text: string, folded: string, start: number): Match<T>[] {
    const found: Match<T>[] = [];
    this.walk(this.root, text, folded, start, start, found);
    return found.sort((a, b) => b.end - a.end);
  }

  private add(text: string, value: T, exact: boolean): void {
    let at = this.root;
    for (const character of fold(text)) {
      let next = at.next.get(character);
      if (next === undefined) {
        next = node();
        at.next.set(character, next);
      }
      at = next;
    }
    if (exact) at.exact = [...at.exact.filter(other => other.text !== text), { text, value }];
    else at.value = value;
  }

  private walk(
    at: Node<T>,
    text: string,
    folded: string,
    start: number,
    position: number,
    found: Match<T>[],
  ): void {
    const ended = position > start && !isGap(folded[position - 1]!);
    if (ended && (at.value !== undefined || at.exact.length > 0)) {
      const end = wordEnd(folded, position);
      const value = exactValue(at.exact, text, start, position) ?? at.value;
      if (end >= 0 && value !== undefined) found.push({ start, end, value });
    }
    const character = folded[position];
    if (character === undefined) return;
    const next = at.next.get(character === "-" ? " " : character);
    if (isGap(character)) {
      const after = skipGap(folded, position);
      if (next !== undefined) this.walk(next, text, folded, start, after, found);
      // A word broken at the end of a line; Hangul breaks without a hyphen.
      const broken =
        character === "-"
          ? position - start > 1 && /\p{L}/u.test(folded[after] ?? "")
          : text[position] === "\n" && isHangul(folded[position - 1] ?? "") && isHangul(folded[after] ?? "");
      if (broken) {
        this.walk(at, text, folded, start, after, found);
      }
      return;
    }
    if (next !== undefined) this.walk(next, text, folded, start, position + 1, found);
  }
}

/** The meaning of a spelling that fits letter by letter; its spaces stand for any gap. */
function exactValue<T>(
  exact: Node<T>["exact"],
  text: string,
  start: number,
  position: number,
): T | undefined {
  if (exact.length === 0) return undefined;
  const read = text.slice(start, position).replace(/[\s\u00ad\u2010-\u2015-]+/g, " ");
  return exact.find(entry => entry.text === read)?.value;
}

function node<T>(): Node<T> {
  return { next: new Map(), value: undefined, exact: [] };
}

/** Every text that a pattern stands for. */
export function alternatives(pattern: string): string[] {
  const group = /\{([^{}]*)\}/.exec(pattern);
  if (group !== null) {
    const [whole, inside = ""] = group;
    return inside
      .split("|")
      .flatMap(choice =>
        alternatives(pattern.slice(0, group.index) + choice + pattern.slice(group.index + whole.length)),
      );
  }
  const text = pattern
    .replace(/[ -]*-[ -]*/g, "-")
    .replace(/ +/g, " ")
    .replace(/^[ -]+|[ -]+$/g, "");
  const hyphen = text.indexOf("-");
  if (hyphen < 0) return [text];
  const [before, after] = [text.slice(0, hyphen), text.slice(hyphen + 1)];
  return alternatives(after).flatMap(rest => [`${before} ${rest}`, before + rest]);
}

function isGap(character: string): boolean {
  return character === " " || character === "-";
}

/** Past spaces, one hyphen and the spaces of a line break. */
function skipGap(folded: string, position: number): number {
  let at = position;
  while (folded[at] === " ") at++;
  if (folded[at] === "-") at++;
  while (folded[at] === " ") at++;
  return at;
}

const PARTICLES =
  /^(?:들|층|맵|행렬|함수|연산|기법|방식|구조)*(?:은|는|이|가|을|를|의|에|에서|에는|에게|와|과|도|만|로|으로|로서|으로서|로써|으로써|부터|까지|처럼|보다|마다|나|이나|란|이란|라|이라|라고|이라고|라는|이라는|인|이다|다|이며|며|이고|고|입니다|였습니다|이었습니다)*$/;

/**
 * Where a term that was read up to `position` ends if a word ends there: a plural's s belongs to the term, a Korean particle
 * does not. -1 inside a word.
 */
function wordEnd(folded: string, position: number): number {
  const next = folded[position] ?? " ";
  const last = folded[position - 1] ?? " ";
  if (!isWord(last)) return position;
  if (isHangul(last)) {
    let end = position;
    while (isHangul(folded[end] ?? " ")) end++;
    return PARTICLES.test(folded.slice(position, end)) ? position : -1;
  }
  if (!isWord(next) || isHangul(next)) return position;
  if (isFootnoteMark(folded, position)) return position;
  if (next === "s" && last !== "s" && !isWord(folded[position + 1] ?? " ")) return position + 1;
  if (folded.startsWith("es", position) && /[sxh]/.test(last) && !isWord(folded[position + 2] ?? " "))
    return position + 2;
  return -1;
}

/** One or two digits that end a word, as the mark of a footnote does: “attention3”. */
function isFootnoteMark(folded: string, position: number): boolean {
  let end = position;
  while (isDigit(folded[end] ?? " ")) end++;
  return end > position && end - position <= 2 && !isWord(folded[end] ?? " ");
}

/** Whether a character is a digit. */
export function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}

/** Whether a character belongs to a word. */
export function isWord(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code < 128) {
    return (
      (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95
    );
  }
  return /[\p{L}\p{N}]/u.test(character);
}

function isHangul(character: string): boolean {
  return character >= "가" && character <= "힣";
}
