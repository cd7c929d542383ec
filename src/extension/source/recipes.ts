import type { OpenRequest } from "../../runtime/live/types.ts";
import {
  type ClassDefinition,
  definitions,
  type Parameter,
  type PythonDocument,
} from "../../shared/python/index.ts";
import { callSites } from "./call-sites.ts";
import {
  argumentsFor,
  callWith,
  type Expression,
  NAMESPACE,
  type Reading,
  smallerCall,
} from "./construction.ts";
import { factories } from "./factories.ts";

/** A way to build a class, and where it comes from. */
export interface Recipe {
  readonly from: "given" | "defaults" | "call" | "configuration" | "guess";
  /** As a reader would write it: `GPT(GPTConfig())`. */
  readonly written: string;
  /** Line from 0 of the call that it was read from; null for the others. */
  readonly line: number | null;
  readonly open: Pick<OpenRequest, "construct" | "sample" | "inputs" | "defaults" | "smaller">;
}

/**
 * Ways to build a class that its source allows, likeliest first: with its own defaults, as the source itself does
 * somewhere, with the defaults of its configuration class, else with usual sizes for parameters of usual names. Which of
 * them holds is found by tracing. Empty where nothing is known: then a reader is asked.
 */
export function recipesFor(document: PythonDocument, className: string): readonly Recipe[] {
  const classes = definitions(document).filter(each => each.kind === "class");
  const source = { text: document.text, classes };
  const required = requiredParameters(className, classes);
  const found = [...calls(document, className), ...fromFactories(document, className, source)];
  if (required !== null && required.length === 0) {
    const plain: Recipe = { from: "defaults", written: `${className}()`, line: null, open: {} };
    // A call that also shows what forward is given says more than defaults do.
    return [
      ...found.filter(({ open }) => open.sample),
      plain,
      ...found.filter(({ open }) => !open.sample),
    ].map(withDefaults(className, classes));
  }
  const values = argumentsFor(required ?? [], source);
  if (values && required) found.push(made(className, values));
  const guesses = (recipe: Recipe) => Number(recipe.from === "guess");
  return found.toSorted((a, b) => guesses(a) - guesses(b)).map(withDefaults(className, classes));
}

/**
 * Numbers that the constructor's parameters have or are given help to guess what forward is called on; what is too large to be run
 * with random weights is run smaller.
 */
function withDefaults(className: string, classes: readonly ClassDefinition[]): (recipe: Recipe) => Recipe {
  const parameters = classes.findLast(each => each.name === className)?.methods.get("__init__") ?? [];
  const numbers = parameters.flatMap(({ name, literal }) =>
    typeof literal === "number" ? [[name, literal]] : [],
  );
  const smaller = smallerCall(className, classes);
  return ({ open, ...recipe }) => {
    const defaults = { ...Object.fromEntries(numbers), ...open.defaults };
    return {
      ...recipe,
      open: {
        ...open,
        ...(Object.keys(defaults).length > 0 ? { defaults } : {}),
        ...(smaller === null ? {} : { smaller }),
      },
    };
  };
}

/** Parameters of the constructor without a default, of the class or of the first base that has one; null where it is not here. */
export function requiredParameters(
  className: string,
  classes: readonly ClassDefinition[],
  seen: ReadonlySet<string> = new Set(),
): readonly Parameter[] | null {
  const definition = classes.findLast(each => each.name === className);
  if (!definition || seen.has(className)) return null;
  const own = definition.methods.get("__init__");
  if (own) return own.filter(({ name, hasDefault }) => name !== "self" && !hasDefault);
  for (const base of definition.bases) {
    const inherited = requiredParameters(base, classes, new Set([...seen, className]));
    if (inherited) return inherited;
  }
  // A base of another file: nn.Module itself takes nothing.
  return definition.bases.every(base => /(^|\.)Module$/.test(base)) ? [] : null;
}

function calls(document: PythonDocument, className: string): readonly Recipe[] {
  return callSites(document, className).map(({ construct, written, sample, line }) => ({
    from: "call",
    written,
    line,
    open: { construct, ...(sample === null ? {} : { sample }) },
  }));
}

/** Functions of the source that make one, with usual values for what they have no default for. */
function fromFactories(document: PythonDocument, className: string, source: Reading): readonly Recipe[] {
  return factories(document, className).flatMap(({ name, required, line }): Recipe[] => {
    const values = argumentsFor(required, source);
    if (values === null) return [];
    const recipe = made(name, values);
    return [values.size === 0 ? { ...recipe, from: "call", line } : recipe];
  });
}

function made(className: string, values: ReadonlyMap<string, Expression>): Recipe {
  const construct = callWith(className, values);
  const from = [...values.values()].some(({ guessed }) => guessed) ? "guess" : "configuration";
  const numbers = [...values].flatMap(([name, { python }]) =>
    Number.isFinite(Number(python)) ? [[name, Number(python)] as const] : [],
  );
  const defaults = numbers.length > 0 ? { defaults: Object.fromEntries(numbers) } : {};
  return {
    from,
    written: construct.replaceAll(NAMESPACE, ""),
    line: null,
    open: { construct, ...defaults },
  };
}
