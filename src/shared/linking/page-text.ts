/** A run of text as pdf.js gives it, in the order of the page's content. */
export interface TextItem {
  readonly str: string;
  /** Text space to PDF points: [a, b, c, d, x, y]; (x, y) is where the baseline begins. */
  readonly transform: readonly number[];
  /** PDF points along and across the baseline. */
  readonly width: number;
  readonly height: number;
  readonly fontName: string;
  readonly hasEOL: boolean;
}

/** A page as one string, with the way back from its code points to the items that they come from. */
export interface PageText {
  readonly text: string;
  readonly items: readonly TextItem[];
  /** For each code point of `text`: index of its item, or -1 for a space or a line break that no item holds. */
  readonly itemOf: Int32Array;
  /** For each code point of `text`: the code unit of its item's string at which it begins. */
  readonly unitOf: Int32Array;
  /** For each item: the line of the page that it stands on. */
  readonly lineOf: Int32Array;
}

/** A part of one item. */
export interface Fragment {
  readonly item: number;
  /** Code units of the item's string; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
}

/**
 * Joins the items of a page in reading order, which is the order of its content in what typesetting systems write: columns
 * one after the other. Lines end with a line break. A word that is broken at the end of a line is joined: its hyphen goes,
 * unless the parts are such as compounds are made of (`multi-` `head`, `attention-` `based`). Ligatures and the slanted and
 * bold letters of formulas are spelled out.
 */
export function pageText(source: readonly (TextItem | object)[]): PageText {
  const items = source.filter(isTextItem);
  const builder = new Builder(items);
  items.forEach((item, index) => {
    builder.add(item, index);
  });
  return builder.finish();
}

/** The parts of items that a span of code points covers, one list per line of the page. */
export function fragments(page: PageText, start: number, end: number): Fragment[][] {
  const lines: Fragment[][] = [];
  let line = -1;
  for (let at = start; at < end; ) {
    const item = page.itemOf[at]!;
    if (item < 0) {
      at++;
      continue;
    }
    const from = page.unitOf[at]!;
    const { str } = page.items[item]!;
    let to = from;
    // The letters of a ligature come from one place; what a line break took away leaves a gap.
    for (; at < end && page.itemOf[at] === item && page.unitOf[at]! <= to; at++) {
      const unit = page.unitOf[at]!;
      to = Math.max(to, unit + (str.codePointAt(unit)! > 0xffff ? 2 : 1));
    }
    if (lines.length === 0 || page.lineOf[item] !== line) {
      lines.push([]);
      line = page.lineOf[item]!;
    }
    lines.at(-1)!.push({ item, from, to });
  }
  return lines;
}

function isTextItem(item: TextItem | object): item is TextItem {
  return "str" in item;
}

/** First parts of compounds that keep their hyphen at the end of a line. */
const FIRST_PART = new Set(
  [
    "self cross multi feed encoder decoder key query dot fully well long short fine low high two three single left right skip",
    "batch grouped sliding mixture large small sequence state block memory position token byte",
  ].flatMap(words => words.split(" ")),
);
/** Between the parts of a compound: `mixture-of-` `experts`. */
const INNER_PART = /[-\u2010](?:of|to|in|and|by|the)[-\u2010\u00ad]$/u;
/** Second parts that are words only behind a hyphen (`attention-` `based`). */
const SECOND_PART = new Set(
  [
    "based aware like style free only wise level specific guided driven trained tuned tuning scale attention norm head heads",
    "headed decoder encoder forward",
  ].flatMap(words => words.split(" ")),
);
/** Ligatures, and the letters of formulas, which some fonts give as characters of their own. */
const SPELLED_OUT = /[\ufb00-\ufb06\u{1d400}-\u{1d7ff}]/u;
const HYPHEN = /[-\u2010\u00ad]/;
/** How a space reads that was printed from a browser in a font which gives control characters its glyph, as Korean ones do. */
export const PRINTED_SPACE = "\u0001";
/** Nothing in it is spelled out otherwise. */
const PLAIN = /^[ -~]*$/;
/** How a word goes on that is broken between two lines; null where none is. */
export function brokenWord(before: string, after: string): "with hyphen" | "without hyphen" | null {
  if (!HYPHEN.test(before.at(-1) ?? "") || !isSmall(after)) return null;
  let begin = before.length - 1;
  while (begin > 0 && isLetter(before[begin - 1]!)) begin--;
  const word = before.slice(begin, -1);
  if (word === "") return null;
  return FIRST_PART.has(word.toLowerCase()) || INNER_PART.test(before) || isSecondPart(after)
    ? "with hyphen"
    : "without hyphen";
}

function isSecondPart(after: string): boolean {
  let end = 1;
  while (end < after.length && isLetter(after[end]!)) end++;
  return end === 1 ? /^[a-z]/.test(after) : SECOND_PART.has(after.slice(0, end));
}

/** Most letters are of ASCII, for which no table of all others is made. */
function isLetter(character: string): boolean {
  return /[A-Za-z]/.test(character) || (character > "~" && /\p{L}/u.test(character));
}

function isSmall(text: string): boolean {
  return /^[a-z]/.test(text) || (text > "~" && /^\p{Ll}/u.test(text));
}

class Builder {
  private text = "";
  /** Code points of the text so far. */
  private length = 0;
  private itemOf = new Int32Array(4096);
  private unitOf = new Int32Array(4096);
  private readonly lineOf: Int32Array;
  private line = 0;
  private previous: TextItem | null = null;
  private broken = false;
  private readonly items: readonly TextItem[];

