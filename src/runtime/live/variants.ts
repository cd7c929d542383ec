import { isDeepStrictEqual } from "node:util";
import { t } from "../../shared/l10n.ts";
import { type SizeBindings, symbolsIn } from "../../shared/size.ts";
import type { InputSpec, Trace } from "../../shared/trace.ts";
import { type Answers, guardedValues, violatedGuards } from "../onnx/guards.ts";
import type { ProgramTap } from "../session/process.ts";
import type { Loaded } from "../session/protocol.ts";
import { concretise, SYMBOLS, symbolsOf } from "./inputs.ts";
import { SourceError } from "./source-error.ts";
import type { Recipe } from "./types.ts";
import { atGuard, UnsettledDataError, UnsettledSizesError } from "./unsettled.ts";
import { type Variant, type VariantOptions, type VariantSource, VariantStore } from "./variant-store.ts";

/** Arguments with the sizes fixed that they had to be fixed to, and the answers that the source went on. */
interface Settled {
  readonly specs: readonly InputSpec[];
  readonly answers: Answers;
}

/** Reads of data that a run is asked about, one after another. */
const QUESTIONS = 32;

/**
 * The traces of one model. One serves every size unless the source decides by a size: then that size is fixed and the
 * source is traced again, once for each value. Likewise where it decides by the numbers of a tensor: a run that finds
 * others than the trace rests on gives the answers for the next.
 */
export class Variants {
  readonly #source: VariantSource;
  readonly #store: VariantStore;
  /** By arguments: what served last, for the sizes that it was fixed to. */
  readonly #settled = new Map<string, Settled>();

  constructor(source: VariantSource) {
    this.#source = source;
    this.#store = new VariantStore(source);
  }

  /**
   * A variant whose guards on sizes hold for every one of `runs`, given as sizes by symbol.
   * @param specs arguments to trace with; sizes that a guard turns out to rest on are fixed to the first run's.
   * @throws SourceError when the source cannot be traced.
   */
  async forRuns(
    specs: readonly InputSpec[],
    runs: readonly SizeBindings[],
    options: VariantOptions = {},
  ): Promise<Variant> {
    const symbols = [...symbolsOf(specs)];
    let current = specs;
    for (;;) {
      const free = symbolsOf(current);
      let variant: Variant;
      try {
        variant = await this.#store.get(current, options);
      } catch (error) {
        // Some sources take only some sizes, which the hints need not be.
        if (!(error instanceof SourceError) || free.size === 0 || !runs[0]) throw error;
        const rows = SYMBOLS.batch.symbol;
        current = concretise(current, free.size > 1 && free.has(rows) ? new Set([rows]) : free, runs[0]);
        continue;
      }
      // What has been fixed so far must be the same in every run.
      const varies = runs.some(sizes =>
        symbols.some(name => !free.has(name) && sizes.get(name) !== runs[0]?.get(name)),
      );
      if (varies) throw new UnsettledSizesError(variant.trace.class);
      const fixed = runs
        .map(sizes => restingOn(variant.trace, sizes, free))
        .find(symbols => symbols !== null);
      if (!fixed) return variant;
      if (fixed.size === 0) throw new UnsettledSizesError(variant.trace.class);
      current = concretise(current, fixed, runs[0]!);
    }
  }

