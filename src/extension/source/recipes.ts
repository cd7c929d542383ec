import type { OpenRequest } from "../../runtime/live/types.ts";
import {
  type ClassDefinition,
  definitions,
  type Parameter,
  type PythonDocument,
} from "../../shared/python/index.ts";
import { callSites } from "./call-sites.ts";
import { factories } from "./factories.ts";
import { usualValue } from "./usual-values.ts";

/** A way to build a class, and where it comes from. */
export interface Recipe {
  readonly from: "given" | "defaults" | "call" | "configuration" | "guess";
  /** As a reader would write it: `GPT(GPTConfig())`. */
  readonly written: string;
  /** Line from 0 of the call that it was read from; null for the others. */
  readonly line: number | null;
  readonly open: Pick<OpenRequest, "construct" | "sample" | "inputs" | "defaults">;
}

/**
 * Ways to build a class that its source allows, likeliest first: with its own defaults, as the source itself does
 * somewhere, with the defaults of its configuration class, else with usual sizes for parameters of usual names. Which of
 * them holds is found by tracing. Empty where nothing is known: then a reader is asked.
 */
export function recipesFor(document: PythonDocument, className: string): readonly Recipe[] {
  const classes = definitions(document).filter(each => each.kind === "class");
  const required = requiredParameters(className, classes);
  const found = [...calls(document, className), ...fromFactories(document, className, classes)];
  if (required !== null && required.length === 0) {
    const plain: Recipe = { from: "defaults", written: `${className}()`, line: null, open: {} };
    // A call that also shows what forward is given says more than defaults do.
    return [
      ...found.filter(({ open }) => open.sample),
      plain,
      ...found.filter(({ open }) => !open.sample),
    ].map(withDefaults(className, classes));
  }
  const values = argumentsFor(required ?? [], classes);
  if (values && required) found.push(made(className, values));
  const guesses = (recipe: Recipe) => Number(recipe.from === "guess");
  return found.toSorted((a, b) => guesses(a) - guesses(b)).map(withDefaults(className, classes));
}

/** Numbers that the constructor has for its parameters help to guess what forward is called on. */
function withDefaults(className: string, classes: readonly ClassDefinition[]): (recipe: Recipe) => Recipe {
  const parameters = classes.findLast(each => each.name === className)?.methods.get("__init__") ?? [];
  const numbers = parameters.flatMap(({ name, literal }) =>
    typeof literal === "number" ? [[name, literal]] : [],
  );
  if (numbers.length === 0) return recipe => recipe;
  const defaults = Object.fromEntries(numbers) as Readonly<Record<string, number>>;
  return recipe => ({ ...recipe, open: { ...recipe.open, defaults } });
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
function fromFactories(
  document: PythonDocument,
  className: string,
  classes: readonly ClassDefinition[],
): readonly Recipe[] {
  return factories(document, className).flatMap(({ name, required, line }): Recipe[] => {
    const values = argumentsFor(required, classes);
    if (values === null) return [];
    const recipe = made(name, values);
    return [values.size === 0 ? { ...recipe, from: "call", line } : recipe];
  });
}

function argumentsFor(
  parameters: readonly Parameter[],
  classes: readonly ClassDefinition[],
): ReadonlyMap<string, Expression> | null {
  return valuesOf(
    parameters,
    parameter => configurationOf(parameter, classes) ?? guessedFrom(usualValue(parameter)),
  );
}

function made(className: string, values: ReadonlyMap<string, Expression>): Recipe {
  const written = callWith(className, values);
  const from = [...values.values()].some(({ guessed }) => guessed) ? "guess" : "configuration";
  return { from, written, line: null, open: { construct: written } };
}

/** What an argument is given, as Python; a guess is none of the source's own words. */
interface Expression {
  readonly text: string;
  readonly guessed: boolean;
}

const guessedFrom = (text: string | null): Expression | null =>
  text === null ? null : { text, guessed: true };

function callWith(name: string, values: ReadonlyMap<string, Expression>): string {
  return `${name}(${[...values].map(([parameter, { text }]) => `${parameter}=${text}`).join(", ")})`;
}

/** A value for each parameter; null where one has none. */
function valuesOf(
  parameters: readonly Parameter[],
  expressionFor: (parameter: Parameter) => Expression | null,
): ReadonlyMap<string, Expression> | null {
  const values = new Map<string, Expression>();
  for (const parameter of parameters) {
    const value = expressionFor(parameter);
    if (value === null) return null;
    values.set(parameter.name, value);
  }
  return values;
}

/** Usual names of a constructor's one configuration argument. */
const CONFIGURATION = /^(config|cfg|configuration|args|params|hparams|opt|options|settings)$/;
const CONFIGURATION_CLASS = /(Config|Configuration|Args|Arguments|Params|Options|Settings)$/;

/** The configuration class, built with its own defaults: the annotated one, else the only one of the file. */
function configurationOf(
  { name, annotation }: Parameter,
  classes: readonly ClassDefinition[],
): Expression | null {
  const annotated = annotation === null ? null : (/^["']?([A-Z]\w*)["']?$/.exec(annotation)?.[1] ?? null);
  if (annotated !== null && !/^(Tensor|Callable|Any|Module|Optional|Union)$/.test(annotated))
    return built(annotated, classes);
  if (!CONFIGURATION.test(name)) return null;
  const likely = classes.filter(each => CONFIGURATION_CLASS.test(each.name));
  return likely.length === 1 ? built(likely[0]!.name, classes) : null;
}

/** A call of a configuration class; what it has no default for is guessed. Null where that has no usual value. */
function built(name: string, classes: readonly ClassDefinition[]): Expression | null {
  const definition = classes.findLast(each => each.name === name);
  const parameters = definition?.methods.get("__init__")?.slice(1) ?? definition?.fields ?? [];
  const values = valuesOf(
    parameters.filter(({ hasDefault }) => !hasDefault),
    parameter => guessedFrom(usualValue(parameter)),
  );
  return values && { text: callWith(name, values), guessed: values.size > 0 };
}
