import { type ComponentId, components } from "../catalogue/index.ts";

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

/** Whether a hint that ends a class name begins at a word of its camel case: `LlamaMLP`, not `XBlock` in `Textblock`. */
function startsWord(name: string, hint: string): boolean {
  return /[A-Z]/.test(hint[0]!) && name.length > hint.length;
}

/** Whether a name begins as classes do, with a capital. */
export function isClassName(text: string): boolean {
  const code = text.charCodeAt(text.startsWith("_") ? 1 : 0);
  return code >= 65 && code <= 90;
}
