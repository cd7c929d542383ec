import type { ClassDefinition, Parameter } from "../../shared/python/index.ts";
import { constructorParameters } from "./constructor-parameters.ts";
import type { KnownClass, NeighbourSource, Neighbours } from "./neighbours.ts";
import { settingsFor } from "./settings.ts";
import { plainValue, usualValue } from "./usual-values.ts";
import { largestIndex, valueFromUse } from "./values-from-use.ts";

/** What is read of a source to build its classes. */
export interface Reading {
  readonly source: NeighbourSource;
  /** What lies around the source that was asked for; null where nothing of it is known. */
  readonly neighbours: Neighbours | null;
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
 * @param owner the class or function whose parameters they are.
 * @param around classes that these are for, outermost first: none is built of itself.
 */
export function argumentsFor(
  parameters: readonly Parameter[],
  reading: Reading,
  owner: string,
  around: readonly ClassDefinition[] = [],
): ReadonlyMap<string, Expression> | null {
  const values = new Map<string, Expression>();
  for (const parameter of parameters) {
    const value =
      objectFor(parameter, reading, around) ?? guessedFrom(guess(parameter, reading.source, owner));
    if (value === null) return null;
    values.set(parameter.name, value);
  }
  return values;
}

/** What a parameter's own name says, else what it is handed to; several where it is asked for them by their numbers. */
function guess(parameter: Parameter, source: NeighbourSource, owner: string): string | null {
  const { name, annotation } = parameter;
  const last = largestIndex(name, owner, source);
  const isList = last !== null && (annotation === null || /list|tuple|sequence/i.test(annotation));
  const one = isList ? { name, annotation: null } : parameter;
  const value = usualValue(one) ?? valueFromUse(one, owner, source) ?? plainValue(one);
  if (!isList || value === null || Number.isNaN(Number(value))) return value;
  return `[${Array(last + 1)
    .fill(value)
    .join(", ")}]`;
}

/** Usual names of a constructor's one configuration argument. */
const CONFIGURATION = /^(config|configs|cfg|configuration|args|params|hparams|opt|options|settings)$/;
const CONFIGURATION_CLASS = /(Config|Configuration|Args|Arguments|Params|Options|Settings)$/;

/**
 * The class of an argument (a configuration, a part that is handed in) built with its own defaults; what it has none for is
 * guessed. Where there is no class, something that has what the source reads of it.
 */
function objectFor(
  parameter: Parameter,
  reading: Reading,
  around: readonly ClassDefinition[],
): Expression | null {
  const known = classFor(parameter, reading);
  if (known === null) return CONFIGURATION.test(parameter.name) ? readFrom(parameter.name, reading) : null;
  if (typeof known === "string") return { python: `${known}()`, guessed: false };
  if (around.includes(known.definition)) return null;
  if (isEnumeration(known.definition)) return { python: `list(${known.python})[0]`, guessed: true };
  const required = constructorParameters(known).filter(({ hasDefault }) => !hasDefault);
  const inside = { ...reading, source: known.source };
  const given = argumentsFor(required, inside, known.definition.name, [...around, known.definition]);
  const values = given && new Map([...given, ...readBeside(parameter.name, known, reading)]);
  return values && { python: callWith(known.python, values), guessed: values.size > 0 };
}

/** Of a class that is built with any keyword: those that a source reads of it and that it does not set itself. */
function readBeside(
  name: string,
  { definition, source }: KnownClass,
  reading: Reading,
): readonly (readonly [string, Expression])[] {
  const lines = source.document.text.split("\n").slice(definition.line, definition.endLine);
  const text = lines.join("\n");
  if (!/\bdef __init__\s*\([^)]*\*\*/.test(text)) return [];
  const set = new Set([...text.matchAll(/\bself\.(\w+)\s*=/g)].map(match => match[1]!));
  return namesRead(name, reading.source.document.text).attributes.flatMap(each => {
    const isKnown = set.has(each) || definition.literals.has(each) || definition.methods.has(each);
    const value = isKnown ? null : guessedFrom(readValue(each, reading.source));
    return value === null ? [] : [[each, value] as const];
  });
}

/** Where Python has its plain object. */
const NAMESPACE = '__import__("types").';

/** A dictionary with the keys that a source asks of `cfg["width"]`, or an object with the attributes of `cfg.width`. */
function readFrom(name: string, { source, neighbours }: Reading): Expression | null {
  const { keys, attributes } = namesRead(name, source.document.text);
  const names = keys.length > 0 ? keys : attributes;
  if (names.length === 0) return null;
  const settings = neighbours && settingsFor(names, neighbours);
  const values = new Map(settings ?? []);
  for (const each of names) {
    const given = values.get(each);
    // A size of 0 is filled in when the script runs.
    if (given === undefined || (given === "0" && Number(readValue(each, source)) > 1))
      values.set(each, readValue(each, source) ?? "None");
  }
  const listed = (between: string, quote: string) =>
    [...values]
      .filter(([each]) => /^[A-Za-z_]\w*$/.test(each))
      .map(([each, python]) => `${quote}${each}${quote}${between}${python}`)
      .join(", ");
  if (keys.length > 0) return { python: `{${listed(": ", '"')}}`, guessed: true };
  return { python: `${NAMESPACE}SimpleNamespace(${listed("=", "")})`, guessed: true };
}

const valuesRead = new WeakMap<NeighbourSource, Map<string, string | null>>();

/** What something is that a source reads of a configuration: the same for each of its classes. */
function readValue(name: string, source: NeighbourSource): string | null {
  const known = valuesRead.get(source) ?? new Map<string, string | null>();
  valuesRead.set(source, known);
  const parameter = { name, annotation: null };
  const value = () =>
    usualValue(parameter) ??
    comparedWith(name, source.document.text) ??
    valueFromUse(parameter, null, source) ??
    plainValue(parameter);
  if (!known.has(name)) known.set(name, value());
  return known.get(name)!;
}

/** The first text that a source compares an attribute or a key with: `cfg.kind == "causal"`. */
function comparedWith(name: string, text: string): string | null {
  return new RegExp(`\\b${name}(?:["']\\])?\\s*==\\s*(["'][\\w.-]+["'])`).exec(text)?.[1] ?? null;
}

/** What a source reads of an argument: `cfg["width"]`, `cfg.width`. */
function namesRead(name: string, text: string) {
  const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(match => match[1]!))];
  return {
    keys: all(new RegExp(`\\b${name}\\[["'](\\w+)["']\\]`, "g")),
    attributes: all(new RegExp(`\\b${name}\\.([a-z]\\w*)\\b(?!\\s*[(.])`, "g")),
  };
}

