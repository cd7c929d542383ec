import { dirname, join, relative, sep } from "node:path";
import {
  type ClassDefinition,
  definitions,
  type PythonDocument,
  parsePython,
} from "../../shared/python/index.ts";
import { importsOf, wholeModules } from "./imports.ts";
import { syntaxOf } from "./syntax.ts";

/** A text of the folders around a source: Python, settings as JSON, or a README. */
export interface NearbyText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Where a source's neighbours are read from. */
export interface NeighbourFiles {
  /** Folders in which imports are looked up after the source's own. */
  readonly folders: readonly string[];
  /** What lies around, nearest first. */
  readonly nearby: readonly NearbyText[];
  /** Text of a file, or null where there is no such file. */
  read(path: string): Promise<string | null>;
}

/** A class as one source names it. */
export interface KnownClass {
  readonly definition: ClassDefinition;
  /** Names it in the namespace of the source that was asked for, as Python. */
  readonly python: string;
  /** The source that defines it. */
  readonly source: NeighbourSource;
}

/** A source among its neighbours. */
export interface NeighbourSource {
  readonly path: string;
  readonly document: PythonDocument;
  readonly classes: readonly ClassDefinition[];
  /** The class of a name, its own or one that it imports. */
  find(name: string): KnownClass | null;
}

/** What lies around a source and says how its classes are built. */
export interface Neighbours {
  readonly source: NeighbourSource;
  /** Other sources near it, and the examples of READMEs, in which a name of it stands: nearest first. */
  readonly uses: readonly Use[];
  /** Configuration classes of other sources near it. */
  readonly configurations: readonly KnownClass[];
  /** Sources near it that read options of a command line. */
  readonly scripts: readonly PythonDocument[];
  /** JSON files near it, as parsed. */
  readonly settings: readonly Readonly<Record<string, unknown>>[];
}

/** A text in which classes of a source are used. */
export interface Use {
  readonly path: string;
  /** As imports name it; null for an example of a README, which is none. */
  readonly module: string | null;
  /** Classes of the source that it imports. */
  readonly names: ReadonlySet<string>;
  readonly document: PythonDocument;
}

/** Where Python imports by name. */
const IMPORT = '__import__("importlib").import_module';

/** An expression without where its names come from, as a reader would write it. */
export function asWritten(construct: string): string {
  return construct.replaceAll(
    /__import__\("importlib"\)\.import_module\("[\w.]*"\)\.|__import__\("types"\)\./g,
    "",
  );
}

/** Files that are followed from one source, at most. */
const MOST_FOLLOWED = 16;
const MOST_USES = 12;

/** A file with so many characters is followed no more: it is no part of a model. */
const LONGEST = 150_000;

/** Packages whose classes are never looked up: the tracer has its own, or they have none that a constructor takes. */
const OWN =
  /^(torch|transformers|numpy|typing|typing_extensions|collections|dataclasses|functools|abc|enum|math|pathlib|logging)(\.|$)/;

