import type { SyntaxNode } from "@lezer/common";
import type { BlockSyntax } from "./block.ts";
import { lineAt, type PythonDocument } from "./document.ts";

interface Definition {
  readonly name: string;
  /** From 0; the line of `class` or `def`, which follows the decorators. */
  readonly line: number;
  /** From 0, exclusive. */
  readonly endLine: number;
  /** Every name that its body reads or sets, attributes excepted. */
  readonly names: ReadonlySet<string>;
}

/** A class at the top level of a source. */
export interface ClassDefinition extends Definition {
  readonly kind: "class";
  /** As they are written, without keyword arguments: `nn.Module`, `PreTrainedModel`. */
  readonly bases: readonly string[];
  /** Its own functions, those of nested classes excepted; the first of each name. */
  readonly methods: ReadonlyMap<string, readonly Parameter[]>;
  /** What its body declares with a type, as a dataclass does: what it is built with, in order. */
  readonly fields: readonly Parameter[];
  /** What its body sets to a plain string or number, as `model_type = "llama"` does. */
  readonly literals: ReadonlyMap<string, string | number>;
  /** What its body calls, by the last name: `Linear` for `nn.Linear(…)`. */
  readonly calls: ReadonlySet<string>;
}

/** A function at the top level of a source. */
export interface FunctionDefinition extends Definition {
  readonly kind: "function";
  readonly parameters: readonly Parameter[];
}

/** A parameter, or a field, that has a name; `*args` and `**kwargs` take any number and are left out. */
export interface Parameter {
  readonly name: string;
  readonly hasDefault: boolean;
  /** As it is written; null where there is none. */
  readonly annotation: string | null;
  /** The default, where it is a plain string or number. */
  readonly literal: string | number | null;
}

/** Classes and functions at the top level of a source, in order. */
export function definitions(document: PythonDocument): readonly (ClassDefinition | FunctionDefinition)[] {
  return document.blocks.flatMap(({ start, syntax }) => {
    const line = lineAt(document, start);
    return definitionsOf(syntax).map(definition => ({
      ...definition,
      line: definition.line + line,
      endLine: definition.endLine + line,
    }));
  });
}

const known = new WeakMap<BlockSyntax, readonly (ClassDefinition | FunctionDefinition)[]>();

/** Lines count from the block's first. */
function definitionsOf(syntax: BlockSyntax): readonly (ClassDefinition | FunctionDefinition)[] {
  const before = known.get(syntax);
  if (before !== undefined) return before;
  const found: (ClassDefinition | FunctionDefinition)[] = [];
  for (let node = syntax.tree.topNode.firstChild; node; node = node.nextSibling) {
    const definition = node.name === "DecoratedStatement" ? node.lastChild! : node;
    if (definition.getChild("VariableName") === null) continue;
    if (definition.name === "ClassDefinition") found.push(classOf(definition, syntax));
    else if (definition.name === "FunctionDefinition")
      found.push({
        kind: "function",
        ...placeOf(definition, syntax),
        ...namesIn(definition, syntax),
        parameters: parametersOf(definition.getChild("ParamList"), syntax),
      });
  }
  known.set(syntax, found);
  return found;
}

function classOf(node: SyntaxNode, syntax: BlockSyntax): ClassDefinition {
  const methods = new Map<string, readonly Parameter[]>();
  const fields: Parameter[] = [];
  const literals = new Map<string, string | number>();
  for (let each = node.getChild("Body")?.firstChild; each; each = each.nextSibling) {
    const statement = each.name === "DecoratedStatement" ? each.lastChild! : each;
    const name = nameOf(statement, syntax);
    if (statement.name === "FunctionDefinition" && !methods.has(name))
      methods.set(name, parametersOf(statement.getChild("ParamList"), syntax));
    const value =
      statement.name === "AssignStatement" ? statement.getChildren("AssignOp").at(-1)?.nextSibling : null;
    const literal = value ? literalOf(value, syntax) : null;
    if (name !== "" && literal !== null) literals.set(name, literal);
    const type = statement.name === "AssignStatement" ? statement.getChild("TypeDef") : null;
    if (type && name !== "") fields.push(parameterOf(name, type, value ?? null, syntax));
  }
  const { names, calls } = namesIn(node, syntax);
  const bases = basesOf(node.getChild("ArgList"), syntax);
  return { kind: "class", ...placeOf(node, syntax), bases, methods, fields, literals, names, calls };
}

