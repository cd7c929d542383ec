import { definitions } from "../../shared/python/index.ts";
import { callSites } from "./call-sites.ts";
import { factories } from "./factories.ts";
import { importsOf, modulesOf } from "./imports.ts";
import { importExpression, type Neighbours, type Use } from "./neighbours.ts";
import { freeNames } from "./setup.ts";

/** How another source, or an example of a README, builds a class of a source. */
export interface OtherUse {
  readonly construct: string;
  readonly written: string;
  readonly sample: string | null;
}

/** Calls that say the most; one more says little. */
const MOST = 3;

/** Places elsewhere where a class of a source is built, those first that also show what it is called on. */
export function usesElsewhere({ uses }: Neighbours, className: string): readonly OtherUse[] {
  return uses
    .flatMap(use => (use.names.has(className) ? calls(use, className) : []))
    .sort((a, b) => Number(a.sample === null) - Number(b.sample === null))
    .slice(0, MOST);
}

function calls(use: Use, className: string): readonly OtherUse[] {
  const own = use.names;
  return callSites(use.document, className).flatMap(({ construct, written, sample }): OtherUse[] => {
    const names = importsFor(construct, own, use);
    if (names === null) return [];
    const whole = names.length === 0 ? construct : `(${[...names, construct].join(", ")})[-1]`;
    const more = sample === null ? null : importsFor(sample, own, use);
    // What comes before the arguments of a call adds none to them.
    const called = sample && more && more.length > 0 ? `*(${more.join(", ")}, ())[-1], ${sample}` : sample;
    return [{ construct: whole, written, sample: more === null ? null : called }];
  });
}

/** A class of another source that builds one of this source, and names it in its own namespace. */
export interface OtherClass {
  readonly use: Use;
  readonly name: string;
}

/** Classes elsewhere that build one of a source. */
export function classesAround({ uses }: Neighbours, className: string): readonly OtherClass[] {
  return uses.flatMap(use => {
    if (use.module === null || !use.names.has(className)) return [];
    return definitions(use.document).flatMap(each =>
      each.kind === "class" && each.methods.has("forward") && each.calls.has(className)
        ? [{ use, name: each.name }]
        : [],
    );
  });
}

/** Functions elsewhere that make one and have to be given nothing. */
export function factoriesElsewhere({ uses }: Neighbours, className: string): readonly OtherUse[] {
  return uses
    .flatMap(({ module, document, names }) =>
      module !== null && names.has(className)
        ? factories(document, className).flatMap(({ name, required }): OtherUse[] =>
            required.length > 0
              ? []
              : [{ construct: `${importExpression(module, name)}()`, written: `${name}()`, sample: null }],
          )
        : [],
    )
    .slice(0, MOST);
}

/** Names that an expression has from the imports of its own text, as expressions; null where that text defines one itself. */
function importsFor(
  expression: string,
  own: ReadonlySet<string>,
  { module, path, document: { text } }: Use,
): readonly string[] | null {
  const bound = new Set(
    [...expression.matchAll(/\b(\w+) :=|\b(?:for|lambda)\s+([\w, ]+?)\s*(?:in\b|:)/g)].flatMap(match =>
      (match[1] ?? match[2]!).split(/\W+/),
    ),
  );
  const found: string[] = [];
  for (const name of freeNames(expression)) {
    if (own.has(name) || bound.has(name) || PROVIDED.has(name)) continue;
    const python = importOf(name, text, module, path.endsWith("__init__.py"));
    if (python === null) return null;
    found.push(`${name} := ${python}`);
  }
  return found;
}

function importOf(name: string, text: string, within: string | null, isPackage: boolean): string | null {
  for (const { module, names } of importsOf(text)) {
    const entry = names.find(({ local }) => local === name);
    if (!entry) continue;
    const absolute = absoluteModule(module, within, isPackage);
    return absolute === null ? null : importExpression(absolute, entry.name);
  }
  const module = modulesOf(text).get(name);
  return module === undefined ? null : importExpression(module);
}

/** A module that is written from where it stands, `..layers`, as every module names it. */
function absoluteModule(module: string, within: string | null, isPackage: boolean): string | null {
  const dots = /^\.*/.exec(module)![0].length;
  if (dots === 0) return module;
  if (within === null) return null;
  const up = within.split(".").slice(0, (isPackage ? 1 : 0) - dots || undefined);
  const rest = module.slice(dots);
  return [...up, ...(rest === "" ? [] : [rest])].join(".");
}

/** What every expression may use: Python's own names, and those that the tracer adds. */
const PROVIDED = new Set(
  "torch nn True False None int float str bool list tuple dict set range len min max sum abs round sorted zip enumerate map filter isinstance getattr setattr type print super object any all reversed".split(
    " ",
  ),
);
