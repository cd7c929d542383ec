import type { Tensor } from "../../shared/dtype.ts";
import type { Intervention, Provider, Summary, Token, ValueRef } from "../../shared/run.ts";
import type { InputSpec, Trace, TraceFailure } from "../../shared/trace.ts";

/** What to open: a source, and the checkpoint whose weights it runs with. */
export interface OpenRequest {
  /** Absolute path of the modeling file. */
  readonly source: string;
  readonly class: string;
  /** Folder as Hugging Face lays it out; null: seeded random weights, said on screen. */
  readonly checkpoint: string | null;
  /** Where there is no checkpoint: the config, else the constructor's keyword arguments. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** What to call forward with while tracing; chosen by forward's arguments where it is left out. */
  readonly inputs?: readonly InputSpec[];
  readonly transformers: string | null;
  readonly overlay?: Readonly<Record<string, string>>;
  /** Tells requests apart between which files changed on disk; without a meaning of its own. */
  readonly revision?: number;
  /** In order of preference; "cpu" is always the last resort and the fall-back is reported. */
  readonly providers?: readonly Provider[];
}

export interface RunRequest {
  /** Forward's arguments by name. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Values to return whole. */
  readonly taps?: readonly ValueRef[];
  /** Values to return as statistics and a small picture. */
  readonly summaries?: readonly ValueRef[];
  readonly interventions?: readonly Intervention[];
}

export interface RunResult {
  /** logits, else last_hidden_state, else pooler_output, else the first tensor. */
  readonly output: Tensor;
  readonly taps: ReadonlyMap<ValueRef, Tensor>;
  readonly summaries: ReadonlyMap<ValueRef, Summary>;
  readonly milliseconds: number;
}

export interface GenerateRequest {
  /** Text, or the ids of its tokens. */
  readonly prompt: string | readonly number[];
  readonly chat?: boolean;
  readonly tokens?: number;
  /** 0 is greedy. */
  readonly temperature?: number;
  readonly seed?: number;
  readonly cache?: boolean;
}

export interface GenerateResult {
  /** The continuation. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  readonly prefillMs: number;
  readonly decodeMsPerToken: number;
}

/** A traced source with weights, ready to run. Disposed by its owner; sessions behind it are shared and counted. */
export interface LiveModel {
  readonly trace: Trace;
  readonly provider: Provider;
  /** "float32", "4-bit, exact", … as it is shown. */
  readonly precision: string;
  readonly randomWeights: boolean;
  /** Why another provider than the preferred one serves, in words; null if it is the preferred one. */
  readonly fallback: string | null;
  tokenize(text: string, options?: { readonly chat?: boolean }): Promise<Token[]>;
  /** Pieces of ids, for showing. */
  decode(ids: readonly number[]): Promise<Token[]>;
  run(request: RunRequest, signal?: AbortSignal): Promise<RunResult>;
  generate(
    request: GenerateRequest,
    onToken?: (token: Token) => void,
    signal?: AbortSignal,
  ): Promise<GenerateResult>;
  dispose(): void;
}

/** A failure that a person can cause, with everything that names it. */
export class SourceError extends Error {
  readonly failure: TraceFailure;
  constructor(failure: TraceFailure, message: string) {
    super(message);
    this.name = "SourceError";
    this.failure = failure;
  }
}