function placeOf(node: SyntaxNode, syntax: BlockSyntax): Pick<Definition, "name" | "line" | "endLine"> {
  const { read } = syntax;
  const lineOf = (at: number) => {
    let line = 0;
    for (let end = read.indexOf("\n"); end >= 0 && end < at; end = read.indexOf("\n", end + 1)) line++;
    return line;
  };
  return {
    name: nameOf(node, syntax),
    line: lineOf(node.from),
    endLine: lineOf(node.from + read.slice(node.from, node.to).trimEnd().length) + 1,
  };
}

function namesIn(
  node: SyntaxNode,
  syntax: BlockSyntax,
): { readonly names: ReadonlySet<string>; readonly calls: ReadonlySet<string> } {
  const names = new Set<string>();
  const calls = new Set<string>();
  const body = node.getChild("Body");
  const parents: string[] = [];
  body?.toTree().iterate({
    enter({ name, from, to }) {
      const text = () => syntax.read.slice(body.from + from, body.from + to);
      if (name === "VariableName") names.add(text());
      const callee =
        (name === "VariableName" && parents.at(-1) === "CallExpression") ||
        (name === "PropertyName" && parents.at(-2) === "CallExpression");
      if (callee) calls.add(text());
      parents.push(name);
    },
    leave() {
      parents.pop();
    },
  });
  return { names, calls };
}

function parametersOf(list: SyntaxNode | null, syntax: BlockSyntax): readonly Parameter[] {
  const parameters: Parameter[] = [];
  for (let node = list?.firstChild; node; node = node.nextSibling) {
    // A default may be a name too.
    if (node.name !== "VariableName" || /^(\*|AssignOp)/.test(node.prevSibling?.name ?? "")) continue;
    const type = node.nextSibling?.name === "TypeDef" ? node.nextSibling : null;
    const next = type ? type.nextSibling : node.nextSibling;
    const value = next?.name === "AssignOp" ? next.nextSibling : null;
    parameters.push(parameterOf(textOf(node, syntax), type, value ?? null, syntax));
  }
  return parameters;
}

function parameterOf(
  name: string,
  type: SyntaxNode | null,
  value: SyntaxNode | null,
  syntax: BlockSyntax,
): Parameter {
  return {
    name,
    hasDefault: value !== null,
    annotation: type && textOf(type, syntax).replace(/^:\s*/, ""),
    literal: value && literalOf(value, syntax),
  };
}

function basesOf(list: SyntaxNode | null, syntax: BlockSyntax): readonly string[] {
  const bases: string[] = [];
  for (let node = list?.firstChild; node; node = node.nextSibling) {
    const positional = node.nextSibling?.name !== "AssignOp" && node.prevSibling?.name !== "AssignOp";
    const plain = /^(VariableName|\w+Expression)$/.test(node.name) && !node.prevSibling?.name.startsWith("*");
    if (positional && plain) bases.push(textOf(node, syntax));
  }
  return bases;
}

/** Of what a class, a function or an assignment is about. */
function nameOf(node: SyntaxNode, syntax: BlockSyntax): string {
  const name = node.getChild("VariableName");
  return name ? textOf(name, syntax) : "";
}

function textOf(node: SyntaxNode, { text }: BlockSyntax): string {
  return text.slice(node.from, node.to);
}

/** What a plain string or number says; escapes stay as they are written. Null for any other expression. */
function literalOf(node: SyntaxNode, syntax: BlockSyntax): string | number | null {
  const text = textOf(node, syntax);
  if (node.name === "String") return /^\w*("""|'''|["'])([\s\S]*)\1$/.exec(text)?.[2] ?? null;
  const number = node.name === "Number" ? Number(text.replaceAll("_", "")) : Number.NaN;
  return Number.isNaN(number) ? null : number;
}
