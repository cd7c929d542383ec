import { createHash } from "node:crypto";
import { t } from "../../shared/l10n.ts";
import type { Provider } from "../../shared/run.ts";
import { type SizeBindings, symbolsIn } from "../../shared/size.ts";
import type { InputSpec, Trace, TraceRequest, TraceResult } from "../../shared/trace.ts";
import { violatedGuards } from "../onnx/guards.ts";
import type { Program, SessionProcess } from "../session/process.ts";
import type { ProgramSpec } from "../session/protocol.ts";
import { concretise, symbolsOf } from "./inputs.ts";
import { SourceError } from "./types.ts";

/** No trace holds for all the sizes of a run, or of the steps of a generation. */
export class UnsettledSizesError extends Error {
  constructor(className: string) {
    super(t("{0} takes another path at these sizes, whatever it is traced with.", className));
    this.name = "UnsettledSizesError";
  }
}

/** One trace of a model, and the program that runs it. */
export interface Variant {
  readonly specs: readonly InputSpec[];
  readonly trace: Trace;
  readonly program: Program;
}

export interface VariantOptions {
  /** Trace a step with a cache of keys and values. */
  readonly cache?: boolean;
  readonly purpose?: ProgramSpec["purpose"];
  readonly signal?: AbortSignal;
}

export interface VariantSource {
  trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult>;
  readonly session: SessionProcess;
  /** What every variant has in common. */
  readonly request: Omit<TraceRequest, "inputs" | "cache">;
  readonly weights: string;
  readonly providers: readonly Provider[];
  /** Refuses a trace that must not run. */
  check(trace: Trace): void;
}

/**
 * The traces of one model. One serves every size unless the source decides by a size: then that size is fixed and the
 * source is traced again, once for each value.
 */
export class Variants {
  readonly #source: VariantSource;
  /** By what was asked, with the signal of the one who asked first. */
  readonly #made = new Map<string, { readonly variant: Promise<Variant>; readonly signal?: AbortSignal }>();

  constructor(source: VariantSource) {
    this.#source = source;
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
        variant = await this.#make(current, options);
      } catch (error) {
        // Some sources take only some sizes, which the hints need not be.
        if (!(error instanceof SourceError) || free.size === 0 || !runs[0]) throw error;
        current = concretise(current, free, runs[0]);
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

  dispose(): void {
    for (const { variant } of this.#made.values()) {
      variant.then(
        ({ program }) => program.release(),
        () => undefined,
      );
    }
    this.#made.clear();
  }

  async #make(specs: readonly InputSpec[], options: VariantOptions): Promise<Variant> {
    const { cache = false, purpose = "inspect", signal } = options;
    const key = JSON.stringify([specs, cache, purpose]);
    for (;;) {
      signal?.throwIfAborted();
      const shared = this.#made.get(key);
      if (!shared) {
        const variant = this.#build(specs, options);
        this.#made.set(key, { variant, signal });
        variant.catch(() => this.#made.delete(key));
        return variant;
      }
      try {
        return await shared.variant;
      } catch (error) {
        // Whoever began it gave it up; this one begins it again.
        if (!shared.signal?.aborted) throw error;
      }
    }
  }

  async #build(specs: readonly InputSpec[], options: VariantOptions): Promise<Variant> {
    const { session, request, weights, providers } = this.#source;
    const { cache = false, purpose = "inspect", signal } = options;
    const full: TraceRequest = { ...request, inputs: specs, ...(cache ? { cache } : {}) };
    const result = await this.#source.trace(full, signal);
    signal?.throwIfAborted();
    if (!result.ok) throw new SourceError(result.failure, describeFailure(result.failure));
    const { trace } = result;
    this.#source.check(trace);
    const key = createHash("sha256")
      .update(JSON.stringify([full, trace.files, weights, providers, purpose]))
      .digest("hex");
    return { specs, trace, program: session.use({ key, trace, weights, providers, purpose }) };
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

/** file:line: what, as one line. */
export function describeFailure(failure: Extract<TraceResult, { ok: false }>["failure"]): string {
  const message = t(failure.message, ...failure.arguments);
  if (failure.file === null) return message;
  return failure.line === null
    ? `${failure.file}: ${message}`
    : `${failure.file}:${failure.line}: ${message}`;
}
