import { evaluateSize, type SizeBindings } from "../../shared/size.ts";
import type { InputSpec, Trace } from "../../shared/trace.ts";
import { canBegin, carriedNames, earlierSpecs } from "./cache-inputs.ts";
import { concretise, SYMBOLS } from "./inputs.ts";
import { SourceError } from "./source-error.ts";
import { UnsettledSizesError } from "./unsettled.ts";
import type { Variant, VariantOptions } from "./variant-store.ts";
import type { Variants } from "./variants.ts";

/** A text that is run piece by piece, each going on from what the one before carried to it. */
export interface Pieces {
  /** Arguments of forward, with the symbol of the text's length free. */
  readonly specs: readonly InputSpec[];
  readonly growing: string;
  /** Sizes that are the same for every piece. */
  readonly sizes: SizeBindings;
  /** How many tokens each piece has. */
  readonly counts: readonly number[];
}

/**
 * A trace for each piece. Wherever that can be, one serves them all; a first piece, and pieces of one token, are often
 * another branch of the source.
 * @throws UnsettledSizesError, SourceError where this source cannot be run so.
 */
export async function planPieces(
  variants: Variants,
  { specs, growing, sizes, counts }: Pieces,
  options: Omit<VariantOptions, "cache">,
): Promise<Variant[]> {
  const cached = { ...options, cache: true };
  const stepSpecs = [...specs, ...earlierSpecs(specs, growing)];
  let past = 0;
  const runs = counts.map(count => {
    const run = new Map([...sizes, [growing, count], [SYMBOLS.past.symbol, past]]);
    past += count;
    return run;
  });
  const planned = (plan: readonly Variant[]): Variant[] => {
    requireCarriedOn(plan.map(({ trace }, i) => ({ trace, sizes: runs[i]! })));
    return [...plan];
  };
  // The first piece is a step from an empty cache, unless the source takes that apart.
  const one = await variants.forRuns(stepSpecs, runs, cached).catch(orNull);
  if (one && canBegin(one.trace)) {
    try {
      return planned(runs.map(() => one));
    } catch (error) {
      orNull(error);
    }
  }
  const first = await variants.forRuns(specs, runs.slice(0, 1), cached);
  const later = new Map<number, Promise<Variant>>();
  for (const [index, count] of counts.entries()) {
    if (index === 0 || later.has(count)) continue;
    const alike = runs.filter((_, i) => i > 0 && counts[i] === count);
    const step = variants.forRuns(stepSpecs, alike, cached).catch(error => {
      orNull(error);
      // Its hints, which are several tokens at once, may be what the source does not take.
      return variants.forRuns(concretise(stepSpecs, new Set([growing]), alike[0]!), alike, cached);
    });
    later.set(count, step);
    await step;
  }
  return planned(await Promise.all(counts.map((count, index) => (index === 0 ? first : later.get(count)!))));
}

/**
 * What each step returns must be what the next one takes: the same tensors, of the sizes that they then have.
 * @param runs sizes of the steps, by trace, in order.
 * @throws UnsettledSizesError where a step could not be followed by another.
 */
function requireCarriedOn(runs: readonly { readonly trace: Trace; readonly sizes: SizeBindings }[]): void {
  for (const [index, { trace, sizes }] of runs.entries()) {
    const next = runs[index + 1];
    if (!next) return;
    const outputs = new Map(trace.outputs.map(({ name, value }) => [name, value]));
    const leaves = new Map(
      next.trace.values.flatMap(value => (value.leaf ? [[value.leaf.name, value]] : [])),
    );
    const carried = carriedNames(next.trace);
    const carriesOn = [...carried].every(([name, from]) => {
      const given = trace.values[outputs.get(from) ?? -1];
      const taken = leaves.get(name)!;
      return (
        given?.dtype === taken.dtype &&
        given.shape.length === taken.shape.length &&
        given.shape.every(
          (size, axis) => evaluateSize(size, sizes) === evaluateSize(taken.shape[axis]!, next.sizes),
        )
      );
    });
    if (carried.size === 0 || !carriesOn) throw new UnsettledSizesError(trace.class);
  }
}

/** Null for what only says that a source cannot be traced so. */
function orNull(error: unknown): null {
  if (isUntraceable(error)) return null;
  throw error;
}

/** Whether an error only says that a source cannot be traced so. */
export function isUntraceable(error: unknown): boolean {
  return error instanceof SourceError || error instanceof UnsettledSizesError;
}
