import * as v from "valibot";
import type { Intervention } from "./run.ts";

/** Everything that determines what a panel shows, as one serialisable document: undo, reload, sharing and tests use it. */
export interface PanelState {
  readonly version: 1;
  /** Id in the catalogue. */
  readonly component: string;
  /** The source that runs; null: the reference source of the model. */
  readonly source: { readonly file: string; readonly class: string } | null;
  /** Checkpoint: an id in the cache or the zoo, or a folder; null: the default. */
  readonly model: string | null;
  /** Why this model, where Papertrace chose it: one sentence. */
  readonly modelReason?: string;
  /** Module path, such as `model.layers.13.self_attn`; null: the first that is this component. */
  readonly module: string | null;
  /** The text that is run; empty until the reader types: the model's own example. */
  readonly prompt: string;
  readonly head: number;
  /** The cell that is pinned, as query row and key column. */
  readonly cell: { readonly row: number; readonly column: number } | null;
  /** Step of the stage that is large; null: the one that the view opens with. */
  readonly step: number | null;
  readonly interventions: readonly Intervention[];
  /** How the text is continued; until the reader says so, as a continuation begins. */
  readonly continuation?: ContinuationChoice;
}

/** How a text is continued. */
export interface ContinuationChoice {
  readonly tokens: number;
  /** 0 takes the likeliest token each time. */
  readonly temperature: number;
  /** Rounds activations to 8 bits where weights are of few bits. */
  readonly fast: boolean;
}

export const DEFAULT_CONTINUATION: ContinuationChoice = { tokens: 24, temperature: 0, fast: false };

/** Whether two states are of the same run; what is seen of it may differ. */
export function sameRun(a: PanelState, b: PanelState): boolean {
  return (["component", "source", "model", "module", "prompt", "interventions"] as const).every(
    key => JSON.stringify(a[key]) === JSON.stringify(b[key]),
  );
}

/** Whether two states are of the same text in the same model; what is looked at in it may differ. */
export function sameText(a: PanelState, b: PanelState): boolean {
  return (["source", "model", "prompt"] as const).every(
    key => JSON.stringify(a[key]) === JSON.stringify(b[key]),
  );
}

/** Whether two states show the same numbers: of a run, one head is. Cell and step only choose among them. */
export function sameNumbers(a: PanelState, b: PanelState): boolean {
  return a.head === b.head && sameRun(a, b);
}

export const continuationSchema = v.object({
  tokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1024)),
  temperature: v.pipe(v.number(), v.minValue(0), v.maxValue(10)),
  fast: v.boolean(),
});

export const panelStateSchema = v.object({
  version: v.literal(1),
  component: v.string(),
  source: v.nullable(v.object({ file: v.string(), class: v.string() })),
  model: v.nullable(v.string()),
  modelReason: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
  module: v.nullable(v.string()),
  prompt: v.pipe(v.string(), v.maxLength(20_000)),
  head: v.pipe(v.number(), v.integer(), v.minValue(0)),
  cell: v.nullable(v.object({ row: v.number(), column: v.number() })),
  step: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  interventions: v.array(
    v.object({
      value: v.union([v.string(), v.number()]),
      selector: v.object({ axes: v.array(v.object({ axis: v.number(), index: v.number() })) }),
      operation: v.variant("kind", [
        v.object({ kind: v.literal("zero") }),
        v.object({ kind: v.literal("scale"), factor: v.number() }),
        v.object({ kind: v.literal("add"), amount: v.number() }),
        v.object({ kind: v.literal("set"), amount: v.number() }),
      ]),
    }),
  ),
  continuation: v.optional(continuationSchema),
}) satisfies v.GenericSchema<unknown, PanelState>;
