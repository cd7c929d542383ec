import { type PythonDocument, parsePython } from "../../shared/python/index.ts";

/** Sources whose last text is kept, those that were asked for longest ago given up first. */
const KEPT = 96;

const known = new Map<string, PythonDocument>();

/**
 * The syntax of a source: parsed once for each text, and of a text that was edited only what changed.
 * @param file path that tells the versions of one source from those of others.
 */
export function syntaxOf(file: string, text: string): PythonDocument {
  const before = known.get(file);
  const syntax = before?.text === text ? before : parsePython(text, before);
  known.delete(file);
  known.set(file, syntax);
  if (known.size > KEPT) known.delete(known.keys().next().value!);
  return syntax;
}
