import type { SyntaxNode } from "@lezer/common";
import type { BlockSyntax } from "./block.ts";
import type { PythonDocument } from "./document.ts";

/**
 * That a variable or an attribute is an argument of a call, or a factor of one: `size` in `nn.Linear(4, self.size * 2)`; or
 * that it gets another name: `self.width = config.size`.
 */
export interface HandOver {
  /** As it is called, by the last name: `Linear`; null for another name. */
  readonly callee: string | null;
  /** Place among the arguments, from 0, or the keyword; the other name. */
  readonly argument: number | string;
}

/** What a class or a function does with the names that it reads. */
export interface Uses {
  /** By name, of attributes too, in order. */
  readonly handedOver: ReadonlyMap<string, readonly HandOver[]>;
  /** The largest constant index that a name is asked for: 3 for `layers[3]`. */
  readonly indexed: ReadonlyMap<string, number>;
}

/** The number that is asked for at the end of `layers[3]`. */
const INDEX = /\[\s*(\d+)\s*\]$/;

interface Definitions {
  /** By name, with the block that each stands in. */
  readonly nodes: ReadonlyMap<string, readonly (readonly [SyntaxNode, BlockSyntax])[]>;
  readonly uses: Map<string, Uses>;
}

const known = new WeakMap<PythonDocument, Definitions>();

/** What the definitions of a name at the top level of a source do with the names that they read. */
export function usesIn(document: PythonDocument, name: string): Uses {
  const definitions = known.get(document) ?? { nodes: definitionsOf(document), uses: new Map() };
  known.set(document, definitions);
  const uses = definitions.uses.get(name) ?? readUses(definitions.nodes.get(name) ?? []);
  definitions.uses.set(name, uses);
  return uses;
}

function definitionsOf(document: PythonDocument): Definitions["nodes"] {
  const found = new Map<string, (readonly [SyntaxNode, BlockSyntax])[]>();
  for (const { syntax } of document.blocks)
    for (let top = syntax.tree.topNode.firstChild; top; top = top.nextSibling) {
      const definition = top.name === "DecoratedStatement" ? top.lastChild! : top;
      const own = definition.getChild("VariableName");
      if (!/^(Class|Function)Definition$/.test(definition.name) || own === null) continue;
      const name = syntax.read.slice(own.from, own.to);
      found.set(name, [...(found.get(name) ?? []), [definition, syntax]]);
    }
  return found;
}

function readUses(definitions: readonly (readonly [SyntaxNode, BlockSyntax])[]): Uses {
  const handedOver = new Map<string, HandOver[]>();
  const indexed = new Map<string, number>();
  const add = (name: string, handOver: HandOver) => {
    const found = handedOver.get(name) ?? [];
    found.push(handOver);
    handedOver.set(name, found);
  };
  for (const [definition, syntax] of definitions) {
    const text = ({ from, to }: SyntaxNode) => syntax.read.slice(from, to);
    definition.cursor().iterate(({ name: kind, node }) => {
      if (kind === "CallExpression") {
        const callee = lastName(node.firstChild!, text);
        const list = node.getChild("ArgList");
        if (callee === null || list === null) return;
        for (const [value, argument] of argumentsOf(list, text))
          for (const read of factorsOf(value, text)) add(read, { callee, argument });
      } else if (kind === "AssignStatement" && node.getChildren("AssignOp").length === 1) {
        const read = lastName(node.lastChild!, text);
        const other = lastName(node.firstChild!, text);
        if (read !== null && other !== null && read !== other) add(read, { callee: null, argument: other });
      } else if (kind === "MemberExpression") {
        const index = INDEX.exec(text(node))?.[1];
        const read = index === undefined ? null : lastName(node.firstChild!, text);
        if (read !== null) indexed.set(read, Math.max(indexed.get(read) ?? 0, Number(index)));
      }
    });
  }
  return { handedOver, indexed };
}

/** `size` of `size` and of `self.config.size`; null for any other expression. */
function lastName(node: SyntaxNode, text: (node: SyntaxNode) => string): string | null {
  if (node.name === "VariableName") return text(node);
  const property = node.name === "MemberExpression" ? node.lastChild : null;
  return property?.name === "PropertyName" ? text(property) : null;
}

/** A name, one of several that it names, or those that a product or a sum is made of. */
function factorsOf(node: SyntaxNode, text: (node: SyntaxNode) => string): readonly string[] {
  if (node.name === "MemberExpression" && INDEX.test(text(node))) return factorsOf(node.firstChild!, text);
  if (node.name !== "BinaryExpression") return [lastName(node, text)].filter(each => each !== null);
  return [...factorsOf(node.firstChild!, text), ...factorsOf(node.lastChild!, text)];
}

function* argumentsOf(
  list: SyntaxNode,
  text: (node: SyntaxNode) => string,
): Generator<readonly [value: SyntaxNode, argument: number | string]> {
  let position = 0;
  let isStarred = false;
  for (let node = list.firstChild; node; node = node.nextSibling) {
    if (node.name === "*" || node.name === "**") isStarred = true;
    if (/^[(),]$|^\*+$|^AssignOp$|^Comment$/.test(node.name)) continue;
    if (node.nextSibling?.name === "AssignOp") continue;
    const isKeyword = node.prevSibling?.name === "AssignOp";
    if (isKeyword) yield [node, text(node.prevSibling!.prevSibling!)];
    else if (!isStarred) yield [node, position++];
  }
}