/** So many of the names that a source reads have to be fields of a class elsewhere for it to be the configuration. */
const SHARE = 0.6;

/**
 * The class of an argument: the annotated one; of a configuration, else the only one that the source knows, else one near it
 * that has what is read. The bare name of an annotation that leads nowhere.
 */
function classFor(
  { name, annotation }: Parameter,
  { source, neighbours }: Reading,
): KnownClass | string | null {
  const annotated =
    annotation === null ? null : (/^["']?((?:\w+\.)*[A-Z]\w*)["']?$/.exec(annotation)?.[1] ?? null);
  if (
    annotated !== null &&
    !/(^|\.)(\w*Tensor|Callable|Any|Module|Optional|Union|List|Tuple|Dict|Sequence)$/.test(annotated)
  )
    return source.find(annotated) ?? annotated;
  if (!CONFIGURATION.test(name)) return null;
  const likely = source.classes.filter(each => CONFIGURATION_CLASS.test(each.name));
  if (likely.length === 1) return source.find(likely[0]!.name);
  const { attributes } = namesRead(name, source.document.text);
  if (likely.length > 1 || neighbours === null || attributes.length === 0) return null;
  const has = (known: KnownClass) => {
    const { definition } = known;
    const names = new Set([...definition.fields, ...constructorParameters(known)].map(each => each.name));
    for (const literal of definition.literals.keys()) names.add(literal);
    return attributes.filter(each => names.has(each)).length / attributes.length;
  };
  const best = neighbours.configurations
    .filter(({ definition }) => CONFIGURATION_CLASS.test(definition.name))
    .toSorted((a, b) => has(b) - has(a))[0];
  return best !== undefined && has(best) >= SHARE ? best : null;
}

function isEnumeration({ bases }: ClassDefinition): boolean {
  return bases.some(base => /(^|\.)(Str|Int)?(Enum|Flag)$/.test(base));
}

/**
 * A call that builds a class with usual sizes wherever its source has larger ones; null where it has none that are, or takes
 * what nobody knows.
 */
export function smallerCall(
  known: KnownClass,
  reading: Reading,
  around: readonly ClassDefinition[] = [],
): string | null {
  const { definition } = known;
  const within = [...around, definition];
  const inside = { ...reading, source: known.source };
  const values = new Map<string, Expression>();
  let shrunk = false;
  for (const parameter of constructorParameters(known)) {
    const { literal, hasDefault } = parameter;
    const usual = usualValue(parameter);
    const inner = classFor(parameter, inside);
    const smaller =
      inner === null || typeof inner === "string" || within.includes(inner.definition)
        ? null
        : smallerCall(inner, reading, within);
    const isLarger = typeof literal === "number" && usual !== null && Number(usual) < literal;
    shrunk ||= smaller !== null || isLarger;
    const needed = () => (hasDefault ? null : argumentsFor([parameter], inside, definition.name, within));
    const python = smaller ?? (isLarger ? usual : (needed()?.get(parameter.name)?.python ?? null));
    if (python !== null) values.set(parameter.name, { python, guessed: true });
    else if (!hasDefault) return null;
  }
  return shrunk ? callWith(known.python, values) : null;
}
