import { type PythonDocument, parsePython } from "./document.ts";
import { innerStatements, namesOf, type Statement, topStatements } from "./statements.ts";

/**
 * The cells of a notebook as one source: each begins where the one before ends. Lines that are meant for IPython (`%magic`,
 * `!command`, `?help`) become empty, so that every other line keeps its place.
 * @returns the text, and the line from 0 at which each cell begins.
 */
export function joinCells(cells: readonly string[]): {
  readonly text: string;
  readonly starts: readonly number[];
} {
  const lines: string[] = [];
  const starts = cells.map(cell => {
    const start = lines.length;
    lines.push(...withoutMagics(cell.split(/\r?\n/)));
    return start;
  });
  return { text: lines.join("\n"), starts };
}

/** Cell magics after which the rest is still Python of this notebook. */
const PYTHON_MAGIC = /^%%(time|capture|prun|memit)\b/;

function withoutMagics(lines: readonly string[]): readonly string[] {
  const first = lines.find(line => line.trim() !== "") ?? "";
  if (first.startsWith("%%") && !PYTHON_MAGIC.test(first)) return lines.map(() => "");
  let continued = false;
  return lines.map(line => {
    const goesOn = continued;
    const magic = goesOn || /^\s*([%!?]|\w[\w.]*\s*=\s*[%!]|[\w.]+\?{1,2}\s*$)/.test(line);
    continued = magic && line.endsWith("\\");
    if (!magic) return line;
    // Alone in a block, an empty line would not do.
    const indent = goesOn ? "" : /^\s*/.exec(line)![0];
    return indent === "" ? "" : `${indent}pass`;
  });
}

/**
 * A script or notebook without what it does when it runs: imports, classes and functions stay, and the assignments that
 * they need; everything else becomes white space. Places stay what they are.
 */
export function definitionsOnly(source: string | PythonDocument): string {
  const document = typeof source === "string" ? parsePython(source) : source;
  const statements = topStatements(document);
  const needed = new Set<string>();
  const kept = new Set<(typeof statements)[number]>();
  const keep = (statement: (typeof statements)[number]) => {
    if (kept.has(statement)) return;
    kept.add(statement);
    for (const name of namesOf(statement)) needed.add(name);
  };
  for (const statement of statements) if (defines(statement.node.name, statement.text)) keep(statement);
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    for (const statement of statements)
      if (assigned(statement).some(target => needed.has(target))) keep(statement);
  }
  let text = "";
  let end = 0;
  for (const statement of statements) {
    if (kept.has(statement)) continue;
    text +=
      document.text.slice(end, statement.from) + blank(document.text.slice(statement.from, statement.to));
    end = statement.to;
  }
  return text + document.text.slice(end);
}

/** Names that a statement gives a value, itself or in a branch; a loop is what a script does when it runs. */
function assigned(statement: Statement): readonly string[] {
  if (!/^(If|Try|With)/.test(statement.node.name)) return statement.targets;
  return innerStatements(statement).flatMap(({ targets }) => targets);
}

/** A definition, or a `try` or `if` around an import or a definition. */
function defines(kind: string, text: string): boolean {
  if (/^(Import|Class|Function|Decorated)/.test(kind)) return true;
  return /^(Try|If)/.test(kind) && /^\s+(import|from|class|def)\b/m.test(text) && !/__main__/.test(text);
}

function blank(text: string): string {
  return text.replace(/[^\n\r]/g, " ");
}
