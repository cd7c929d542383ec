import { attention } from "./attention.ts";
import { blocks } from "./blocks.ts";
import type { Component } from "./component.ts";
import { embeddings } from "./embeddings.ts";
import { experts } from "./experts.ts";
import { type ComponentId, componentIds } from "./ids.ts";
import { outputs } from "./outputs.ts";
import { stacks } from "./stacks.ts";
import { text } from "./text.ts";

export type { Component, Paper, SourceHints, Words } from "./component.ts";
export { type ComponentId, componentIds } from "./ids.ts";
export { inLanguage, isKorean } from "./language.ts";

const byId = new Map<string, Component>(
  [...text, ...embeddings, ...blocks, ...attention, ...experts, ...outputs, ...stacks].map(entry => [
    entry.id,
    entry,
  ]),
);

/** Every entry, in the catalogue's order. */
export const components: readonly Component[] = componentIds.map(component);

/** The entry of an id. */
export function component(id: ComponentId): Component {
  const entry = byId.get(id);
  if (entry === undefined) throw new RangeError(`The catalogue has no component “${id}”.`);
  return entry;
}

/** Whether a string from outside (a message, a command's argument) is an id of the catalogue. */
export function isComponentId(id: string): id is ComponentId {
  return byId.has(id);
}
