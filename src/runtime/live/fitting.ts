import type { ArgumentFit, ForwardArgument, InputSpec } from "../../shared/trace.ts";
import { SYMBOLS } from "./inputs.ts";
import { SourceError } from "./source-error.ts";

type Specs = readonly InputSpec[];
type Dimension = InputSpec["shape"][number];

/** Traces with arguments that were changed to fit, at most. */
const MOST_FITTED = 40;

/** No attempt begins when looking has taken so long: a large model is built anew for each. */
const LONGEST_MS = 20_000;

/** Numbers of dimensions that arguments are begun with where the source says nothing of them, likeliest first. */
const RANKS = [3, 4, 2, 5] as const;

/**
 * What `attempt` gives for the first arguments that forward can be called on: one of those that are likely, else one that
 * becomes so as failures tell what size, rank or element type would have fitted.
 * @param attempt null where the arguments do, but nothing is served by them.
 * @param mayFit false where an earlier text of the source took what is likely: that this one does not is a mistake in it.
 * @throws SourceError of the likeliest; of one that got so far that a package was missed, where there is one: other
 * arguments would not bring it.
 */
export async function firstThatFits<T>(
  likely: readonly Specs[],
  free: readonly Specs[],
  attempt: (specs: Specs) => Promise<T | null>,
  mayFit = true,
): Promise<T> {
  let failure: SourceError | undefined;
  const tried = new Map<string, ArgumentFit | undefined>();
  const result = async (specs: Specs): Promise<T | null> => {
    try {
      tried.set(JSON.stringify(specs), undefined);
      return await attempt(specs);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (failure === undefined || (error.failure.package && !failure.failure.package)) failure = error;
      tried.set(JSON.stringify(specs), error.failure.fit);
      return null;
    }
  };
  for (const specs of likely) {
    const found = await result(specs);
    if (found !== null) return found;
  }
  const begun = performance.now();
  let left = mayFit ? MOST_FITTED : 0;
  for (const start of [...free, ...likely]) {
    let specs: Specs | null = start;
    while (specs !== null && left > 0 && performance.now() - begun < LONGEST_MS) {
      const key: string = JSON.stringify(specs);
      if (!tried.has(key)) {
        left--;
        const found = await result(specs);
        if (found !== null) return found;
      }
      const fit: ArgumentFit | undefined = tried.get(key);
      // Whatever follows from it has been tried too.
      tried.set(key, undefined);
      specs = fit ? fitted(specs, fit) : null;
    }
  }
  throw failure;
}

/** Arguments as a failure says that they would have fitted; null where that concerns none of them. */
export function fitted(specs: Specs, fit: ArgumentFit): Specs | null {
  const changed = specs.map((spec, place): InputSpec => {
    if ("symbol" in fit) {
      const shape = spec.shape.map(size => (isSymbol(size, fit.symbol) ? settled(fit.size, specs) : size));
      return shape.some((size, axis) => size !== spec.shape[axis]) ? { ...spec, shape } : spec;
    }
    if (spec.name !== fit.argument) return spec;
    if ("rank" in fit)
      return fit.rank === spec.shape.length
        ? spec
        : { ...spec, shape: freeShape(spec.name, fit.rank, place) };
    if (fit.dtype === spec.dtype) return spec;
    // What is looked up in a table has no features.
    const shape = fit.dtype === "int64" && spec.shape.length > 2 ? spec.shape.slice(0, 2) : spec.shape;
    return { ...spec, dtype: fit.dtype, shape };
  });
  return changed.some((spec, index) => spec !== specs[index]) ? changed : null;
}

function isSymbol(size: Dimension, symbol: string): boolean {
  return typeof size !== "number" && size.symbol === symbol;
}

/** A size as a number, or as the symbol that the arguments know under a name. */
function settled(size: number | { readonly symbol: string }, specs: Specs): Dimension {
  if (typeof size === "number") return size;
  const known = specs.flatMap(({ shape }) => shape).find(each => isSymbol(each, size.symbol));
  return known ?? { symbol: size.symbol, hint: SYMBOLS.sequence.hint };
}

/**
 * Arguments whose sizes are all free: with the dimensions that the source gives them in code or in words, else with every
 * usual number of dimensions.
 * @param special forms of arguments that are known by name or annotation, by argument; null for the others.
 */
export function freeInputs(
  asked: readonly ForwardArgument[],
  special: readonly (Pick<InputSpec, "dtype" | "shape"> | null)[],
): Specs[] {
  const said = asked.map(({ dimensions }) => dimensions ?? null);
  const open = asked.filter((_, index) => special[index] === null);
  if (open.length === 0) return [];
  const known = open.every(({ dimensions }) => dimensions);
  const ranks = known ? [0] : RANKS;
  return ranks.map(rank =>
    asked.map(({ name }, index): InputSpec => {
      const dimensions = said[index];
      const form = special[index];
      if (form && !dimensions) return { name, ...form };
      const shape = dimensions ? namedShape(name, dimensions, index) : freeShape(name, rank, index);
      return { name, dtype: form?.dtype ?? (/mask/.test(name) ? "bool" : "float32"), shape };
    }),
  );
}

/** Hints of sizes that nothing settles, all different, so that none is taken for another. */
const HINTS = [11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53] as const;

/** The hint of an axis of an argument, by the place of the argument. */
const hintAt = (place: number, axis: number) => HINTS[(place * RANKS.length + axis) % HINTS.length]!;

/** Rows first; the sizes behind them are each argument's own. */
function freeShape(name: string, rank: number, place: number): Dimension[] {
  return Array.from({ length: rank }, (_, axis) =>
    axis === 0 ? SYMBOLS.batch : { symbol: `${name}_size_${axis}`, hint: hintAt(place, axis) },
  );
}

const BATCH = /^(b|bs|bsz|n|nb?|batch|batch_?size|num_?batch(es)?)$/;
const SEQUENCE =
  /^(s|t|l|n|seq|sequence|tokens?|time|length|(seq|sequence|src|tgt)_?(len|length|size)?|n_?tokens)$/;
const SIDE = /^(h|w|height|width|ih|iw)$/;

/** Pixels of a side that nothing settles: halved and cut into patches and windows without a rest. */
const SIDE_HINT = 64;

/** Sizes by the names that a source gives dimensions; the same name is the same size. */
function namedShape(argument: string, dimensions: readonly string[], place: number): Dimension[] {
  const names = dimensions.map(name => name.toLowerCase());
  const hasBatch = names.some((name, axis) => BATCH.test(name) && (axis === 0 || name.startsWith("b")));
  return names.map((name, axis): Dimension => {
    if (/^\d+$/.test(name)) return Number(name);
    if (BATCH.test(name) && (axis === 0 || name.startsWith("b"))) return SYMBOLS.batch;
    if (axis === 0 && !hasBatch && names.length > 2 && !SEQUENCE.test(name)) return SYMBOLS.batch;
    if (SEQUENCE.test(name)) return SYMBOLS.sequence;
    if (SIDE.test(name)) return { symbol: name, hint: SIDE_HINT };
    // Where the source only counts dimensions, each argument's are its own.
    const symbol = name.startsWith("size_") ? `${argument}_${name}` : name;
    return { symbol, hint: hintAt(place, axis) };
  });
}
