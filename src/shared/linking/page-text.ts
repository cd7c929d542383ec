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
  for (let at = start; at < end; at++) {
    const item = page.itemOf[at]!;
    if (item < 0) continue;
    const from = page.unitOf[at]!;
    const to = from + (page.items[item]!.str.codePointAt(from)! > 0xffff ? 2 : 1);
    if (lines.length === 0 || page.lineOf[item] !== line) {
      lines.push([]);
      line = page.lineOf[item]!;
    }
    const own = lines.at(-1)!;
    const last = own.at(-1);
    if (last !== undefined && last.item === item && from <= last.to) {
      own[own.length - 1] = { item, from: last.from, to: Math.max(to, last.to) };
    } else {
      own.push({ item, from, to });
    }
  }
  return lines;
}

function isTextItem(item: TextItem | object): item is TextItem {
  return "str" in item;
}

/** First parts of compounds that keep their hyphen at the end of a line. */
const COMPOUND =
  /(?:^|[^\p{L}])(?:self|cross|multi|feed|encoder|decoder|key|query|dot|fully|well|long|short|fine|low|high|two|three|single|left|right|skip|batch|grouped|sliding|mixture|large|small|sequence|state|block|memory|position|token|byte)$/iu;
/** Second parts that are words only behind a hyphen (`attention-` `based`). */
const SECOND_PART =
  /^(?:based|aware|like|style|free|only|wise|level|specific|guided|driven|trained|tuned|tuning|scale|attention|norm|head|heads|headed|decoder|encoder|forward)(?![\p{L}])/u;
/** Ligatures, and the letters of formulas, which some fonts give as characters of their own. */
const SPELLED_OUT = /[\ufb00-\ufb06\u{1d400}-\u{1d7ff}]/u;
const HYPHEN = /[-\u2010\u00ad]/;
/** Nothing in it is spelled out otherwise. */
const PLAIN = /^[ -~]*$/;
/** A hyphen at the end of a word at the end of what was read so far. */
const BROKEN_WORD = /(\p{L}+)[-\u2010\u00ad]$/u;

/** How a word goes on that is broken between two lines; null where none is. */
export function brokenWord(before: string, after: string): "with hyphen" | "without hyphen" | null {
  const word = BROKEN_WORD.exec(before)?.[1];
  if (word === undefined || !/^\p{Ll}/u.test(after)) return null;
  return COMPOUND.test(word) || SECOND_PART.test(after) ? "with hyphen" : "without hyphen";
}

class Builder {
  private readonly points: string[] = [];
  private readonly itemOf: number[] = [];
  private readonly unitOf: number[] = [];
  private readonly lineOf: number[] = [];
  private line = 0;
  private previous: TextItem | null = null;
  private broken = false;
  private readonly items: readonly TextItem[];

  constructor(items: readonly TextItem[]) {
    this.items = items;
  }

  add(item: TextItem, index: number): void {
    if (item.str !== "") {
      if (this.previous !== null && !this.broken && leavesLine(this.previous, item)) this.broken = true;
      if (this.broken) this.breakLine(item);
      if (PLAIN.test(item.str)) {
        for (let unit = 0; unit < item.str.length; unit++) this.push(item.str[unit]!, index, unit);
      } else {
        this.spellOut(item.str, index);
      }
      if (item.str.trim() !== "") this.previous = item;
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
      text: this.points.join(""),
      items: this.items,
      itemOf: new Int32Array(this.itemOf),
      unitOf: new Int32Array(this.unitOf),
      lineOf: new Int32Array(this.lineOf),
    };
  }

  private push(point: string, item: number, unit: number): void {
    this.points.push(point);
    this.itemOf.push(item);
    this.unitOf.push(unit);
  }

  private breakLine(next: TextItem): void {
    this.broken = false;
    if (this.points.length === 0) return;
    this.line++;
    while (this.points.at(-1) === " ") this.drop();
    const broken = HYPHEN.test(this.points.at(-1) ?? "")
      ? brokenWord(this.points.slice(-40).join(""), next.str)
      : null;
    if (broken === "without hyphen") this.drop();
    if (broken === null && this.points.at(-1) !== "\n") {
      this.push("\n", -1, 0);
    }
  }

  private drop(): void {
    this.points.pop();
    this.itemOf.pop();
    this.unitOf.pop();
  }
}

/** Whether an item begins elsewhere than on the line of the one before it, where pdf.js does not say so. */
function leavesLine(previous: TextItem, next: TextItem): boolean {
  const [a = 1, b = 0, , , x = 0, y = 0] = previous.transform;
  const [nextA = 1, nextB = 0, , , nextX = 0, nextY = 0] = next.transform;
  const size = Math.hypot(a, b) || 1;
  const nextSize = Math.hypot(nextA, nextB) || 1;
  const turned = Math.abs(a / size - nextA / nextSize) + Math.abs(b / size - nextB / nextSize) > 0.1;
  if (turned) return true;
  const along = ((nextX - x) * a + (nextY - y) * b) / size;
  const across = (-(nextX - x) * b + (nextY - y) * a) / size;
  const height = Math.max(previous.height, next.height, 1);
  // Indices and exponents move by less than half a line; a fraction's parts by more, and stay apart.
  return Math.abs(across) > 0.8 * height || along < -0.5 * height;
}
