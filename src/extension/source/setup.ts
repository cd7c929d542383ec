import { parsePython, type Statement, type StatementScope } from "../../shared/python/index.ts";

/** Where an expression stands: before a statement of a scope. */
export interface Place {
  readonly scope: StatementScope;
  readonly index: number;
}

/**
 * What an expression uses that the namespace of the source does not have: assignments, and what is done to an object between
 * its assignment and its use, as expressions in the order in which they run; null where that cannot be had.
 * @param without a name that is given otherwise.
 */
export function setupOf(
  expression: string,
  place: Place,
  top: StatementScope,
  without: string | null = null,
): readonly string[] | null {
  const setup = new Setup(top, without);
  return setup.add(expression, place) ? setup.expressions : null;
}

class Setup {
  readonly #top: StatementScope;
  readonly #without: string | null;
  /** Whether a statement that was asked for can be told: each is looked at once, however many rest on it. */
  readonly #told = new Map<Statement, boolean>();
  readonly #steps: { readonly statement: Statement; readonly expression: string }[] = [];

  constructor(top: StatementScope, without: string | null) {
    this.#top = top;
    this.#without = without;
  }

  get expressions(): readonly string[] {
    return this.#steps.map(({ expression }) => expression);
  }

  /** Whether all that an expression uses can be had; then it has been added. */
  add(expression: string, { scope, index }: Place): boolean {
    for (const name of freeNames(expression)) {
      if (name === this.#without) continue;
      const own = lastAssignment(name, scope, index);
      const [within, before] = own ? [scope, index] : [this.#top, this.#top.statements.length];
      const assigned = own ?? lastAssignment(name, within, before);
      if (assigned === null) {
        if (scope.function?.parameters.includes(name)) return false;
        continue;
      }
      if (!this.#addAssignment(name, { scope: within, index: assigned.index })) return false;
      this.#addChanges(name, assigned.index, { scope: within, index: before });
    }
    return true;
  }

  #addAssignment(name: string, place: Place): boolean {
    const statement = place.scope.statements[place.index]!;
    return this.#once(statement, () => {
      // `x, y = …` and what needs a loop's variable cannot be told from here.
      if (statement.targets.length !== 1 || !this.add(statement.value!, place)) return null;
      return `${name} := ${statement.value!}`;
    });
  }

  /** Those that can be told from here. */
  #addChanges(name: string, from: number, { scope, index }: Place): void {
    const use = scope.statements[index];
    for (let at = from + 1; at < index; at++) {
      const statement = scope.statements[at]!;
      const change = changeOf(name, statement);
      if (change === null || !runsBefore(statement, use)) continue;
      this.#once(statement, () => (this.add(change, { scope, index: at }) ? change : null));
    }
  }

  #once(statement: Statement, tell: () => string | null): boolean {
    const known = this.#told.get(statement);
    if (known !== undefined) return known;
    // One that rests on itself does not wait for itself.
    this.#told.set(statement, true);
    const length = this.#steps.length;
    const expression = tell();
    if (expression === null) {
      for (const step of this.#steps.splice(length)) this.#told.delete(step.statement);
      this.#told.set(statement, false);
    } else this.#steps.push({ statement, expression });
    return expression !== null;
  }
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
export function freeNames(expression: string): readonly string[] {
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