/** What is around a source, as far as it can be read. */
export async function neighboursOf(
  path: string,
  document: PythonDocument,
  files: NeighbourFiles,
): Promise<Neighbours> {
  const read = new Map<
    string,
    { readonly document: PythonDocument; readonly imports: Map<string, string> }
  >();
  const pending: { readonly path: string; readonly document: PythonDocument }[] = [{ path, document }];
  while (pending.length > 0 && read.size < MOST_FOLLOWED) {
    const each = pending.shift()!;
    if (read.has(each.path)) continue;
    const imports = new Map<string, string>();
    read.set(each.path, { document: each.document, imports });
    for (const { module, names } of importsOf(each.document.text)) {
      const classes = names.filter(({ name }) => /^[A-Z*]/.test(name));
      if (classes.length === 0 || OWN.test(module)) continue;
      const found = await fileOf(module, each.path, files);
      if (found === null || found.text.length > LONGEST) continue;
      for (const { name, local } of classes) imports.set(local, `${found.path}#${name}`);
      pending.push({ path: found.path, document: syntaxOf(found.path, found.text) });
    }
    for (const [local, module] of wholeModules(each.document.text)) {
      const found = OWN.test(module) ? null : await fileOf(module, each.path, files);
      if (found === null) continue;
      imports.set(local, found.path);
      pending.push({ path: found.path, document: syntaxOf(found.path, found.text) });
    }
  }
  const sources = new Map<string, NeighbourSource>();
  const sourceAt = (at: string): NeighbourSource | null => {
    const known = sources.get(at);
    const entry = read.get(at);
    if (known || !entry) return known ?? null;
    const classes = definitions(entry.document).filter(each => each.kind === "class");
    const find = (name: string, seen: readonly string[] = []): KnownClass | null => {
      const own = classes.findLast(each => each.name === name);
      if (own) return { definition: own, python: at === path ? name : imported(at, name), source };
      const [, module, inModule] = /^(\w+)\.(\w+)$/.exec(name) ?? [];
      if (module !== undefined) {
        const found = sourceAt(entry.imports.get(module) ?? "")?.find(inModule!) ?? null;
        return found && at === path ? { ...found, python: name } : found;
      }
      const wanted = [entry.imports.get(name), ...starred(entry.imports, name)].filter(
        each => each !== undefined,
      );
      for (const target of wanted) {
        const [from, original] = target.split("#") as [string, string];
        if (seen.includes(target)) continue;
        const other = sourceAt(from) as (NeighbourSource & { find: typeof find }) | null;
        const found = other?.find(original, [...seen, target]);
        if (found) return at === path ? { ...found, python: name } : found;
      }
      const other = otherName(name, entry.document.text);
      const found = other === null || seen.includes(other) ? null : find(other, [...seen, name]);
      return found && at === path ? { ...found, python: name } : found;
    };
    const source: NeighbourSource = { path: at, document: entry.document, classes, find };
    sources.set(at, source);
    return source;
  };
  const imported = (at: string, name: string) => importExpression(moduleName(at, files), name);
  const source = sourceAt(path)!;
  const names = source.classes.map(each => each.name);
  const python = files.nearby.filter(each => each.path !== path && each.path.endsWith(".py"));
  const uses = files.nearby
    .filter(each => each.path !== path && /\.(py|md)$/.test(each.path))
    .flatMap(each => documentsOf(each, names, path, files))
    // An example says more than a part of the whole.
    .toSorted((a, b) => Number(a.module !== null) - Number(b.module !== null))
    .slice(0, MOST_USES);
  const scripts = python
    .filter(({ text }) => text.includes("add_argument("))
    .slice(0, MOST_USES)
    .map(each => syntaxOf(each.path, each.text));
  const configurations = python
    .filter(({ text }) =>
      /^class \w*(Config|Configuration|Args|Arguments|Params|Options|Settings|HParams)\b/m.test(text),
    )
    .flatMap(({ path: at, text }): KnownClass[] => {
      const other = syntaxOf(at, text);
      const classes = definitions(other).filter(each => each.kind === "class");
      const own: NeighbourSource = { path: at, document: other, classes, find: () => null };
      return classes.map(definition => ({ definition, python: imported(at, definition.name), source: own }));
    });
  const settings = files.nearby
    .filter(each => each.path.endsWith(".json"))
    .flatMap(({ text }) => {
      const parsed = parseObject(text);
      return parsed === null ? [] : [parsed];
    });
  return { source, uses, configurations, scripts, settings };
}

/** What else a source calls something: `Config = settings.Config` at its top. */
function otherName(name: string, text: string): string | null {
  return new RegExp(`^${name}[ \\t]*=[ \\t]*([A-Za-z_][\\w.]*)[ \\t]*$`, "m").exec(text)?.[1] ?? null;
}

