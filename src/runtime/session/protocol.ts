import * as v from "valibot";
import type { ArgumentSchemas } from "../../shared/channel.ts";
import { DTYPES } from "../../shared/dtype.ts";
import type { Bundle } from "../../shared/l10n.ts";
import {
  type Intervention,
  PROVIDERS,
  type Provider,
  type Selector,
  type Serving,
  type Summary,
  type Token,
  type ValueRef,
} from "../../shared/run.ts";
import { TRACE_VERSION, type Trace } from "../../shared/trace.ts";
import type { Drawing, DrawingRequest, DrawnHead } from "../live/types.ts";
import type { DataViolation } from "../onnx/guards.ts";
import type { Activations } from "../onnx/lower.ts";
import type { FramedTensor } from "./frames.ts";
import type { Keeping } from "./generation.ts";

/** A trace and its weights: what the session keeps sessions of, under a key. */
export interface ProgramSpec {
  /** Equal keys mean equal programs: they share one set of sessions. */
  readonly key: string;
  readonly trace: Trace;
  /** Where the weights lie; see `openWeights`. */
  readonly weights: string;
  /** In order of preference; cpu is tried last in any case. */
  readonly providers: readonly Provider[];
  /** To inspect, every named value can be asked for; to generate, what forward returns. */
  readonly purpose: "inspect" | "generate";
  /** int8, for fast generation only: products with weights of few bits round what they multiply. */
  readonly activations?: Activations;
}

/** Which provider serves, and why not a preferred one. */
export interface Loaded {
  readonly provider: Provider;
  readonly fallback: string | null;
  /** int8 where that was asked for and the weights are of few bits. */
  readonly activations: Activations;
}

/** An intervention whose patch, if it is one, travels on the pipe. */
export type FramedIntervention = Omit<Intervention, "operation"> & {
  readonly operation:
    | Exclude<Intervention["operation"], { kind: "patch" }>
    | { readonly kind: "patch"; readonly tensor: FramedTensor };
};

export interface RunCommand {
  readonly key: string;
  readonly inputs: Readonly<Record<string, FramedTensor>>;
  readonly taps: readonly ValueRef[];
  readonly summaries: readonly ValueRef[];
  readonly interventions: readonly FramedIntervention[];
  /** Whether the model's answer is wanted; without it, nothing behind the values asked for has to run. */
  readonly output: boolean;
  /** The part of it that is wanted; null: all of it. */
  readonly outputAt: Selector | null;
  readonly drawing: DrawingRequest | null;
}

/** A drawing whose cells travel on the pipe. */
export interface FramedDrawing extends Pick<Drawing, "head"> {
  readonly hidden: FramedTensor | null;
  readonly thumbnails: FramedTensor;
  readonly values: readonly (Omit<DrawnHead, "cells"> & { readonly cells: FramedTensor })[];
}

export interface RunReply {
  /** Null where it was not asked for. */
  readonly output: FramedTensor | null;
  readonly taps: readonly (readonly [ValueRef, FramedTensor])[];
  readonly summaries: readonly (readonly [ValueRef, Summary])[];
  readonly drawing: FramedDrawing | null;
  readonly milliseconds: number;
  /** The first guard on data that does not hold for these inputs, or null. */
  readonly violated: DataViolation | null;
  readonly serving: Serving;
}

export interface GenerateCommand {
  /** Tags the tokens that are streamed. */
  readonly id: number;
  /** Program of the first step, which takes the whole prompt. */
  readonly prefill: string;
  /** Program of the later steps, which takes one token and the cache; null: every step takes everything so far. */
  readonly step: string | null;
  /** Input that the tokens go to: `input_ids`, or `decoder_input_ids` of an encoder-decoder. */
  readonly ids: string;
  /** Tokens to go on from. */
  readonly start: readonly number[];
  /** Other inputs, the same at every step. */
  readonly fixed: Readonly<Record<string, FramedTensor>>;
  readonly tokens: number;
  readonly temperature: number;
  readonly seed: number;
  /** Ids that end the text. */
  readonly stop: readonly number[];
  /** Folder of the tokenizer, or null to stream ids without text. */
  readonly tokenizer: string | null;
}

