import { brokenWord, PRINTED_SPACE } from "./page-text.ts";

/** A line of a page of which something is copied. */
export interface CopiedLine {
  /** What is copied of it. */
  readonly text: string;
  /** The whole line, in any unit, from the top left of what it stands in. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** It consists of columns, as a row of a table. */
  readonly spaced: boolean;
}

/** Lines of a block follow one another within this many heights of a line. */
const ADVANCE = 1.9;
/** A line that begins this many heights to the right of its block begins a paragraph. */
const INDENT = 0.7;
/** A line that ends this many heights before its block does ends a paragraph. */
const SHORT = 2;
/** Lines of one block differ in height by less than this share: indices make some higher. */
const SIZES = 0.25;
const SENTENCE_END = /[.!?。:]["”’)\]]*$/u;
const LIGATURES = /[\ufb00-\ufb06]/g;

/** Lines below one another in one column and one size. */
interface Block {
  left: number;
  right: number;
}

/**
 * Text as one would write it down: words that are broken at the end of a line are whole again, the lines of a paragraph are
 * one line, also where it goes on in the next column, and paragraphs, headings and rows of tables are lines of their own.
 *
 * @param lines in reading order.
 * @param isCompound says whether a word with a hyphen is written so elsewhere, on one line: `task-specific`.
 */
export function copiedText(
  lines: readonly CopiedLine[],
  isCompound: (word: string) => boolean = () => false,
): string {
  const blocks = blocksOf(lines);
  let text = "";
  lines.forEach((line, index) => {
    const words = line.text.replaceAll(PRINTED_SPACE, " ").replace(/\s+/g, " ").trim();
    const before = lines[index - 1];
    if (before === undefined) text = words;
    else if (beginsParagraph(before, line, blocks[index - 1]!, blocks[index]!)) text += `\n${words}`;
    else {
      const broken = brokenWord(text, words);
      const word = `${/\p{L}*.$/u.exec(text)![0]}${/^\p{L}*/u.exec(words)![0]}`;
      if (broken === "without hyphen" && !isCompound(word)) text = text.slice(0, -1);
      text += broken === null ? ` ${words}` : words;
    }
  });
  return text.replace(LIGATURES, ligature => ligature.normalize("NFKC"));
}

function beginsParagraph(before: CopiedLine, line: CopiedLine, from: Block, block: Block): boolean {
  if (before.spaced || line.spaced) return true;
  const height = before.bottom - before.top;
  const ends = before.right < from.right - SHORT * height;
  const begins = line.left > block.left + INDENT * height;
  if (from === block) return ends || begins;
  // The next column, or the next page, goes on where this one ends.
  const elsewhere = line.top < before.top && sameSize(before, line);
  return !elsewhere || ends || (begins && SENTENCE_END.test(before.text.trim()));
}

/** For each line its block. */
function blocksOf(lines: readonly CopiedLine[]): readonly Block[] {
  const blocks: Block[] = [];
  lines.forEach((line, index) => {
    const before = lines[index - 1];
    const own = blocks[index - 1];
    if (before === undefined || own === undefined || !follows(before, line, own)) {
      blocks.push({ left: line.left, right: line.right });
      return;
    }
    own.left = Math.min(own.left, line.left);
    own.right = Math.max(own.right, line.right);
    blocks.push(own);
  });
  return blocks;
}

function follows(before: CopiedLine, line: CopiedLine, block: Block): boolean {
  const advance = line.top - before.top;
  const height = before.bottom - before.top;
  const below = advance > 0 && advance < ADVANCE * height;
  return below && sameSize(before, line) && line.left < block.right && line.right > block.left;
}

function sameSize(a: CopiedLine, b: CopiedLine): boolean {
  const [one, other] = [a.bottom - a.top, b.bottom - b.top];
  return Math.abs(one - other) < SIZES * Math.max(one, other);
}
