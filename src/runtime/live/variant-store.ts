import { createHash } from "node:crypto";
import type { Provider } from "../../shared/run.ts";
import type { InputSpec, Trace, TraceRequest, TraceResult } from "../../shared/trace.ts";
import type { Answers } from "../onnx/guards.ts";
import type { Program, SessionProcess } from "../session/process.ts";
import type { ProgramSpec } from "../session/protocol.ts";
import { SourceError } from "./source-error.ts";

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
  readonly activations?: ProgramSpec["activations"];
  readonly signal?: AbortSignal;
  /** What reads of data are to give; see `TraceRequest`. */
  readonly answers?: Answers;
}

export interface VariantSource {
  trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult>;
  readonly session: SessionProcess;
  /** What every variant has in common. */
  readonly request: Omit<TraceRequest, "inputs" | "cache" | "answers">;
  /** Where the weights lie that a trace runs with; refuses a trace that must not run. */
  weights(trace: Trace, signal?: AbortSignal): Promise<string>;
  readonly providers: readonly Provider[];
  /** Told, for people, when control flow goes another way than it did in a trace. */
  readonly log?: (line: string) => void;
}

/** Traces of one model that are held, each with its sessions; those that served longest ago are given up. */
const HELD = 24;

/** The variants of one model, each made when it is first asked for. */
export class VariantStore {
  readonly #source: VariantSource;
  /** By what was asked, with the signal of the one who asked first. */
  readonly #made = new Map<string, Made>();

  constructor(source: VariantSource) {
    this.#source = source;
  }

  /** @throws SourceError when the source cannot be traced with these arguments. */
  async get(specs: readonly InputSpec[], options: VariantOptions): Promise<Variant> {
    const { cache = false, purpose = "inspect", activations, answers = [], signal } = options;
    const key = JSON.stringify([specs, cache, purpose, activations, answers]);
    for (;;) {
      signal?.throwIfAborted();
      const shared = this.#made.get(key);
      if (!shared) {
        const variant = this.#build(specs, options);
        this.#made.set(key, { variant, signal });
        variant.catch(() => this.#made.delete(key));
        this.#giveUpOldest();
        return variant;
      }
      this.#made.delete(key);
      this.#made.set(key, shared);
      try {
        return await shared.variant;
      } catch (error) {
        // Whoever began it gave it up; this one begins it again.
        if (!shared.signal?.aborted) throw error;
      }
    }
  }

  dispose(): void {
    for (const { variant } of this.#made.values()) release(variant);
    this.#made.clear();
  }

  #giveUpOldest(): void {
    for (const [key, { variant }] of [...this.#made].slice(0, Math.max(0, this.#made.size - HELD))) {
      this.#made.delete(key);
      release(variant);
    }
  }

  async #build(specs: readonly InputSpec[], options: VariantOptions): Promise<Variant> {
    const { session, request, providers } = this.#source;
    const { cache = false, purpose = "inspect", activations, answers = [], signal } = options;
    const full: TraceRequest = {
      ...request,
      inputs: specs,
      ...(cache ? { cache } : {}),
      ...(answers.length > 0 ? { answers } : {}),
    };
    const result = await this.#source.trace(full, signal);
    signal?.throwIfAborted();
    if (!result.ok) throw new SourceError(result.failure);
    const { trace } = result;
    const weights = await this.#source.weights(trace, signal);
    const key = createHash("sha256")
      .update(JSON.stringify([full, trace.files, weights, providers, purpose, activations]))
      .digest("hex");
    return { specs, trace, program: session.use({ key, trace, weights, providers, purpose, activations }) };
  }
}

/** A variant, perhaps still in the making. */
interface Made {
  readonly variant: Promise<Variant>;
  /** Of the one who asked first. */
  readonly signal?: AbortSignal;
}

function release(variant: Promise<Variant>): void {
  variant.then(
    ({ program }) => program.release(),
    () => undefined,
  );
}
