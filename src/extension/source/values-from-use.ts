import { type HandOver, type Parameter, usesIn } from "../../shared/python/index.ts";
import { constructorParameters } from "./constructor-parameters.ts";
import type { NeighbourSource } from "./neighbours.ts";
import { meaningOf } from "./torch-layers.ts";
import { usualValue } from "./usual-values.ts";

type Source = Pick<NeighbourSource, "document" | "classes" | "find">;

/** What may be a number or several, as annotations say it. */
const NUMBERS = /\b(int|float|tuple|list|sequence|optional|union)\b/i;

/**
 * What a parameter is usually given by what it is handed to: `n` of `nn.Linear(n, 4)` is a width, whatever it is called. As
 * Python; null where nothing says so.
 * @param owner class or function whose parameter it is; what it hands on nowhere is looked up in the whole source.
 */
export function valueFromUse(
  { name, annotation }: Pick<Parameter, "name" | "annotation">,
  owner: string | null,
  source: Source,
): string | null {
  if (annotation !== null && !NUMBERS.test(annotation)) return null;
  const own = owner === null ? [] : withBases(owner, source);
  return firstOf([...own, ...source.classes.map(each => each.name)], each => follow(name, each, source));
}

/**
 * The largest index that the owner of a parameter asks it for, such as 3 for `layers[3]`; null where it asks for none by
 * number.
 */
export function largestIndex(name: string, owner: string, source: Source): number | null {
  return firstOf(withBases(owner, source), each => usesIn(source.document, each).indexed.get(name) ?? null);
}

function firstOf<T>(names: readonly string[], ask: (name: string) => T | null): T | null {
  for (const name of names) {
    const found = ask(name);
    if (found !== null) return found;
  }
  return null;
}

/** A class and those of its source that it inherits its constructor from. */
function withBases(owner: string, { classes }: Source): readonly string[] {
  const names = new Set([owner]);
  for (const name of names)
    for (const base of classes.findLast(each => each.name === name)?.bases ?? [])
      if (classes.some(each => each.name === base)) names.add(base);
  return [...names];
}

/**
 * Of several layers the largest says most: a width may also be a number of channels. How often something runs says more,
 * the size of a tensor less.
 * @param seen names by the definitions that hand them on: each is followed once.
 */
function follow(name: string, owner: string, source: Source, seen: Set<string> = new Set()): string | null {
  const key = `${owner}.${name}`;
  if (seen.has(key)) return null;
  seen.add(key);
  const values: string[] = [];
  const sizes: string[] = [];
  for (const handOver of usesIn(source.document, owner).handedOver.get(name) ?? []) {
    const value = valueWhere(handOver, owner, source, seen);
    if (value === null) continue;
    if (handOver.callee === "range") return value;
    (handOver.callee !== null && meaningOf(handOver.callee, 0) === "size" ? sizes : values).push(value);
  }
  return values.toSorted((a, b) => Number(b) - Number(a))[0] ?? sizes[0] ?? null;
}

function valueWhere(
  { callee, argument }: HandOver,
  owner: string,
  source: Source,
  seen: Set<string>,
): string | null {
  if (callee === null) {
    const other = String(argument);
    return usualValue({ name: other, annotation: null }) ?? follow(other, owner, source, seen);
  }
  const known = source.find(callee);
  if (known === null) {
    const meaning = meaningOf(callee, argument);
    return meaning === null ? null : usualValue({ name: meaning, annotation: null });
  }
  const parameters = constructorParameters(known);
  const parameter =
    typeof argument === "number" ? parameters[argument] : parameters.find(each => each.name === argument);
  if (parameter === undefined) return null;
  return usualValue(parameter) ?? follow(parameter.name, known.definition.name, known.source, seen);
}
