import type { ComponentId } from "../catalogue/index.ts";
import { type PythonDocument, parsePython } from "../python/index.ts";
import { type BlockLinks, linksOf } from "./python-block.ts";

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
 * residual. An attribute means what its class means where the file says `self.attribute = Class(…)`. Of a document whose
 * earlier version was linked, only the blocks that changed are read; source that does not parse is read as far as it goes.
 */
export function linkPython(source: string | PythonDocument): SourceMention[] {
  const document = typeof source === "string" ? parsePython(source) : source;
  const { lineStarts } = document;
  const blocks = document.blocks.map(({ start, syntax }) => ({ start, links: linksOf(syntax) }));
  const attributes = new Map(blocks.flatMap(({ links }) => links.attributes));
  const mentions: SourceMention[] = [];
  let line = 0;
  for (const { start: blockStart, links } of blocks) {
    for (const candidate of links.candidates) {
      const component = meaningOf(candidate, attributes);
      if (component === null) continue;
      const { name, kind } = candidate;
      const start = blockStart + candidate.at;
      while (line + 1 < lineStarts.length && lineStarts[line + 1]! <= start) line++;
      const column = start - lineStarts[line]!;
      mentions.push({
        line: line + 1,
        column,
        endColumn: column + name.length,
        component,
        kind,
        name,
        class: candidate.class,
        start,
      });
    }
  }
  return mentions;
}

function meaningOf(
  { ofSelf, name, component }: BlockLinks["candidates"][number],
  attributes: ReadonlyMap<string, ComponentId>,
): ComponentId | null {
  return (ofSelf ? attributes.get(name) : undefined) ?? component;
}
