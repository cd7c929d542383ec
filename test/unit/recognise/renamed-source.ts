import { parser } from "@lezer/python";

type Node = ReturnType<typeof parser.parse>["topNode"];

/** A source in which every identifier of its own has another name, and what each became. */
export interface Renamed {
  readonly text: string;
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Names every class, function, parameter, variable and attribute that a source defines x1, x2, …, wherever it occurs.
 * `forward` and the names with two underscores stay: torch and Python call them.
 */
export function renameIdentifiers(source: string): Renamed {
  const tree = parser.parse(source);
  const text = (node: Node) => source.slice(node.from, node.to);
  const names = new Map<string, string>();
  const add = (name: string) => {
    if (name === "forward" || name.startsWith("__") || names.has(name)) return;
    names.set(name, `x${names.size + 1}`);
  };
  visit(tree.topNode, node => {
    if (node.name === "PropertyName" && isTarget(node.parent!) && text(node.parent!.firstChild!) === "self")
      add(text(node));
    if (node.name === "VariableName" && defines(node)) add(text(node));
    if (isBufferName(node, text)) add(text(node).slice(1, -1));
    if (isDictKey(node, text)) add(text(node));
  });
  const edits: { from: number; to: number; name: string }[] = [];
  visit(tree.topNode, node => {
    const name = names.get(isBufferName(node, text) ? text(node).slice(1, -1) : text(node));
    if (name === undefined) return;
    if (isBufferName(node, text)) edits.push({ from: node.from + 1, to: node.to - 1, name });
    else if (node.name === "PropertyName" ? belongsToSelf(node, text) : isOwnVariable(node, text, names))
      edits.push({ from: node.from, to: node.to, name });
  });
  let result = source;
  for (const { from, to, name } of edits.sort((a, b) => b.from - a.from))
    result = result.slice(0, from) + name + result.slice(to);
  return { text: result, names };
}

function visit(node: Node, act: (node: Node) => void): void {
  act(node);
  for (let child = node.firstChild; child; child = child.nextSibling) visit(child, act);
}

/** A class, a function, a parameter, or a variable that is assigned to. */
function defines(node: Node): boolean {
  const parent = node.parent!;
  if (parent.name === "ClassDefinition" || parent.name === "FunctionDefinition") return true;
  if (parent.name === "ParamList") return node.prevSibling?.name !== "AssignOp";
  return isTarget(node);
}

const TUPLES = new Set(["TupleExpression", "ParenthesizedExpression", "ArrayExpression"]);

/** Whether an expression is assigned to, in an assignment, a loop or a comprehension. */
function isTarget(node: Node): boolean {
  let current = node;
  while (current.parent && TUPLES.has(current.parent.name)) current = current.parent;
  const parent = current.parent;
  if (!parent) return false;
  if (parent.name === "AssignStatement") {
    for (let next = current.nextSibling; next; next = next.nextSibling)
      if (next.name === "AssignOp") return true;
    return false;
  }
  if (parent.name === "ForStatement" || parent.name.endsWith("ComprehensionExpression")) {
    for (let before = current.prevSibling; before; before = before.prevSibling) {
      if (before.name === "in") return false;
      if (before.name === "for") return true;
    }
  }
  return false;
}

/** `self.a` and `self.a.b`. */
function belongsToSelf(node: Node, text: (node: Node) => string): boolean {
  let object = node.parent!.firstChild!;
  while (object.name === "MemberExpression") object = object.firstChild!;
  return object.name === "VariableName" && text(object) === "self";
}

/** A variable; in a call, the name of an argument only where the callee is one of the source's own, or `dict`. */
function isOwnVariable(
  node: Node,
  text: (node: Node) => string,
  names: ReadonlyMap<string, string>,
): boolean {
  if (node.name !== "VariableName") return false;
  if (!isArgumentName(node)) return true;
  const callee = text(node.parent!.parent!.firstChild!);
  return names.has(callee) || callee === "dict";
}

function isArgumentName(node: Node): boolean {
  return node.parent?.name === "ArgList" && node.nextSibling?.name === "AssignOp";
}

function isDictKey(node: Node, text: (node: Node) => string): boolean {
  return isArgumentName(node) && text(node.parent!.parent!.firstChild!) === "dict";
}

/** The name in `self.register_buffer("name", …)`. */
function isBufferName(node: Node, text: (node: Node) => string): boolean {
  if (node.name !== "String" || node.parent?.name !== "ArgList") return false;
  return text(node.parent.parent!.firstChild!).endsWith(".register_buffer");
}
