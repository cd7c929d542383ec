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
  private beginning: RegExp | null = null;

  constructor(spellings: Iterable<Spelling<T>>) {
    this.root = Reading.of(
      Array.from(spellings, ({ pattern, value }) => {
        const { plain, exact, open } = marksOf(pattern);
        return { pattern: fold(plain), value: { value, open, exact: exact ? writtenAs(plain) : null } };
      }),
    );
  }

  /** The first place from one on at which a spelling may begin; -1 where there is none. `folded` is that of a text. */
  next(folded: string, from: number): number {
    this.beginning ??= beginningOf(this.root);
    const { beginning } = this;
    beginning.lastIndex = from;
    return beginning.test(folded) ? beginning.lastIndex - 1 : -1;
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

/** The first character of a spelling, not after a letter; one of ASCII also with what comes second. */
function beginningOf<T>(root: Reading<T>): RegExp {
  const first = root.characters();
  const others = first.filter(character => character.charCodeAt(0) > 127);
  const pairs = first.filter(character => character.charCodeAt(0) <= 127);
  const beginnings = pairs.map(character => {
    const second = root.next(character)!.characters();
    return `${classOf([character])}(?=${classOf(second)})`;
  });
  return new RegExp(`(?<![a-z_])(?:${[...beginnings, classOf(others)].join("|")})`, "g");
}

/** A class of characters, in which a gap is whatever it may be read from. */
function classOf(characters: readonly string[]): string {
  const members = characters.flatMap(character => (character === GAP ? [" ", "-"] : [character]));
  return `[${members.map(member => member.replace(/[\]\\^-]/, "\\$&")).join("")}]`;
}

/** The pattern without the marks at its ends, and what they say. */
function marksOf(pattern: string): { plain: string; exact: boolean; open: boolean } {
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

/** What a spelling means that ends here: the last one of those that fit, letter by letter where they have to. */
function meaningOf<T>(
  endings: readonly Ending<Meaning<T>>[],
  text: string,
  start: number,
  position: number,
): Meaning<T> | undefined {
  let read: string | null = null;
  for (const { value } of endings) {
    if (value.exact === null) return value;
    read ??= text.slice(start, position).replace(/[\s\u00ad\u2010-\u2015-]+/g, GAP);
    if (value.exact(read)) return value;
  }
  return undefined;
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

/** What a term is compounded with. */
const NOUNS =
  "들|층|맵|행렬|함수|연산|기법|방식|구조|모듈|모델|기반|블록|단계|부|단|쪽|측|용|형|식|별|간|끼리";
/** Particles, and endings of the copula. */
const PARTICLES = [
  "은|는|이|가|을|를|의|에|에서|에는|에게|한테|와|과|랑|도|만|로|으로|로서|으로서|로써|으로써|부터|까지|처럼|보다|만큼|대로",
  "마다|나|이나|든|이든|조차|마저|밖에|뿐|란|이란|라|이라|라고|이라고|라는|이라는|라면|이라면|라도|이라도|라서|이라서",
  "인|이다|다|이며|며|이고|고|지만|이지만|므로|이므로|인지|인데|일|임|입니다|였다|이었다|였습니다|이었습니다",
];
/** What may be attached to a term: these, and the verbs that 하다 and 되다 make of it. */
const AFTER_HANGUL = new RegExp(
  `^(?:${NOUNS})*(?:(?:${PARTICLES.join("|")})*|(?:하|한|할|함|해|했|되|된|될|됨|돼|됐)[가-힣]{0,4})$`,
);
/** More syllables than these are not attached to one word. */
const LONGEST_ATTACHED = 12;

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
    const attached = end - position <= LONGEST_ATTACHED && AFTER_HANGUL.test(folded.slice(position, end));
    return attached ? position : -1;
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