  /**
   * Runs the variant that holds for these sizes, and for the data that it finds: where a guard on data does not hold, the
   * source is traced again with what the run found.
   * @throws UnsettledDataError where no answers satisfy the source; SourceError when it cannot be traced with them.
   */
  async run<R extends ProgramTap>(
    specs: readonly InputSpec[],
    sizes: SizeBindings,
    perform: (variant: Variant) => Promise<R>,
    options: Omit<VariantOptions, "answers"> = {},
  ): Promise<{ readonly variant: Variant; readonly result: R }> {
    const { cache, purpose, signal } = options;
    const key = (fixed: readonly InputSpec[]) => JSON.stringify([fixed, cache, purpose]);
    let { specs: current, answers } = this.#settledFor(key(specs), specs, sizes);
    let remembered = answers.length > 0;
    let fresh = !remembered;
    const asked = new Set<string>();
    for (;;) {
      let variant: Variant;
      try {
        variant = await this.forRuns(current, [sizes], { ...options, answers });
      } catch (error) {
        // What an earlier run found need not fit this one.
        if (!(error instanceof SourceError) || !remembered) throw error;
        remembered = false;
        [current, answers] = [specs, []];
        continue;
      }
      if (!isDeepStrictEqual(variant.specs, current)) {
        // With other sizes fixed the source may read other data: the answers were to other questions.
        current = variant.specs;
        if (answers.length > 0) {
          answers = [];
          continue;
        }
      }
      if (fresh) {
        fresh = false;
        ({ specs: current, answers } = this.#settledFor(key(current), current, sizes));
        remembered = answers.length > 0;
        if (remembered) continue;
      }
      const result = await perform(variant).catch(error => this.#askOnly(variant, perform, error, signal));
      signal?.throwIfAborted();
      if (result.violated === null) {
        const settled = { specs: current, answers };
        this.#settled.set(key(specs), settled).set(key(current), settled);
        return { variant, result };
      }
      answers = result.violated.answers;
      const question = JSON.stringify([current, answers]);
      if (asked.has(question) || asked.size >= QUESTIONS) {
        throw new UnsettledDataError(variant.trace, result.violated.guard);
      }
      asked.add(question);
      const message = t("The source decides by these values; it is traced again.");
      this.#source.log?.(atGuard(variant.trace, result.violated.guard, message));
    }
  }

  /** What served last where it was fixed to none but these sizes, else the arguments as they are and no answers. */
  #settledFor(key: string, specs: readonly InputSpec[], sizes: SizeBindings): Settled {
    const settled = this.#settled.get(key);
    if (settled) {
      const fixed = symbolsOf(specs).difference(symbolsOf(settled.specs));
      if (isDeepStrictEqual(concretise(specs, fixed, sizes), settled.specs)) return settled;
    }
    return { specs, answers: [] };
  }

  /**
   * On its way for other data a graph may fail: what its guards on data read is then computed alone.
   * @throws `failure` where the guards hold, so that it is the source's own.
   */
  async #askOnly<R extends ProgramTap>(
    variant: Variant,
    perform: (variant: Variant) => Promise<R>,
    failure: unknown,
    signal?: AbortSignal,
  ): Promise<R> {
    return this.#asking(variant, failure, signal, async asking => {
      const result = await perform(asking);
      if (result.violated === null) throw failure;
      return result;
    });
  }

  /**
   * What a variant runs with. Where its graph cannot be made for the data that it was traced with, the program that reads
   * the data tells it, and a run may find other data.
   */
  async load(variant: Variant, signal?: AbortSignal): Promise<Loaded> {
    return variant.program
      .load(signal)
      .catch(error => this.#asking(variant, error, signal, ({ program }) => program.load(signal)));
  }

  /** Does something with a program that computes only what the first guard on data read; without one, throws `failure`. */
  async #asking<R>(
    { specs, trace, program }: Variant,
    failure: unknown,
    signal: AbortSignal | undefined,
    perform: (asking: Variant) => Promise<R>,
  ): Promise<R> {
    const [read] = guardedValues(trace);
    if (read === undefined || signal?.aborted) throw failure;
    const { session, providers } = this.#source;
    const asking: Trace = {
      ...trace,
      outputs: [{ name: "answer", value: read }],
      named: [],
      incomplete: true,
    };
    const weights = await this.#source.weights(trace, signal);
    const key = `${program.key} answers`;
    const asked = session.use({ key, trace: asking, weights, providers, purpose: "generate" });
    try {
      return await perform({ specs, trace: asking, program: asked });
    } finally {
      asked.release();
    }
  }

  /** What a trace of these was made from, and the weights that it runs with. */
  async recipe(trace: Trace, signal?: AbortSignal): Promise<Recipe> {
    const { request } = this.#source;
    return { request, weights: await this.#source.weights(trace, signal) };
  }

  dispose(): void {
    this.#store.dispose();
  }
}

/** The free symbols that violated guards rest on; null where every guard holds. */
function restingOn(trace: Trace, sizes: SizeBindings, free: ReadonlySet<string>): Set<string> | null {
  const violated = violatedGuards(trace, sizes);
  if (violated.length === 0) return null;
  const symbols = new Set<string>();
  for (const guard of violated) {
    if (guard.kind !== "size") continue;
    for (const name of [...symbolsIn(guard.left), ...symbolsIn(guard.right)]) {
      if (free.has(name)) symbols.add(name);
    }
  }
  return symbols;
}
