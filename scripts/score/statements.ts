import { readFileSync } from "node:fs";
import { parser } from "@lezer/python";

/** First and last line, from 1. */
export type Lines = readonly [first: number, last: number];

/** Nodes of the grammar that are statements without being called so. */
const DEFINITIONS = new Set(["FunctionDefinition", "ClassDefinition"]);

/** The statements of Python files, read once. */
export class Statements {
  readonly #files = new Map<string, readonly Lines[]>();

  /** The innermost statement that holds a line, or null. */
  at(path: string, line: number): Lines | null {
    let inner: Lines | null = null;
    for (const lines of this.#of(path)) {
      if (lines[0] > line || line > lines[1]) continue;
      if (!inner || lines[1] - lines[0] < inner[1] - inner[0]) inner = lines;
    }
    return inner;
  }

  #of(path: string): readonly Lines[] {
    const known = this.#files.get(path);
    if (known) return known;
    const statements = statementsOf(readFileSync(path, "utf8"));
    this.#files.set(path, statements);
    return statements;
  }
}

function statementsOf(text: string): Lines[] {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(match => match.index + 1)];
  const statements: Lines[] = [];
  parser.parse(text).iterate({
    enter({ name, from, to }) {
      if (!name.endsWith("Statement") && !DEFINITIONS.has(name)) return;
      // A block's node ends behind the line breaks that follow it.
      const end = from + text.slice(from, to).trimEnd().length;
      statements.push([lineOf(starts, from), lineOf(starts, end - 1)]);
    },
  });
  return statements;
}

/** Line of an offset, from 1. */
function lineOf(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
