import { filesBelow, positionOf, type SourceFile, withoutComments, withoutStrings } from "./source.ts";

/** A message where it is written. */
export interface Message {
  readonly text: string;
  readonly at: string;
}

export interface Scan {
  readonly messages: readonly Message[];
  /** Places that do not follow the rules, with the reason. */
  readonly violations: readonly string[];
}

/** What Python and the tracing process answer is a template with its arguments: the one thing `t` is given that is no literal. */
const TEMPLATE = /^(?:\w+\.)*failure\.message,\s*\.\.\.(?:\w+\.)*failure\.arguments\s*\)/;

/**
 * Calls of `t`. Their first argument is one string literal, or the template of a failure; and they are made when something
 * is shown, not when a module is loaded: by then no bundle has been set.
 */
export function typescriptMessages(file: SourceFile): Scan {
  const text = withoutComments(file.text);
  const loading = runsOnLoad(text);
  const messages: Message[] = [];
  const violations: string[] = [];
  for (const call of text.matchAll(/(?<![\w.$])(?<!function )t\(\s*/g)) {
    const at = positionOf(file, call.index);
    const argument = text.slice(call.index + call[0].length);
    const literal = /^"(?:[^"\\\n]|\\.)*"(?=\s*[,)])/.exec(argument)?.[0];
    if (literal !== undefined) messages.push({ text: JSON.parse(literal) as string, at });
    else if (!TEMPLATE.test(argument))
      violations.push(`${at}: the first argument of t is not one string literal`);
    if (loading(call.index)) violations.push(`${at}: t is called while the module is loaded`);
  }
  return { messages, violations };
}

/**
 * Whether a position is outside every function and class: from the brackets around it, where a brace that does not
 * follow an operator opens a block, and an arrow without a block ends at the next comma or semicolon of its level.
 */
function runsOnLoad(source: string): (index: number) => boolean {
  const text = withoutStrings(source);
  const later = new Uint8Array(text.length);
  const levels = [{ later: false, arrow: false }];
  let previous = "";
  for (let index = 0; index < text.length; index++) {
    const level = levels.at(-1)!;
    const character = text[index]!;
    if ("([{".includes(character)) {
      const opensBlock = character === "{" && !"=([{,:?|&<".includes(previous);
      levels.push({ later: level.later || level.arrow || opensBlock, arrow: false });
    } else if (")]}".includes(character) && levels.length > 1) levels.pop();
    else if (character === "," || character === ";") level.arrow = false;
    else if (character === "=" && text[index + 1] === ">") level.arrow = true;
    const now = levels.at(-1)!;
    later[index] = now.later || now.arrow ? 1 : 0;
    if (/\S/.test(character)) previous = character;
  }
  return index => later[index] === 0;
}

/**
 * Failures of tracing: in papertrace, the first literal of `Unsupported(…)` and `Missing(…)`, the second argument of
 * `_failure(kind, …)`, and what is assigned to `message`.
 */
export function pythonMessages(file: SourceFile): Scan {
  const messages: Message[] = [];
  const violations: string[] = [];
  const text = file.text.replace(/"""[\s\S]*?"""/g, found => found.replace(/[^\n]/g, " "));
  const sites =
    /(?<!class )\b(?:Unsupported|Missing)\(\s*|(?<!def )\b_failure\(\s*"\w+",\s*|\bmessage = (?=["'])/g;
  for (const site of text.matchAll(sites)) {
    const at = positionOf(file, site.index);
    const argument = text.slice(site.index + site[0].length);
    const literal = /^"(?:[^"\\\n]|\\.)*"(?!\s*["'%.f])/.exec(argument)?.[0];
    if (literal !== undefined) messages.push({ text: JSON.parse(literal) as string, at });
    else if (!/^(?:error\.)?message,/.test(argument))
      violations.push(`${at}: the message is not one string literal`);
  }
  return { messages, violations };
}

/** Failures of the tracing process itself: `failed(kind, "…"`. */
export function processMessages(file: SourceFile): Scan {
  const messages: Message[] = [];
  const violations: string[] = [];
  for (const call of file.text.matchAll(/(?<!function )\bfailed\(\s*"\w+",\s*("(?:[^"\\\n]|\\.)*")?/g)) {
    const at = positionOf(file, call.index);
    if (call[1]) messages.push({ text: JSON.parse(call[1]) as string, at });
    else violations.push(`${at}: the message is not one string literal`);
  }
  return { messages, violations };
}

/** Every message of the project. */
export function scanProject(): Scan {
  const scans = [
    ...filesBelow("src", ".ts", ".tsx").map(typescriptMessages),
    ...filesBelow("src/runtime/tracer/python/papertrace", ".py").map(pythonMessages),
    ...filesBelow("src/runtime/tracer", "process.ts").map(processMessages),
  ];
  return {
    messages: scans.flatMap(scan => scan.messages),
    violations: scans.flatMap(scan => scan.violations),
  };
}

/** `{0}`, `{1}` … of a message, each once, in order. */
export function placeholders(message: string): readonly string[] {
  return [...new Set(message.match(/\{\d+\}/g))].sort();
}
