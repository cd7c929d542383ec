import { fold } from "./fold.ts";
import { type Ending, GAP, Reading } from "./reading.ts";

/** A spelling and what it stands for. */
export interface Spelling<T> {
  /**
   * As the tables write it. A space stands for spaces, a line break or a hyphen; a hyphen also for nothing (`feed-forward`
   * finds “feed forward” and “feedforward”); `{a|b|}` for either of its alternatives. `=` in front: letters in this case only.
   * `*` behind: the word may go on, as a function's name does with its index in the text of a formula (`softmax*`: “softmaxj”).
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

/** What ends where a spelling ends. */
interface Meaning<T> {
  readonly value: T;
  /** The word may go on. */
  readonly open: boolean;
  /** Whether a text is the spelling as it has to be written; null where case does not matter. */
  readonly exact: ((read: string) => boolean) | null;
}

/** Finds any number of spellings in one pass over a text; a later spelling replaces an equal earlier one. */
export class Matcher<T> {
  private readonly root: Reading<Meaning<T>>;

  constructor(spellings: Iterable<Spelling<T>>) {
    this.root = Reading.of(
      Array.from(spellings, ({ pattern, value }) => {
        const { plain, exact, open } = marksOf(pattern);
        return { pattern: fold(plain), value: { value, open, exact: exact ? writtenAs(plain) : null } };
      }),
    );
  }

  /** Every spelling that begins at a place, longest first. `folded` is `fold(text)`. */
  at(text: string, folded: string, start: number): Match<T>[] {
    const found: Match<T>[] = [];
    this.walk(this.root, text, folded, start, start, found);
    return found.sort((a, b) => b.end - a.end);
  }

  /** Follows the text as far as it can be read; it is left only where a gap can be read in two ways. */
  private walk(
    from: Reading<Meaning<T>>,
    text: string,
    folded: string,
    start: number,
    begin: number,
    found: Match<T>[],
  ): void {
    let at = from;
    for (let position = begin; ; position++) {
      if (at.endings.length > 0 && position > start && !isGap(folded[position - 1]!)) {
        const ended = wordEnd(folded, position);
        const goesOn = ended < 0 && !isDigit(folded[position]!) && at.endings.some(({ value }) => value.open);
        const end = goesOn ? position : ended;
        const meaning = end < 0 ? undefined : meaningOf(at.endings, text, start, position);
        if (meaning !== undefined) found.push({ start, end, value: meaning.value });
      }
      const character = folded[position];
      if (character === undefined) return;
      if (isGap(character)) {
        this.walkGap(at, text, folded, start, position, found);
        return;
      }
      const next = at.next(character);
      if (next === null) return;
      at = next;
    }
  }

  private walkGap(
    at: Reading<Meaning<T>>,
    text: string,
    folded: string,
    start: number,
    position: number,
    found: Match<T>[],
  ): void {
    const after = skipGap(folded, position);
    const next = at.next(GAP);
    if (next !== null) this.walk(next, text, folded, start, after, found);
    // A word broken at the end of a line; Hangul breaks without a hyphen.
    const broken =
      folded[position] === "-"
        ? position - start > 1 && /\p{L}/u.test(folded[after] ?? "")
        : text[position] === "\n" && isHangul(folded[position - 1] ?? "") && isHangul(folded[after] ?? "");
    if (broken) this.walk(at, text, folded, start, after, found);
  }
}

/** The pattern without the marks at its ends, and what they say. */
export function marksOf(pattern: string): { plain: string; exact: boolean; open: boolean } {
  const exact = pattern.startsWith("=");
  const open = pattern.endsWith("*");
  return { plain: pattern.slice(exact ? 1 : 0, open ? -1 : undefined), exact, open };
}

function writtenAs(pattern: string): (read: string) => boolean {
  let spelling: Reading<true> | null = null;
  return read => {
    spelling ??= Reading.of([{ pattern, value: true }]);
    return spelling.whole(read).length > 0;
  };
}

/** What a spelling means that ends here: one that fits letter by letter before others, a later one before an earlier. */
function meaningOf<T>(
  endings: readonly Ending<Meaning<T>>[],
  text: string,
  start: number,
  position: number,
): Meaning<T> | undefined {
  const exact = endings.filter(({ value }) => value.exact !== null);
  if (exact.length > 0) {
    const read = text.slice(start, position).replace(/[\s\u00ad\u2010-\u2015-]+/g, GAP);
    const written = exact.find(({ value }) => value.exact!(read));
    if (written !== undefined) return written.value;
  }
  return endings.find(({ value }) => value.exact === null)?.value;
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
  // Raised and lowered digits are marks beside a word.
  return /[\p{L}\p{Nd}]/u.test(character);
}

function isHangul(character: string): boolean {
  return character >= "가" && character <= "힣";
}
