import {
  lineAt,
  type PythonDocument,
  parsePython,
  type Statement,
  type StatementScope,
  statementScopes,
} from "../../shared/python/index.ts";

/** How the source itself builds a class, and what it calls it on. */
export interface CallSite {
  /** One expression that the namespace of the source can read. */
  readonly construct: string;
  /** The call as it is written: `GPT(GPTConfig())`. */
  readonly written: string;
  /** Arguments of the first call of the object, for `TraceRequest.sample`; null where there is none. */
  readonly sample: string | null;
  /** From 0. */
  readonly line: number;
}

/**
 * Places outside of classes where a source builds one: at its top level, under `__main__`, in functions. What an argument
 * takes from an assignment before it comes along; a place that needs a function's own parameter is left out.
 */
export function callSites(source: string | PythonDocument, className: string): readonly CallSite[] {
  const document = typeof source === "string" ? parsePython(source) : source;
  if (!document.text.includes(className)) return [];
  const scopes = statementScopes(document);
  const top = scopes[0]!;
  return scopes.flatMap(scope =>
    scope.statements.flatMap((statement, index): CallSite[] => {
      const call = callOf(statement, className);
      if (call === null || /^(Function|Class|Decorated)/.test(statement.node.name)) return [];
      const setup = setupOf(call, scope, index, top);
      if (setup === null) return [];
      const line = lineAt(document, statement.from);
      const construct = setup.length === 0 ? call : `(${[...setup, call].join(", ")})[-1]`;
      return [
        {
          construct,
          written: call.replace(/\s+/g, " "),
          sample: sampleOf(statement, scope, index, top),
          line,
        },
      ];
    }),
  );
}

/** `Name(…)` in a statement, whatever stands around it, such as `.to(device)`; null where there is none. */
function callOf({ node, text }: Statement, name: string): string | null {
  // Blocks have statements of their own, which are looked at one by one.
  if (!text.includes(name) || node.getChild("Body")) return null;
  let found: string | null = null;
  const offset = node.from;
  node.cursor().iterate(({ name: kind, node: each }) => {
    if (found !== null || kind !== "CallExpression") return;
    const callee = each.firstChild;
    if (callee?.name !== "VariableName") return;
    if (text.slice(callee.from - offset, callee.to - offset) === name)
      found = text.slice(each.from - offset, each.to - offset);
  });
  return found;
}

/**
 * Assignments, as expressions, of what an expression uses and the namespace of the source does not have; null where that
 * cannot be had.
 */
function setupOf(
  expression: string,
  scope: StatementScope,
  index: number,
  top: StatementScope,
  seen: ReadonlySet<string> = new Set(),
): readonly string[] | null {
  const setup: string[] = [];
  for (const name of freeNames(expression)) {
    if (seen.has(name)) continue;
    const own = lastAssignment(name, scope, index);
    const assigned = own ?? lastAssignment(name, top, top.statements.length);
    if (assigned === null) {
      if (scope.function?.parameters.includes(name)) return null;
      continue;
    }
    const value = assigned.statement.value!;
    // `x, y = …` and what needs a loop's variable cannot be told from here.
    if (assigned.statement.targets.length !== 1) return null;
    const needed = setupOf(value, own ? scope : top, assigned.index, top, new Set([...seen, name]));
    if (needed === null) return null;
    const changes = changesOf(
      name,
      own ? scope : top,
      assigned.index,
      own ? index : top.statements.length,
      top,
      seen,
    );
    for (const each of [...needed, `${name} := ${value}`, ...changes])
      if (!setup.includes(each)) setup.push(each);
  }
  return setup;
}

/** What is done to an object between its assignment and its use, as expressions: those that can be told from here. */
function changesOf(
  name: string,
  scope: StatementScope,
  from: number,
  before: number,
  top: StatementScope,
  seen: ReadonlySet<string>,
): readonly string[] {
  const use = scope.statements[before];
  return scope.statements.slice(from + 1, before).flatMap((statement, offset): readonly string[] => {
    const change = changeOf(name, statement);
    if (change === null || !runsBefore(statement, use)) return [];
    const needed = setupOf(change, scope, from + 1 + offset, top, new Set([...seen, name]));
    return needed === null ? [] : [...needed, change];
  });
}

/** Whether a statement runs whenever a later one does: no loop or branch holds it that does not hold the other too. */
function runsBefore({ node, from }: Statement, later: Statement | undefined): boolean {
  const block = node.parent!;
  if (block.name !== "Body" || block.parent?.name === "FunctionDefinition") return true;
  const offset = from - node.from;
  return later !== undefined && block.from + offset <= later.from && later.to <= block.to + offset;
}

/** `config.width = 8`, `config["width"] = 8` and `parser.add_argument("--width")` as an expression. */
function changeOf(name: string, { node, text, value }: Statement): string | null {
  if (node.name === "ExpressionStatement")
    return text.startsWith(`${name}.`) && node.firstChild?.name === "CallExpression" ? text : null;
  if (value === null || !/^[.[]/.test(text.slice(name.length)) || !text.startsWith(name)) return null;
  const place = text.slice(name.length, text.length - value.length).replace(/\s*=\s*$/, "");
  const attribute = /^\.(\w+)$/.exec(place)?.[1];
  if (attribute) return `setattr(${name}, "${attribute}", ${value})`;
  return /^\[[^[\]]+\]$/.test(place) ? `${name}.__setitem__(${place.slice(1, -1)}, ${value})` : null;
}

export function lastAssignment(
  name: string,
  { statements }: StatementScope,
  before: number,
): { readonly statement: Statement; readonly index: number } | null {
  for (let index = before - 1; index >= 0; index--) {
    const statement = statements[index]!;
    if (statement.value !== null && statement.targets.includes(name)) return { statement, index };
  }
  return null;
}

/** Names that an expression reads, in order; of keyword arguments only the values. */
function freeNames(expression: string): readonly string[] {
  const document = parsePython(expression);
  const names = new Set<string>();
  for (const { syntax } of document.blocks) {
    syntax.tree.cursor().iterate(({ name, node }) => {
      if (name !== "VariableName") return;
      const keyword =
        node.parent?.name === "ArgList" &&
        node.nextSibling?.name === "AssignOp" &&
        syntax.text[node.nextSibling.from] === "=";
      if (!keyword) names.add(syntax.text.slice(node.from, node.to));
    });
  }
  return [...names];
}

/** What `model(…)` is called with after `model = Name(…)`. */
function sampleOf(
  built: Statement,
  scope: StatementScope,
  index: number,
  top: StatementScope,
): string | null {
  const target = built.targets.length === 1 ? built.targets[0]! : null;
  if (target === null) return null;
  for (let at = index + 1; at < scope.statements.length; at++) {
    const call = callOf(scope.statements[at]!, target);
    if (call === null) continue;
    const given = call.slice(call.indexOf("(") + 1, call.lastIndexOf(")")).trim();
    const setup = given === "" ? null : setupOf(given, scope, at, top, new Set([target]));
    if (setup === null || setup.some(each => each.includes(`${target}(`))) return null;
    // Assignments come first without adding an argument: Python reads arguments from left to right.
    return setup.length === 0 ? given : `*(${setup.join(", ")}, ())[-1], ${given}`;
  }
  return null;
}
