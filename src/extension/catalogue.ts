import * as vscode from "vscode";
import { type Component, component, isComponentId, type Words } from "../shared/catalogue/index.ts";

/** An entry's words in the UI's language. */
export function words(words: Words): string {
  return vscode.env.language.startsWith("ko") ? words.ko : words.en;
}

/** The entry of an id that came from outside; null if there is none. */
export function findComponent(id: string): Component | null {
  return isComponentId(id) ? component(id) : null;
}

export function componentName(id: string): string {
  const entry = findComponent(id);
  return entry ? words(entry.name) : id;
}
