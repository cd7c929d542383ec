import type { SyntaxNode, SyntaxNodeRef } from "@lezer/common";
import type { ComponentId } from "../catalogue/index.ts";
import type { BlockSyntax } from "../python/index.ts";
import type { SourceMention } from "./python.ts";
import { componentOfClass, componentOfName, isClassName } from "./python-names.ts";

/** What one block of a source says about components, wherever the block stands. */
export interface BlockLinks {
  readonly candidates: readonly Candidate[];
  /** What `self.attribute` is, by the class that the block assigns to it. */
  readonly attributes: readonly (readonly [attribute: string, component: ComponentId])[];
}

/** A name that means a component by itself, or may do so as an attribute of `self`. */
interface Candidate extends Pick<SourceMention, "kind" | "name" | "class"> {
  /** UTF-16 code units from the start of the block. */
  readonly at: number;
  readonly component: ComponentId | null;
  readonly ofSelf: boolean;
}

/** The links of a block, found once. */
export function linksOf(syntax: BlockSyntax): BlockLinks {
  const before = known.get(syntax);
  if (before !== undefined) return before;
  const links = new Reading(syntax).links;
  known.set(syntax, links);
  return links;
}

const known = new WeakMap<BlockSyntax, BlockLinks>();

/** Names in imports are those of modules; strings and comments are not code. */
const PASSED_OVER = new Set(["ImportStatement", "String", "FormatString", "Comment"]);

/** Attributes of these are settings, not modules. */
const SETTINGS = new Set(["config", "args", "kwargs"]);

/** One pass over the tree of a block. */
class Reading {
  readonly links = { candidates: [] as Candidate[], attributes: [] as [string, ComponentId][] };
  readonly #text: string;
  /** Kinds of the nodes around the present one, outermost first. */
  readonly #around: string[] = [];
  readonly #classes: string[] = [];
  /** Where classes stand whose instances become attributes: the attribute says more than the class. */
  readonly #assigned = new Set<number>();

  constructor({ text, tree }: BlockSyntax) {
    this.#text = text;
    tree.iterate({
      enter: ref => {
        const { name } = ref;
        if (PASSED_OVER.has(name)) return false;
        if (name === "ClassDefinition") this.#classes.push(this.#nameOf(ref.node));
        else if (name === "AssignStatement") this.#readAssignment(ref.node);
        else if (name === "VariableName" || name === "PropertyName") this.#readName(ref);
        this.#around.push(name);
        return true;
      },
      leave: ({ name }) => {
        this.#around.pop();
        if (name === "ClassDefinition") this.#classes.pop();
      },
    });
  }

  #readName(ref: SyntaxNodeRef): void {
    const name = this.#text.slice(ref.from, ref.to);
    const kind = ref.name === "PropertyName" ? this.#kindOfProperty() : this.#kindOfVariable(ref, name);
    if (kind === null) return;
    const object = ref.name === "PropertyName" ? objectOf(ref.node) : null;
    const objectName = object && this.#text.slice(object.from, object.to);
    if (kind === "attribute" && objectName !== null && SETTINGS.has(objectName)) return;
    const ofSelf = object?.name === "VariableName" && objectName === "self";
    const component = this.#meaningOf(ref, name, kind, ofSelf);
    if (component === null && !ofSelf) return;
    this.links.candidates.push({
      at: ref.from,
      name,
      kind,
      class: this.#classes.at(-1) ?? null,
      component,
      ofSelf,
    });
  }

  #meaningOf(
    { from }: SyntaxNodeRef,
    name: string,
    kind: SourceMention["kind"],
    ofSelf: boolean,
  ): ComponentId | null {
    if (kind === "class") return componentOfClass(name);
    if (kind === "call" && !ofSelf && isClassName(name))
      return this.#assigned.has(from) ? null : componentOfClass(name);
    return componentOfName(name);
  }

  #kindOfProperty(): "call" | "attribute" {
    return this.#around.at(-2) === "CallExpression" ? "call" : "attribute";
  }

  #kindOfVariable(ref: SyntaxNodeRef, name: string): SourceMention["kind"] | null {
    switch (this.#around.at(-1)) {
      case "ClassDefinition":
        return "class";
      case "FunctionDefinition":
      case "CallExpression":
        return "call";
      case "Decorator": {
        const { nextSibling, prevSibling } = ref.node;
        if (nextSibling?.name === "ArgList") return "call";
        return prevSibling?.name === "." ? "attribute" : null;
      }
      case "AssignStatement": {
        const { nextSibling, prevSibling } = ref.node;
        if (prevSibling === null && nextSibling?.name === "AssignOp") return "statement";
        break;
      }
    }
    return name === "residual" && this.#isAdded(ref.node) ? "statement" : null;
  }

  #isAdded(node: SyntaxNode): boolean {
    const beside = [node.prevSibling, node.nextSibling];
    return beside.some(each => each !== null && /^\+=?$/.test(this.#text.slice(each.from, each.to)));
  }

  /** `self.attribute = module.Class(…)` */
  #readAssignment(node: SyntaxNode): void {
    const equals = node.getChildren("AssignOp").at(-1);
    const target =
      equals?.prevSibling?.name === "TypeDef" ? equals.prevSibling.prevSibling : equals?.prevSibling;
    const property = target?.name === "MemberExpression" ? target.getChild("PropertyName") : null;
    const object = property && objectOf(property);
    if (!property || object?.name !== "VariableName" || this.#textOf(object) !== "self") return;
    const callee = firstCallee(equals?.nextSibling ?? null);
    if (callee === null || !isClassName(this.#textOf(callee))) return;
    this.#assigned.add(callee.from);
    const byClass = componentOfClass(this.#textOf(callee));
    const byName = componentOfName(this.#textOf(property));
    // A table of vectors may hold anything; what it is for stands in its name.
    const component = byClass === "token-embedding" ? (byName ?? byClass) : (byClass ?? byName);
    if (component !== null) this.links.attributes.push([this.#textOf(property), component]);
  }

  #nameOf(definition: SyntaxNode): string {
    const name = definition.getChild("VariableName");
    return name ? this.#textOf(name) : "";
  }

  #textOf(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }
}

/** The name right before the dot of a property: `b` for `c` in `a.b.c`; null where something else stands there. */
function objectOf(property: SyntaxNode): SyntaxNode | null {
  const object = property.prevSibling?.prevSibling ?? null;
  return object?.name === "MemberExpression" ? object.getChild("PropertyName") : object;
}

/** The name of what is called first of all in an expression: `Linear` in `nn.Linear(8, 8).to(device)`. */
function firstCallee(expression: SyntaxNode | null): SyntaxNode | null {
  let callee: SyntaxNode | null = null;
  for (let node = expression; node; node = node.firstChild)
    if (node.name === "CallExpression" && node.firstChild) callee = node.firstChild;
  if (callee?.name === "MemberExpression") return callee.getChild("PropertyName");
  return callee?.name === "VariableName" ? callee : null;
}