export interface GenerateReply {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly prefillMs: number;
  readonly decodeMsPerToken: number;
  readonly activations: Activations;
  readonly keeping: Keeping;
}

/** What the session's process offers. */
export interface ChildFunctions {
  /** Words for its messages, before anything else is asked. */
  localise(bundle: Bundle): void;
  load(spec: ProgramSpec): Promise<Loaded>;
  release(key: string): void;
  run(command: RunCommand): Promise<RunReply>;
  generate(command: GenerateCommand): Promise<GenerateReply>;
  /** Ends the generation that is running, after its current token. */
  cancel(): void;
  tokenize(folder: string, text: string, chat: boolean): Promise<Token[]>;
  decode(folder: string, ids: readonly number[]): Promise<Token[]>;
}

/** What the session's process calls. */
export interface ParentFunctions {
  token(id: number, token: Token): void;
}

const provider = v.picklist(PROVIDERS);
const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const valueRef = v.union([v.string(), index]);
const framed: v.GenericSchema<FramedTensor> = v.object({
  dtype: v.picklist(DTYPES),
  shape: v.array(index),
  frame: index,
});
const inputs = v.record(v.string(), framed);
const token = v.object({ id: v.number(), text: v.string() });

const intervention: v.GenericSchema<FramedIntervention> = v.object({
  value: valueRef,
  selector: v.object({ axes: v.array(v.object({ axis: index, index })) }),
  operation: v.variant("kind", [
    v.object({ kind: v.literal("zero") }),
    v.object({ kind: v.literal("scale"), factor: v.number() }),
    v.object({ kind: v.literal("add"), amount: v.number() }),
    v.object({ kind: v.literal("set"), amount: v.number() }),
    v.object({ kind: v.literal("patch"), tensor: framed }),
  ]),
});

const axisOrNull = v.nullable(index);
const drawing: v.GenericSchema<DrawingRequest> = v.object({
  values: v.array(
    v.object({
      value: valueRef,
      head: axisOrNull,
      row: index,
      column: index,
      masked: v.union([v.boolean(), v.literal("later")]),
    }),
  ),
  counted: index,
  head: index,
  mask: v.nullable(v.tuple([index, index])),
  side: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** A trace is plain data of our own tracer: its version is checked, its tables are not walked again. */
const trace = v.custom<Trace>(
  value =>
    typeof value === "object" && value !== null && "version" in value && value.version === TRACE_VERSION,
  "a trace of this version",
);

export const CHILD_SCHEMAS: ArgumentSchemas<ChildFunctions> = {
  localise: v.tuple([v.record(v.string(), v.string())]),
  load: v.tuple([
    v.object({
      key: v.string(),
      trace,
      weights: v.string(),
      providers: v.array(provider),
      purpose: v.picklist(["inspect", "generate"]),
      activations: v.optional(v.picklist(["float32", "int8"])),
    }),
  ]),
  release: v.tuple([v.string()]),
  run: v.tuple([
    v.object({
      key: v.string(),
      inputs,
      taps: v.array(valueRef),
      summaries: v.array(valueRef),
      interventions: v.array(intervention),
      output: v.boolean(),
      outputAt: v.nullable(
        v.object({ axes: v.array(v.object({ axis: index, index: v.pipe(v.number(), v.integer()) })) }),
      ),
      drawing: v.nullable(drawing),
    }),
  ]),
  generate: v.tuple([
    v.object({
      id: index,
      prefill: v.string(),
      step: v.nullable(v.string()),
      ids: v.string(),
      start: v.array(index),
      fixed: inputs,
      tokens: index,
      temperature: v.pipe(v.number(), v.minValue(0)),
      seed: v.number(),
      stop: v.array(index),
      tokenizer: v.nullable(v.string()),
    }),
  ]),
  cancel: v.tuple([]),
  tokenize: v.tuple([v.string(), v.string(), v.boolean()]),
  decode: v.tuple([v.string(), v.array(index)]),
};

export const PARENT_SCHEMAS: ArgumentSchemas<ParentFunctions> = {
  token: v.tuple([index, token]),
};
