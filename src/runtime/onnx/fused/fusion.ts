import type { Lowering } from "../../primitives/primitive.ts";

/** Operations of a trace that one kernel computes together; what lies between them is never there to be looked at. */
export interface Fusion {
  /** Values that it computes. */
  readonly outputs: readonly number[];
  /** The one of `outputs` in whose place the kernel stands: there everything in `inputs` is known, and nothing has used `outputs`. */
  readonly place: number;
  /** Values that it rests on. */
  readonly inputs: readonly number[];
  /** Adds the kernel and returns the names of `outputs`. */
  lower(graph: Lowering, name: (value: number) => string): readonly string[];
}

/** Every fusion by each of the values that it computes. */
export function fusionsByValue(fusions: readonly Fusion[]): ReadonlyMap<number, Fusion> {
  return new Map(fusions.flatMap(fusion => fusion.outputs.map(value => [value, fusion] as const)));
}
