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
}

/** Whether two states show the same numbers; head, cell and step only choose among them. */
export function sameNumbers(a: PanelState, b: PanelState): boolean {
  return (["component", "source", "model", "module", "prompt", "interventions"] as const).every(
    key => JSON.stringify(a[key]) === JSON.stringify(b[key]),
  );
}

export const panelStateSchema = v.object({
  version: v.literal(1),
  component: v.string(),
  source: v.nullable(v.object({ file: v.string(), class: v.string() })),
  model: v.nullable(v.string()),
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
}) satisfies v.GenericSchema<unknown, PanelState>;
