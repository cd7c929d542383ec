import type { ComponentId } from "../catalogue/index.ts";
import type { SourceMention } from "./python.ts";

/** A line of a source that implements a component. */
export interface SourcePlace {
  readonly component: ComponentId;
  /** From 1. */
  readonly line: number;
  /** From 0, in UTF-16 code units. */
  readonly column: number;
  /** What is defined or computed there. */
  readonly name: string;
  /** The class around it; for a class, the class itself. */
  readonly class: string | null;
  readonly kind: "class" | "function" | "line";
  /** The line itself, without its indentation. */
  readonly text: string;
}

/** Lines are shown in lists. */
const LONGEST_LINE = 160;

/**
 * The lines of a source that implement components: classes and functions that are named after one, and of every other
 * component, the first line of each class that computes it.
 */
export function sourcePlaces(text: string, mentions: readonly SourceMention[]): SourcePlace[] {
  const lines = text.split("\n");
  const named = mentions.filter(({ kind, line }) => kind !== "class" || computes(lines, line - 1));
  const places = named.map(({ component, line, column, name, class: owner, kind }) => {
    const own = (lines[line - 1] ?? "").trim().slice(0, LONGEST_LINE);
    const defined =
      kind === "class"
        ? "class"
        : new RegExp(`^(?:async\\s+)?def\\s+${name}\\b`).test(own)
          ? "function"
          : "line";
    return { component, line, column, name, class: owner, kind: defined, text: own } as const;
  });
  const defined = new Set(places.filter(({ kind }) => kind !== "line").map(({ component }) => component));
  const computed = new Set<string>();
  return places.filter(({ component, kind, class: owner, text: own }) => {
    if (kind !== "line") return true;
    // What a module is made of stands where it is made; what computes it, where it is called.
    if (defined.has(component) || owner === null || /^(?:import|from)\b/.test(own)) return false;
    const key = `${component} ${owner}`;
    if (computed.has(key)) return false;
    computed.add(key);
    return true;
  });
}

/** Fields without a method are a record of results; a short class takes its methods from another. */
const SHORT = 3;

/** Whether a class computes something. */
function computes(lines: readonly string[], at: number): boolean {
  const body: string[] = [];
  const indent = indentOf(lines[at] ?? "");
  for (const line of lines.slice(at + 1)) {
    if (line.trim() === "") continue;
    if (indentOf(line) <= indent && !/^\s*[)\]]/.test(line)) break;
    if (/^\s*(?:async\s+)?def\s/.test(line)) return true;
    body.push(line);
  }
  return body.length <= SHORT;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

const rank = { class: 0, function: 1, line: 2 } as const;

/** Places of one component in several sources: definitions only, where there are any. */
export function bestPlaces<P extends SourcePlace>(places: readonly P[]): P[] {
  const best = Math.min(...places.map(({ kind }) => rank[kind]));
  return places.filter(({ kind }) => rank[kind] === best);
}
