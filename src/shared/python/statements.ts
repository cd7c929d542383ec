import type { SyntaxNode } from "@lezer/common";
import type { PythonDocument } from "./document.ts";

/** A statement, with places in UTF-16 code units from the start of the source. */
export interface Statement {
  readonly node: SyntaxNode;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Names that it assigns, where it is a plain assignment to names. */
  readonly targets: readonly string[];
  /** Of a plain assignment: what is assigned, as it is written. */
  readonly value: string | null;
}

/** Statements that run one after another with names of their own: a source's top level, or a function's body. */
export interface StatementScope {
  /** Null at the top level. */
  readonly function: { readonly name: string; readonly parameters: readonly string[] } | null;
  /** Those of inner blocks (`if`, `with`, `for`, `try`) among them, in order. */
  readonly statements: readonly Statement[];
}

/** Statements at the top level of a source, in order. */
export function topStatements(document: PythonDocument): readonly Statement[] {
  return document.blocks.flatMap(({ start, syntax }) =>
    children(syntax.tree.topNode).map(node => statementOf(node, syntax.text, start)),
  );
}

const known = new WeakMap<PythonDocument, readonly StatementScope[]>();

/** The top level and the body of each function at the top level; classes are left out. */
export function statementScopes(document: PythonDocument): readonly StatementScope[] {
  const before = known.get(document);
  if (before !== undefined) return before;
  const scopes = readScopes(document);
  known.set(document, scopes);
  return scopes;
}

function readScopes(document: PythonDocument): readonly StatementScope[] {
  const top: Statement[] = [];
  const functions: StatementScope[] = [];
  for (const { start, syntax } of document.blocks)
    for (const node of children(syntax.tree.topNode)) {
      const definition = node.name === "DecoratedStatement" ? node.lastChild! : node;
      if (definition.name === "FunctionDefinition") {
        const statements: Statement[] = [];
        flatten(definition.getChild("Body"), syntax.text, start, statements);
        const text = (child: SyntaxNode) => syntax.text.slice(child.from, child.to);
        const name = definition.getChild("VariableName");
        const named = definition.getChild("ParamList")?.getChildren("VariableName") ?? [];
        const parameters = named.filter(each => each.prevSibling?.name !== "AssignOp").map(text);
        functions.push({ function: { name: name ? text(name) : "", parameters }, statements });
      } else if (definition.name !== "ClassDefinition") {
        top.push(statementOf(node, syntax.text, start));
        for (const body of node.getChildren("Body")) flatten(body, syntax.text, start, top);
      }
    }
  return [{ function: null, statements: top }, ...functions];
}

/** Statements in the blocks of a statement, and in theirs, in order. */
export function innerStatements({ node, text, from }: Statement): readonly Statement[] {
  const found: Statement[] = [];
  const block = " ".repeat(node.from) + text;
  for (const body of node.getChildren("Body")) flatten(body, block, from - node.from, found);
  return found;
}

/** Names that a statement reads or sets; attributes are none. */
export function namesOf({ node, text }: Statement): ReadonlySet<string> {
  const names = new Set<string>();
  node.toTree().iterate({
    enter: ({ name, from, to }) => {
      if (name === "VariableName") names.add(text.slice(from, to));
    },
  });
  return names;
}

function flatten(body: SyntaxNode | null, text: string, start: number, into: Statement[]): void {
  if (body === null) return;
  for (const node of children(body)) {
    into.push(statementOf(node, text, start));
    if (/^(Class|Function|Decorated)/.test(node.name)) continue;
    for (const inner of node.getChildren("Body")) flatten(inner, text, start, into);
  }
}

function statementOf(node: SyntaxNode, block: string, start: number): Statement {
  const text = block.slice(node.from, node.to);
  const operators = node.name === "AssignStatement" ? node.getChildren("AssignOp") : [];
  const plain = operators.length === 1 && block.slice(operators[0]!.from, operators[0]!.to) === "=";
  const targets: string[] = [];
  for (
    let child = plain ? node.firstChild : null;
    child && child.from < operators[0]!.from;
    child = child.nextSibling
  )
    if (child.name === "VariableName") targets.push(block.slice(child.from, child.to));
  return {
    node,
    text,
    from: start + node.from,
    to: start + node.to,
    targets,
    value: plain ? block.slice(operators[0]!.to, node.to).trim() : null,
  };
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (!/^[^A-Za-z]/.test(child.name) && child.name !== "Comment") found.push(child);
  return found;
}
