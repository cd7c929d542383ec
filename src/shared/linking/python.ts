import { type ComponentId, components } from "../catalogue/index.ts";
import { type PythonToken, pythonTokens } from "./python-tokens.ts";

/** A span of Python source that names a component; found by syntax and names alone, before any trace exists. */
export interface SourceMention {
  /** From 1. */
  readonly line: number;
  /** From 0, in UTF-16 code units, as editors count. */
  readonly column: number;
  readonly endColumn: number;
  readonly component: ComponentId;
  readonly kind: "class" | "attribute" | "call" | "statement";
  /** The name in the span. */
  readonly name: string;
  /** The class around it; for a class, the class itself. Null at the top of a file. */
  readonly class: string | null;
  /** UTF-16 code units from the start of the source. */
  readonly start: number;
}

/**
 * The mentions of a Python source: classes, attributes, calls, and statements that assign to a telling name or add the
 * residual. An attribute means what its class means where the file says `self.attribute = Class(…)`. At most 10 ms for
 * 3,000 lines, so that a hover can ask on every change; source that does not parse is read as far as it goes.
 */
export function linkPython(source: string): SourceMention[] {
  const tokens = pythonTokens(source);
  const attributes = attributesByClass(tokens);
  const mentions: SourceMention[] = [];
  let importing = false;
  const classes: { name: string; column: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.first) {
      while (classes.length > 0 && token.column <= classes.at(-1)!.column && !isCloser(token)) classes.pop();
      importing = IMPORTS.has(token.text);
    }
    if (importing || !token.isName || KEYWORDS.has(token.text)) return;
    const previous = tokens[index - 1];
    if (previous?.text === "class") classes.push({ name: token.text, column: previous.column });
    const kind = kindOf(tokens, index);
    if (kind === null) return;
    const component = meaningOf(tokens, index, kind, attributes);
    if (component === null) return;
    mentions.push({
      line: token.line,
      column: token.column,
      endColumn: token.column + token.text.length,
      component,
      kind,
      name: token.text,
      class: classes.at(-1)?.name ?? null,
      start: token.start,
    });
  });
  return mentions;
}

/** The component that a class name names by itself, such as `LlamaDecoderLayer`; null for none. */
export function componentOfClass(name: string): ComponentId | null {
  const base = name.replace(/(?<=[a-z])\d+$/, "");
  const found = classHints.find(
    hint => base.endsWith(hint.text) && (base.length === hint.text.length || startsWord(base, hint.text)),
  );
  return found?.component ?? null;
}

/** The component that an attribute, a function or a variable names by itself, such as `q_proj`; null for none. */
export function componentOfName(name: string): ComponentId | null {
  const whole = nameHints.get(name);
  if (whole !== undefined) return whole;
  for (let at = name.indexOf("_"); at >= 0; at = name.indexOf("_", at + 1)) {
    const tail = name.slice(at + 1);
    const component = tail.length >= SHORTEST_TAIL ? nameHints.get(tail) : undefined;
    if (component !== undefined) return component;
  }
  return null;
}

/** Shorter hints, such as `key`, mean something only as whole names. */
const SHORTEST_TAIL = 6;

const classHints = components
  .flatMap(({ id, hints }) => hints.classes.map(text => ({ text, component: id })))
  .sort((a, b) => b.text.length - a.text.length);

const nameHints = new Map(
  components.flatMap(({ id, hints }) => hints.names.map(name => [name, id] as const)),
);

const KEYWORDS = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield self cls".split(
    " ",
  ),
);

/** Names in these statements are those of modules. */
const IMPORTS = new Set("from import".split(" "));

function kindOf(tokens: readonly PythonToken[], index: number): SourceMention["kind"] | null {
  const previous = tokens[index - 1]?.text;
  const next = tokens[index + 1]?.text;
  if (previous === "class") return "class";
  if (next === "(") return "call";
  if (previous === ".")
    return ["config", "args", "kwargs"].includes(tokens[index - 2]?.text ?? "") ? null : "attribute";
  const token = tokens[index]!;
  if (token.first && next === "=") return "statement";
  if (token.text === "residual" && (previous === "+" || next === "+" || next === "+=")) return "statement";
  return null;
}

function meaningOf(
  tokens: readonly PythonToken[],
  index: number,
  kind: SourceMention["kind"],
  attributes: ReadonlyMap<string, ComponentId>,
): ComponentId | null {
  const { text } = tokens[index]!;
  if (kind === "class") return componentOfClass(text);
  const ofSelf = tokens[index - 1]?.text === "." && tokens[index - 2]?.text === "self";
  if (ofSelf) return attributes.get(text) ?? componentOfName(text);
  if (kind === "call" && isClassName(text)) {
    // `self.position_embeddings = nn.Embedding(…)`: the attribute says more than the library's class.
    return assignedAttribute(tokens, index) === null ? componentOfClass(text) : null;
  }
  return componentOfName(text);
}

/** What `self.attribute` is, by the class that the file assigns to it. */
function attributesByClass(tokens: readonly PythonToken[]): Map<string, ComponentId> {
  const attributes = new Map<string, ComponentId>();
  tokens.forEach((token, index) => {
    if (tokens[index + 1]?.text !== "(" || !isClassName(token.text)) return;
    const attribute = assignedAttribute(tokens, index);
    if (attribute === null) return;
    const byClass = componentOfClass(token.text);
    const byName = componentOfName(attribute);
    // A table of vectors may hold anything; what it is for stands in its name.
    const component = byClass === "token-embedding" ? (byName ?? byClass) : (byClass ?? byName);
    if (component !== null) attributes.set(attribute, component);
  });
  return attributes;
}

/** The `attribute` of `self.attribute = module.Class(`, given the index of `Class`. */
function assignedAttribute(tokens: readonly PythonToken[], index: number): string | null {
  let at = index;
  while (tokens[at - 1]?.text === "." && tokens[at - 2]?.isName) at -= 2;
  const [dot, name, equals] = [tokens[at - 3]?.text, tokens[at - 2]?.text, tokens[at - 1]?.text];
  return equals === "=" && dot === "." && tokens[at - 4]?.text === "self" ? (name ?? null) : null;
}

/** Whether a hint that ends a class name begins at a word of its camel case: `LlamaMLP`, not `XBlock` in `Textblock`. */
function startsWord(name: string, hint: string): boolean {
  return /[A-Z]/.test(hint[0]!) && name.length > hint.length;
}

function isClassName(text: string): boolean {
  const code = text.charCodeAt(text.startsWith("_") ? 1 : 0);
  return code >= 65 && code <= 90;
}

function isCloser(token: PythonToken): boolean {
  return token.text === ")" || token.text === "]" || token.text === "}";
}
