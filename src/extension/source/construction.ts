import type { ClassDefinition, Parameter } from "../../shared/python/index.ts";
import { usualValue } from "./usual-values.ts";

/** What is read of a source to build its classes. */
export interface Reading {
  readonly text: string;
  readonly classes: readonly ClassDefinition[];
}

/** What an argument is given, as Python; a guess is none of the source's own words. */
export interface Expression {
  readonly python: string;
  readonly guessed: boolean;
}

const guessedFrom = (python: string | null): Expression | null =>
  python === null ? null : { python, guessed: true };

export function callWith(name: string, values: ReadonlyMap<string, Expression>): string {
  return `${name}(${[...values].map(([parameter, { python }]) => `${parameter}=${python}`).join(", ")})`;
}

/**
 * What a source and usual names say of each parameter; null where they say nothing of one.
 * @param around classes that these are for, outermost first: none is built of itself.
 */
export function argumentsFor(
  parameters: readonly Parameter[],
  source: Reading,
  around: readonly string[] = [],
): ReadonlyMap<string, Expression> | null {
  const values = new Map<string, Expression>();
  for (const parameter of parameters) {
    const value = objectFor(parameter, source, around) ?? guessedFrom(usualValue(parameter));
    if (value === null) return null;
    values.set(parameter.name, value);
  }
  return values;
}

/** Usual names of a constructor's one configuration argument. */
const CONFIGURATION = /^(config|cfg|configuration|args|params|hparams|opt|options|settings)$/;
const CONFIGURATION_CLASS = /(Config|Configuration|Args|Arguments|Params|Options|Settings)$/;

/**
 * The class of an argument (a configuration, a part that is handed in) built with its own defaults; what it has none for is
 * guessed. Where there is no class, something that has what the source reads of it.
 */
function objectFor(parameter: Parameter, source: Reading, around: readonly string[]): Expression | null {
  const { text, classes } = source;
  const name = classFor(parameter, classes);
  if (name === null) return CONFIGURATION.test(parameter.name) ? readFrom(parameter.name, text) : null;
  if (around.includes(name)) return null;
  const required = parametersOf(name, classes).filter(({ hasDefault }) => !hasDefault);
  const values = argumentsFor(required, source, [...around, name]);
  return values && { python: callWith(name, values), guessed: values.size > 0 };
}

/** Where Python has its plain object. */
export const NAMESPACE = '__import__("types").';

/** A dictionary with the keys that a source asks of `cfg["width"]`, or an object with the attributes of `cfg.width`. */
function readFrom(name: string, text: string): Expression | null {
  const keys = namesRead(text, new RegExp(`\\b${name}\\[["'](\\w+)["']\\]`, "g"));
  const attributes = namesRead(text, new RegExp(`\\b${name}\\.([a-z]\\w*)\\b(?!\\s*[(.])`, "g"));
  const values = (names: readonly string[], between: string, quote: string) =>
    names
      .map(each => {
        const usual = usualValue({ name: each, annotation: null });
        return `${quote}${each}${quote}${between}${usual ?? "None"}`;
      })
      .join(", ");
  if (keys.length > 0) return { python: `{${values(keys, ": ", '"')}}`, guessed: true };
  if (attributes.length === 0) return null;
  return { python: `${NAMESPACE}SimpleNamespace(${values(attributes, "=", "")})`, guessed: true };
}

function namesRead(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(match => match[1]!))];
}

/** The class of an argument: the annotated one; of a configuration, else the only one of the file. */
function classFor({ name, annotation }: Parameter, classes: readonly ClassDefinition[]): string | null {
  const annotated = annotation === null ? null : (/^["']?([A-Z]\w*)["']?$/.exec(annotation)?.[1] ?? null);
  if (annotated !== null && !/^(Tensor|Callable|Any|Module|Optional|Union)$/.test(annotated))
    return annotated;
  if (!CONFIGURATION.test(name)) return null;
  const likely = classes.filter(each => CONFIGURATION_CLASS.test(each.name));
  return likely.length === 1 ? likely[0]!.name : null;
}

/** What a class is built with, as far as it says so itself. */
function parametersOf(name: string, classes: readonly ClassDefinition[]): readonly Parameter[] {
  const definition = classes.findLast(each => each.name === name);
  return definition?.methods.get("__init__")?.slice(1) ?? definition?.fields ?? [];
}

/**
 * A call that builds a class with usual sizes wherever its source has larger ones; null where it has none that are, or takes
 * what nobody knows.
 */
export function smallerCall(
  name: string,
  classes: readonly ClassDefinition[],
  around: readonly string[] = [],
): string | null {
  const within = [...around, name];
  const values = new Map<string, Expression>();
  let shrunk = false;
  for (const parameter of parametersOf(name, classes)) {
    const { literal, hasDefault } = parameter;
    const usual = usualValue(parameter);
    const inner = classFor(parameter, classes);
    const smaller = inner === null || within.includes(inner) ? null : smallerCall(inner, classes, within);
    const isLarger = typeof literal === "number" && usual !== null && Number(usual) < literal;
    shrunk ||= smaller !== null || isLarger;
    const python = smaller ?? (!hasDefault || isLarger ? usual : null);
    if (python !== null) values.set(parameter.name, { python, guessed: true });
    else if (!hasDefault) return null;
  }
  return shrunk ? callWith(name, values) : null;
}
