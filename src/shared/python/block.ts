import { type SyntaxNode, type Tree, TreeFragment } from "@lezer/common";
import { parser } from "@lezer/python";

/** The syntax of one block of a source. It says nothing about where the block stands, so versions of a source share it. */
export interface BlockSyntax {
  readonly text: string;
  /** What the parser read: of the text's length, so that places in the tree are places in the text. */
  readonly read: string;
  readonly tree: Tree;
  /** Whether the parser had to guess. */
  readonly hasErrors: boolean;
  /** Whether the text is correct as it stands, nothing read as something else. */
  readonly isComplete: boolean;
  /** The quotes that would close a long string that is still open where the block ends; null where none is. */
  readonly openQuotes: string | null;
}

/**
 * Parses a block. The outcome depends on the text alone; the block that it was before an edit only makes it quicker.
 *
 * A bracket that is never closed would make one expression of all that follows. Statements cannot stand in brackets, so
 * one that begins a line inside brackets shows which were left open; these are read as spaces.
 */
export function parseBlock(text: string, before?: BlockSyntax): BlockSyntax {
  let read = withPlainLineEnds(text);
  let correct = parseCorrect(read, before);
  const isComplete = correct !== null;
  let tree = correct ?? parser.parse(read);
  for (let round = 0; round < MOST_REPAIRS && correct === null; round++) {
    const open = unclosedBrackets(tree, read);
    if (open.length === 0) break;
    read = withSpacesAt(read, open);
    correct = parseCorrect(read, before);
    tree = correct ?? parser.parse(read);
  }
  return { text, read, tree, hasErrors: correct === null, isComplete, openQuotes: openQuotes(tree, read) };
}

/** Reading a bracket as a space may turn what was string into code, with brackets of its own. */
const MOST_REPAIRS = 3;

/** Gives up at the first error instead of guessing. */
const strictParser = parser.configure({ strict: true });

/**
 * The tree of a block without errors, with what an edit left of an earlier tree; null where there are errors. What the
 * parser guesses depends on where it began, so neither tree may hold guesses.
 */
function parseCorrect(read: string, before: BlockSyntax | undefined): Tree | null {
  try {
    return strictParser.parse(read, before && !before.hasErrors ? fragmentsOf(before, read) : []);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The parts of a tree that an edit to the given text leaves: all but what lies between the ends that are the same. */
function fragmentsOf({ read: earlier, tree }: BlockSyntax, read: string): readonly TreeFragment[] {
  const least = Math.min(read.length, earlier.length);
  let start = 0;
  while (start < least && read.charCodeAt(start) === earlier.charCodeAt(start)) start++;
  let end = 0;
  while (
    end < least - start &&
    read.charCodeAt(read.length - 1 - end) === earlier.charCodeAt(earlier.length - 1 - end)
  )
    end++;
  return TreeFragment.applyChanges(TreeFragment.addTree(tree), [
    { fromA: start, toA: earlier.length - end, fromB: start, toB: read.length - end },
  ]);
}

/** Line ends of Windows as a space and a newline: the grammar takes a return for the end that a backslash joins. */
function withPlainLineEnds(text: string): string {
  return text.includes("\r") ? text.replaceAll("\\\r\n", " \\\n").replaceAll("\r\n", " \n") : text;
}

const CLOSER_OF: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const CLOSERS = new Set(Object.values(CLOSER_OF));

/** Words that begin a statement and never stand in an expression. */
const STATEMENTS = new Set(
  "assert break class continue def del global import nonlocal pass raise return try while with".split(" "),
);

/** Places of the brackets that stay open, in order. */
function unclosedBrackets(tree: Tree, read: string): readonly number[] {
  const unclosed: number[] = [];
  let open: { readonly at: number; readonly closer: string }[] = [];
  const cursor = tree.cursor();
  do {
    const { name, from } = cursor;
    const closer = CLOSER_OF[name];
    if (closer !== undefined) open.push({ at: from, closer });
    else if (CLOSERS.has(name)) {
      const index = open.findLastIndex(bracket => bracket.closer === name);
      const inside = index < 0 ? [] : open.splice(index).slice(1);
      unclosed.push(...inside.map(({ at }) => at));
    } else if (open.length > 0 && STATEMENTS.has(name) && beginsLine(read, from)) {
      unclosed.push(...open.map(({ at }) => at));
      open = [];
    }
  } while (cursor.next());
  return [...unclosed, ...open.map(({ at }) => at)].sort((a, b) => a - b);
}

function beginsLine(read: string, at: number): boolean {
  return read.slice(read.lastIndexOf("\n", at - 1) + 1, at).trim() === "";
}

function withSpacesAt(read: string, places: readonly number[]): string {
  const kept = [...places, read.length].map((place, index) =>
    read.slice(index === 0 ? 0 : places[index - 1]! + 1, place),
  );
  return kept.join(" ");
}

function openQuotes(tree: Tree, read: string): string | null {
  for (let node: SyntaxNode | null = tree.resolveInner(read.length, -1); node; node = node.parent) {
    const isString = node.name === "String" || node.name === "FormatString";
    if (!isString || node.to < read.length || !node.lastChild?.type.isError) continue;
    const quotes = LONG_QUOTES.exec(read.slice(node.from, node.from + 5))?.[1];
    if (quotes !== undefined) return quotes;
  }
  return null;
}

/** Up to two letters, as in `rb"""`, may come before the quotes. */
const LONG_QUOTES = /^\w{0,2}("""|''')/;
