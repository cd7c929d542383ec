import { methodCalls, type PythonDocument } from "../../shared/python/index.ts";
import type { Neighbours } from "./neighbours.ts";

/** Values by name, as Python, that some file near a source gives for its configuration. */
export type Settings = ReadonlyMap<string, string>;

/** So much of what a source reads has to be there for a file to be its settings. */
const SHARE = 0.6;

/** The settings near a source that have most of the names that it reads of a configuration; null where none has. */
export function settingsFor(
  names: readonly string[],
  { settings, scripts, source }: Neighbours,
): Settings | null {
  const found = [...settings.map(fromJson), ...[source.document, ...scripts].map(fromParser)];
  const share = (each: Settings) => names.filter(name => each.has(name)).length / names.length;
  const best = found.toSorted((a, b) => share(b) - share(a))[0];
  return best !== undefined && share(best) >= SHARE ? best : null;
}

function fromJson(parsed: Readonly<Record<string, unknown>>): Settings {
  return new Map(
    Object.entries(parsed).flatMap(([name, value]) => {
      const python = pythonOf(value);
      return python === null ? [] : [[name, python] as const];
    }),
  );
}

function pythonOf(value: unknown): string | null {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "string") return JSON.stringify(value);
  if (!Array.isArray(value)) return null;
  const items = value.map(pythonOf);
  return items.every(each => each !== null) ? `[${items.join(", ")}]` : null;
}

const read = new WeakMap<PythonDocument, Settings>();

/** What says the whole of itself: a number, a text, a list of such. Whatever an expression rests on is not here. */
const LITERAL = /^(-?[\d.]+(e-?\d+)?|["'][^"']*["']|True|False|None|[[(][\d\s,.eE"'\w-]*[\])])$/;

/** What an option is that nobody gives, by what it does. */
const UNSET: Readonly<Record<string, string>> = { store_true: "False", store_false: "True" };

/** `parser.add_argument("--width", type=int, default=8)` of a script: what its options are where none is given. */
export function fromParser(document: PythonDocument): Settings {
  const known = read.get(document);
  if (known) return known;
  const values = new Map<string, string>();
  read.set(document, values);
  const unquoted = (text: string) => text.replace(/^["']|["']$/g, "");
  for (const { positional, keywords } of methodCalls(document, "add_argument")) {
    // The long name of one that has a short one too.
    const option = positional.map(unquoted).toSorted((a, b) => b.length - a.length)[0];
    if (option === undefined) continue;
    const value = keywords.get("default") ?? UNSET[unquoted(keywords.get("action") ?? "")] ?? "None";
    const destination = keywords.get("dest") ?? option.replace(/^-+/, "").replaceAll("-", "_");
    if (LITERAL.test(value)) values.set(unquoted(destination), value);
  }
  return values;
}
