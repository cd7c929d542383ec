import { type BlockSyntax, parseBlock } from "./block.ts";

/** One version of a Python source, parsed. */
export interface PythonDocument {
  readonly text: string;
  readonly blocks: readonly PythonBlock[];
  /** Where each line begins, in UTF-16 code units from the start of the text; the first is 0. */
  readonly lineStarts: readonly number[];
}

/**
 * A part of a source that begins with a class or a function at the left margin, its decorators included; the first holds
 * what comes before any. What is half typed in one cannot spoil another.
 */
export interface PythonBlock {
  /** UTF-16 code units from the start of the text. */
  readonly start: number;
  readonly syntax: BlockSyntax;
}

/**
 * Parses a source that need not be complete. Equal texts give equal documents; of an earlier version, blocks that did not
 * change are taken as they are, and of those that did, the unchanged parts of their trees.
 */
export function parsePython(text: string, previous?: PythonDocument): PythonDocument {
  const known = new Map(previous?.blocks.map(({ syntax }) => [syntax.text, syntax]));
  const lineStarts = lineStartsOf(text);
  const boundaries = boundariesOf(text, lineStarts);
  const blocks: PythonBlock[] = [];
  const endAfter = (at: number) => boundaries.find(boundary => boundary > at) ?? text.length;
  const parse = (start: number, end: number) => {
    const part = text.slice(start, end);
    // Blocks that come and go are few: the one in the same place is the one that was edited.
    return known.get(part) ?? parseBlock(part, previous?.blocks[blocks.length]?.syntax);
  };
  for (let start = 0; start < text.length; ) {
    let end = endAfter(start);
    let syntax = parse(start, end);
    // What looks like the next class stood in a string: go on behind it, or to the very end if the string does.
    if (syntax.openQuotes !== null && end < text.length) {
      const closed = text.indexOf(syntax.openQuotes, end);
      end = closed < 0 ? text.length : endAfter(closed);
      syntax = parse(start, end);
    }
    if (syntax.openQuotes !== null && end < text.length) {
      end = text.length;
      syntax = parse(start, end);
    }
    blocks.push({ start, syntax });
    start = end;
  }
  return { text, blocks, lineStarts };
}

/** The line, from 0, of a place in UTF-16 code units. */
export function lineAt({ lineStarts }: Pick<PythonDocument, "lineStarts">, at: number): number {
  let [low, high] = [0, lineStarts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lineStarts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Whether a place is inside a comment or a string; what a format string computes is not. */
export function isProse({ blocks }: PythonDocument, at: number): boolean {
  const block = blocks.findLast(({ start }) => start <= at);
  if (block === undefined) return false;
  for (let node = block.syntax.tree.resolveInner(at - block.start, 1); ; node = node.parent) {
    if (PROSE.has(node.name)) return true;
    if (node.name === "FormatReplacement" || node.parent === null) return false;
  }
}

const PROSE = new Set(["Comment", "String", "FormatString"]);

/** A decorator, a class or a function at the left margin. */
const HEADER = /(@)[A-Za-z_]|class\b|def\b|async[ \t]+def\b/y;

/** Where blocks may begin: at each header but those that follow decorators, which belong together. */
function boundariesOf(text: string, lineStarts: readonly number[]): readonly number[] {
  const boundaries: number[] = [];
  let decorated = false;
  for (const start of lineStarts) {
    HEADER.lastIndex = start;
    const header = HEADER.exec(text);
    if (header === null) continue;
    if (!decorated) boundaries.push(start);
    decorated = header[1] !== undefined;
  }
  return boundaries;
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
