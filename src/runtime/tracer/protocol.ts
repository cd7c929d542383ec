import * as v from "valibot";
import type { ArgumentSchemas } from "../../shared/channel.ts";
import { DTYPES } from "../../shared/dtype.ts";
import type { TraceRequest } from "../../shared/trace.ts";

/** What the tracing process offers. */
export interface ChildFunctions {
  /**
   * Starts CPython, once. With a snapshot of its memory it goes on from there; without one it may make one.
   * @returns a snapshot to keep for the next start, or null.
   */
  start(options: StartOptions): Promise<Uint8Array | null>;
  trace(request: TraceRequest, limits: TraceLimits): Traced;
}

export interface Traced {
  /** A `TraceResult` as JSON. */
  readonly result: string;
  /** Memory of the interpreter now. */
  readonly bytes: number;
  /** The source has changed what others rest on, such as a function of torch: the interpreter is good for no other trace. */
  readonly spoiled: boolean;
}

/** What the tracing process tells its parent, which it asks nothing. */
export interface ParentFunctions {
  /** Sent while a trace computes within its limit: however long it has taken, it is not stuck. */
  computing(): void;
}

export interface StartOptions {
  /** File that holds a snapshot. */
  readonly snapshot: string | null;
  /** Folder that holds `transformers/`: its core becomes part of a snapshot. */
  readonly transformers: string | null;
  readonly makeSnapshot: boolean;
  /** Of Python's memory. */
  readonly maxBytes: number;
}

export interface TraceLimits {
  /** Python is interrupted after it has computed for this long. */
  readonly milliseconds: number;
}

const size = v.union([
  v.pipe(v.number(), v.integer(), v.minValue(0)),
  v.object({ symbol: v.string(), hint: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
]);

const scalar = v.union([v.number(), v.boolean(), v.picklist(["Infinity", "-Infinity", "NaN"])]);

/** Plain data of our own tracer, which it takes over by its identity alone. */
const fitted = v.custom<NonNullable<TraceRequest["fitted"]>>(
  value => typeof value === "object" && value !== null && "identity" in value,
  "a fitted checkpoint",
);

const request: v.GenericSchema<unknown, TraceRequest> = v.object({
  source: v.string(),
  class: v.string(),
  config: v.nullable(v.record(v.string(), v.unknown())),
  arguments: v.optional(v.record(v.string(), v.unknown())),
  construct: v.optional(v.string()),
  call: v.optional(v.string()),
  sample: v.optional(v.string()),
  packages: v.optional(v.array(v.string())),
  transformers: v.nullable(v.string()),
  overlay: v.optional(v.record(v.string(), v.string())),
  inputs: v.array(v.object({ name: v.string(), dtype: v.picklist(DTYPES), shape: v.array(size) })),
  checkpointNames: v.nullable(v.array(v.string())),
  checkpointShapes: v.optional(v.record(v.string(), v.array(v.number()))),
  fitted: v.optional(fitted),
  cache: v.optional(v.boolean()),
  experts: v.optional(v.picklist(["grouped", "eager", "few"])),
  repeats: v.optional(v.boolean()),
  answers: v.optional(v.array(v.union([scalar, v.array(scalar)]))),
});

export const CHILD_SCHEMAS: ArgumentSchemas<ChildFunctions> = {
  start: v.tuple([
    v.object({
      snapshot: v.nullable(v.string()),
      transformers: v.nullable(v.string()),
      makeSnapshot: v.boolean(),
      maxBytes: v.number(),
    }),
  ]),
  trace: v.tuple([request, v.object({ milliseconds: v.number() })]),
};

export const PARENT_SCHEMAS: ArgumentSchemas<ParentFunctions> = { computing: v.tuple([]) };