  constructor(items: readonly TextItem[]) {
    this.items = items;
    this.lineOf = new Int32Array(items.length);
  }

  add(item: TextItem, index: number): void {
    const str = item.str === PRINTED_SPACE && item.fontName === this.previous?.fontName ? " " : item.str;
    if (str !== "") {
      if (this.previous !== null && !this.broken && leavesLine(this.previous, item)) this.broken = true;
      if (this.broken) this.breakLine(item);
      if (PLAIN.test(str)) {
        const begin = this.reserve(str.length);
        this.itemOf.fill(index, begin, this.length);
        for (let unit = 0; unit < str.length; unit++) this.unitOf[begin + unit] = unit;
        this.text += str;
      } else {
        this.spellOut(str, index);
      }
      if (str !== " " && str.trim() !== "") this.previous = item;
    }
    this.lineOf[index] = this.line;
    if (item.hasEOL) this.broken = true;
  }

  private spellOut(text: string, index: number): void {
    for (let unit = 0; unit < text.length; ) {
      const point = String.fromCodePoint(text.codePointAt(unit)!);
      const spelled = SPELLED_OUT.test(point) ? point.normalize("NFKC") : point === "\u00a0" ? " " : point;
      for (const letter of spelled) this.push(letter, index, unit);
      unit += point.length;
    }
  }

  finish(): PageText {
    return {
      text: this.text,
      items: this.items,
      itemOf: this.itemOf.slice(0, this.length),
      unitOf: this.unitOf.slice(0, this.length),
      lineOf: this.lineOf,
    };
  }

  private push(point: string, item: number, unit: number): void {
    const at = this.reserve(1);
    this.text += point;
    this.itemOf[at] = item;
    this.unitOf[at] = unit;
  }

  /** Where so many more code points begin, for which there is room then. */
  private reserve(points: number): number {
    const begin = this.length;
    this.length += points;
    if (this.length > this.itemOf.length) {
      this.itemOf = grown(this.itemOf, this.length);
      this.unitOf = grown(this.unitOf, this.length);
    }
    return begin;
  }

  private breakLine(next: TextItem): void {
    this.broken = false;
    if (this.text === "") return;
    this.line++;
    while (this.text.endsWith(" ")) this.drop();
    const broken = HYPHEN.test(this.text.at(-1) ?? "") ? brokenWord(this.text.slice(-40), next.str) : null;
    if (broken === "without hyphen") this.drop();
    if (broken === null && !this.text.endsWith("\n")) {
      this.push("\n", -1, 0);
    }
  }

  private drop(): void {
    this.text = this.text.slice(0, -1);
    this.length--;
  }
}

/** The same numbers in an array that has room for many more. */
function grown(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * length);
  more.set(numbers);
  return more;
}

/** Whether an item begins elsewhere than on the line of the one before it, where pdf.js does not say so. */
function leavesLine(previous: TextItem, next: TextItem): boolean {
  const { 0: a = 1, 1: b = 0, 4: x = 0, 5: y = 0 } = previous.transform;
  const { 0: nextA = 1, 1: nextB = 0, 4: nextX = 0, 5: nextY = 0 } = next.transform;
  const size = sizeOf(a, b);
  if (a !== nextA || b !== nextB) {
    const nextSize = sizeOf(nextA, nextB);
    const turned = Math.abs(a / size - nextA / nextSize) + Math.abs(b / size - nextB / nextSize) > 0.1;
    if (turned) return true;
  }
  const along = ((nextX - x) * a + (nextY - y) * b) / size;
  const across = (-(nextX - x) * b + (nextY - y) * a) / size;
  const height = Math.max(previous.height, next.height, 1);
  // Indices and exponents move by less than half a line; a fraction's parts by more, and stay apart.
  return Math.abs(across) > 0.8 * height || along < -0.5 * height;
}

/** Of text, along its baseline; most is upright. */
function sizeOf(a: number, b: number): number {
  return (b === 0 ? Math.abs(a) : Math.hypot(a, b)) || 1;
}
