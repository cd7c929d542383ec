import type { SyntaxNode } from "@lezer/common";
import type { PythonDocument } from "./document.ts";

/** The arguments of one call, as they are written. */
export interface MethodCall {
  readonly positional: readonly string[];
  readonly keywords: ReadonlyMap<string, string>;
}

/** Calls of a method of whatever object, anywhere in a source, in order: `parser.add_argument("--width", default=8)`. */
export function methodCalls(document: PythonDocument, method: string): readonly MethodCall[] {
  const found: MethodCall[] = [];
  if (!document.text.includes(`.${method}(`)) return found;
  for (const { syntax } of document.blocks) {
    const text = ({ from, to }: SyntaxNode) => syntax.text.slice(from, to);
    syntax.tree.cursor().iterate(({ name, node }) => {
      if (name !== "CallExpression") return;
      const property = node.firstChild?.name === "MemberExpression" ? node.firstChild.lastChild : null;
      const list = node.getChild("ArgList");
      if (list && property?.name === "PropertyName" && text(property) === method)
        found.push(read(list, text));
    });
  }
  return found;
}

function read(list: SyntaxNode, text: (node: SyntaxNode) => string): MethodCall {
  const positional: string[] = [];
  const keywords = new Map<string, string>();
  for (let node = list.firstChild; node; node = node.nextSibling) {
    if (/^[(),]$|^\*+$|^AssignOp$|^Comment$/.test(node.name) || node.nextSibling?.name === "AssignOp")
      continue;
    if (node.prevSibling?.name === "AssignOp") keywords.set(text(node.prevSibling.prevSibling!), text(node));
    else if (!/^\*/.test(node.prevSibling?.name ?? "")) positional.push(text(node));
  }
  return { positional, keywords };
}