/** Targets of `from module import *`, asked for a name. */
function starred(imports: ReadonlyMap<string, string>, name: string): readonly string[] {
  const target = imports.get("*");
  return target === undefined ? [] : [target.replace(/#\*$/, `#${name}`)];
}

/** Another module, or a class of it, as one expression. */
export function importExpression(module: string, name?: string): string {
  return `${IMPORT}("${module}")${name === undefined ? "" : `.${name}`}`;
}

/** A file as imports name it: from the folder that is no package any more. */
function moduleName(path: string, { folders, nearby }: NeighbourFiles): string {
  const packages = new Set(
    nearby.filter(each => each.path.endsWith(`${sep}__init__.py`)).map(each => dirname(each.path)),
  );
  const inside = (folder: string) => path.startsWith(folder + sep);
  let root = dirname(path);
  while (packages.has(root)) root = dirname(root);
  // A folder without `__init__.py` is a package of the folder around it that imports start from.
  if (!folders.includes(root)) root = folders.filter(inside).sort((a, b) => b.length - a.length)[0] ?? root;
  return relative(root, path)
    .replace(/(\/__init__)?\.py$/, "")
    .split(sep)
    .join(".");
}

/** The file of a module as one source imports it. */
async function fileOf(
  module: string,
  from: string,
  files: NeighbourFiles,
): Promise<{ readonly path: string; readonly text: string } | null> {
  const [, dots, rest] = /^(\.*)(.*)$/.exec(module)!;
  let folder = dirname(from);
  for (let level = 1; level < dots!.length; level++) folder = dirname(folder);
  const roots = dots === "" ? [folder, ...files.folders] : [folder];
  const parts = rest === "" ? [] : rest!.split(".");
  for (const root of roots)
    for (const path of [
      ...(parts.length > 0 ? [`${join(root, ...parts)}.py`] : []),
      join(root, ...parts, "__init__.py"),
    ]) {
      const text = files.nearby.find(each => each.path === path)?.text ?? (await files.read(path));
      if (text !== null) return { path, text };
    }
  return null;
}

/** A Python file as it is; of a README, each of its examples: those that import one of these classes from a source. */
function documentsOf(
  { path, text }: NearbyText,
  classes: readonly string[],
  from: string,
  files: NeighbourFiles,
): readonly Use[] {
  if (!classes.some(name => text.includes(name))) return [];
  const use = (code: string, module: string | null, parse: () => PythonDocument): readonly Use[] => {
    const names = new Set(classes.filter(name => importsIt(code, name, from, files)));
    return names.size === 0 ? [] : [{ path, module, names, document: parse() }];
  };
  if (path.endsWith(".py")) return use(text, moduleName(path, files), () => syntaxOf(path, text));
  const blocks = [...text.matchAll(/^```(?:python|py)\s*\n([\s\S]*?)^```/gm)];
  return blocks.flatMap(([, code]) => use(code!, null, () => parsePython(code!)));
}

/** Whether a text means the class of this source by its name: it imports it from there, or from a package that does. */
function importsIt(text: string, className: string, path: string, { nearby }: NeighbourFiles): boolean {
  const file = path.replace(/(\/__init__)?\.py$/, "").replaceAll("\\", "/");
  return importsOf(text).some(({ module, names }) => {
    if (!names.some(({ name, local }) => local === className && name === className)) return false;
    const parts = module.replace(/^\.+/, "").replaceAll(".", "/");
    if (parts === "" || file.endsWith(`/${parts}`)) return true;
    const at = `${file}/`.lastIndexOf(`/${parts}/`);
    if (at < 0) return false;
    const entry = `${file.slice(0, at + parts.length + 1)}/__init__.py`;
    const exported = nearby.find(each => each.path.replaceAll("\\", "/") === entry);
    const stem = file.slice(file.lastIndexOf("/") + 1);
    return exported === undefined || exports(exported.text, className, stem);
  });
}

/** Whether a package hands on a class from a module of that name, or from a part that may. */
function exports(text: string, className: string, stem: string): boolean {
  return importsOf(text).some(
    ({ module, names }) =>
      names.some(({ name }) => name === className || name === "*") &&
      (new RegExp(`(^|\\.)${stem}(\\.|$)`).test(module) || names.some(({ name }) => name === "*")),
  );
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
