import type { DType, Tensor } from "../../shared/dtype.ts";
import type { Extent } from "../../shared/extent.ts";
import type {
  Intervention,
  Provider,
  ProviderCheck,
  Selector,
  Statistics,
  Summary,
  Token,
  ValueRef,
} from "../../shared/run.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { InputSpec, Trace, TraceRequest } from "../../shared/trace.ts";
import type { Keeping } from "../session/generation.ts";

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
  /** How to build and call in place of that, and where imports are looked up: see `TraceRequest`. */
  readonly construct?: string;
  readonly call?: string;
  readonly sample?: string;
  /** Builds the same class with smaller sizes: in place of `construct` where random weights would be too many. */
  readonly smaller?: string;
  readonly packages?: readonly string[];
  /** Numbers that the constructor's parameters have by default: they help to guess what forward is called on. */
  readonly defaults?: Readonly<Record<string, number>>;
  /** What to call forward with while tracing; chosen by forward's arguments where it is left out. */
  readonly inputs?: readonly InputSpec[];
  /** Sizes of the first run by symbol, where they are known: some sources take only some. */
  readonly sizes?: SizeBindings;
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
  /** Values that are drawn, of which one head is returned. */
  readonly drawing?: DrawingRequest;
  readonly interventions?: readonly Intervention[];
  /** The part of the answer that is wanted, all of it unless said; an index below 0 counts from the end. */
  readonly outputAt?: Selector;
}

/** A value as rows × columns for each head. Axes that are none of these (batch, windows) are taken at their first entry. */
export interface DrawnValue {
  readonly value: ValueRef;
  /** Null where it has no heads. */
  readonly head: number | null;
  readonly row: number;
  readonly column: number;
  /** Whether the mask hides cells of it; "later": it will, so that they count in no statistics. */
  readonly masked: boolean | "later";
}

/** Values that are drawn together, one head at a time. */
export interface DrawingRequest {
  readonly values: readonly DrawnValue[];
  /** Index into `values` of the one whose heads are counted, and all shown small. */
  readonly counted: number;
  /** The head that is wanted; of a value with fewer heads, the one that it shares. */
  readonly head: number;
  /** Indices into `values`: what a mask was applied to, and what came of that; null where there is none. */
  readonly mask: readonly [before: number, after: number] | null;
  /** Rows and columns that a small picture has at most. */
  readonly side: number;
}

/** One head of values that are drawn together, and what is said of all their heads. */
export interface Drawing {
  /** The head that was wanted, or the last where there are fewer. */
  readonly head: number;
  /** uint8, rows × columns of the counted value: 1 where the mask forbids; null where it forbids nothing in this head. */
  readonly hidden: Tensor | null;
  /** float32, heads × rows × columns of the counted value, means of blocks; NaN where the mask hides a whole block. */
  readonly thumbnails: Tensor;
  /** In the order of the request. */
  readonly values: readonly DrawnHead[];
}

export interface DrawnHead {
  readonly dtype: DType;
  readonly heads: number;
  /** float32, rows × columns of one head. */
  readonly cells: Tensor;
  /** Of every head, without what the mask hides or will hide. */
  readonly statistics: Statistics;
  /** Of every head, without what the mask hides. */
  readonly extent: Extent;
}

export interface RunResult {
  /** logits, else last_hidden_state, else pooler_output, else the first tensor. */
  readonly output: Tensor;
  readonly taps: ReadonlyMap<ValueRef, Tensor>;
  readonly summaries: ReadonlyMap<ValueRef, Summary>;
  /** Null where none was asked for. */
  readonly drawing: Drawing | null;
  readonly milliseconds: number;
}

/** A request for values alone: nothing behind them has to run. */
export type TapRequest = RunRequest;

export type TapResult = Omit<RunResult, "output">;

export interface GenerateRequest {
  /** Text, or the ids of its tokens. */
  readonly prompt: string | readonly number[];
  readonly chat?: boolean;
  readonly tokens?: number;
  /** 0 is greedy. */
  readonly temperature?: number;
  readonly seed?: number;
  readonly cache?: boolean;
  /** Rounds activations to int8 where weights are of few bits: faster, and not what the source computes. */
  readonly fast?: boolean;
}

export interface GenerateResult {
  /** The continuation. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  readonly prefillMs: number;
  readonly decodeMsPerToken: number;
  /** What was kept from one token to the next; "nothing": each was computed from the whole text. */
  readonly keeping: Keeping;
  /** "int8": a fast continuation whose numbers are rounded, which is to be said where it is shown. */
  readonly activations: "float32" | "int8";
  /** The model's precision, or what a fast continuation was computed with, as it is shown. */
  readonly precision: string;
}

/** How a model is built, and where its weights lie under the names of its parameters. */
export interface Recipe {
  readonly request: Omit<TraceRequest, "inputs" | "cache" | "answers">;
  /** For `openWeights`. */
  readonly weights: string;
}

/** A traced source with weights, ready to run. Disposed by its owner; sessions behind it are shared and counted. */
export interface LiveModel {
  readonly trace: Trace;
  readonly provider: Provider;
  /** "float32", "4-bit, exact", … as it is shown. */
  readonly precision: string;
  readonly randomWeights: boolean;
  /** What it was built with, where its source's own sizes are too large for random weights; else null. */
  readonly smaller: string | null;
  /** Why another provider than the preferred one serves, in words; null if it is the preferred one. */
  readonly fallback: string | null;
  /** How the provider's numbers compare with the CPU's; null before the first run, and where only the CPU was asked for. */
  readonly check: ProviderCheck | null;
  /** What forward is called on, as while it was traced. */
  readonly inputs: readonly InputSpec[];
  /** What the checkpoint calls the classes that its scores are of, by number (`id2label`). */
  readonly labels: Readonly<Record<number, string>>;
  tokenize(text: string, options?: { readonly chat?: boolean }): Promise<Token[]>;
  /** Pieces of ids, for showing. */
  decode(ids: readonly number[]): Promise<Token[]>;
  run(request: RunRequest, signal?: AbortSignal): Promise<RunResult>;
  /** The values of a run without its output; a run of the same inputs, or a part of it, is not repeated. */
  tap(request: TapRequest, signal?: AbortSignal): Promise<TapResult>;
  generate(
    request: GenerateRequest,
    onToken?: (token: Token) => void,
    signal?: AbortSignal,
  ): Promise<GenerateResult>;
  /** What it is made of, for running it elsewhere. */
  recipe(signal?: AbortSignal): Promise<Recipe>;
  dispose(): void;
}
