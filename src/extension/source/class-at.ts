import { definitions, type PythonDocument } from "../../shared/python/index.ts";
import { moduleClasses, outline, type PythonClass } from "./outline.ts";

/**
 * The module class that runs a line: the one around it, or, in a function, the first of the file that uses the function,
 * itself or through other functions. Null where there is none.
 * @param line from 0.
 */
export function classAt(document: PythonDocument, line: number): PythonClass | null {
  const classes = moduleClasses(outline(document));
  const defined = definitions(document);
  const around = defined.find(each => each.line <= line && line < each.endLine);
  if (around === undefined) return null;
  if (around.kind === "class") return classes.find(each => each.line === around.line) ?? null;
  const users = usersOf(around.name, defined);
  return classes.find(each => users.has(each.name)) ?? null;
}

type Definitions = ReturnType<typeof definitions>;

/** Names of what refers to a function, itself or through other functions. */
function usersOf(name: string, defined: Definitions, users = new Set<string>()): ReadonlySet<string> {
  for (const each of defined) {
    if (users.has(each.name) || !each.names.has(name)) continue;
    users.add(each.name);
    if (each.kind === "function") usersOf(each.name, defined, users);
  }
  return users;
}
