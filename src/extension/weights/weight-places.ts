import type { Trace, TracedParameter } from "../../shared/trace.ts";
import { shownRun, type TracedPlace } from "../python/traced-source.ts";

/** Tensors of a checkpoint that a place in a source stands for. */
export interface WeightPlace {
  /** Folder of the checkpoint; null where weights are random. */
  readonly checkpoint: string | null;
  readonly parameters: readonly Pick<TracedParameter, "name" | "shape" | "dtype">[];
  /** Where the parameters are from; null where nothing is traced. */
  readonly trace: Trace | null;
}

/** Opens tensors of a checkpoint. */
export interface WeightOpener {
  open(place: WeightPlace): Promise<void>;
}

/**
 * The parameters behind what a reader points at: those of the module that is called there, in the chosen layer; where
 * nothing is computed, those that the statement of the line makes, in every layer.
 * @param line from 1, in the text that was traced.
 */
export function parametersAt(
  trace: Trace,
  file: string,
  line: number,
  place: TracedPlace | null,
  layer: number | null,
): readonly TracedParameter[] {
  if (place?.kind === "module") {
    const { module } = shownRun(place.runs, null, layer);
    return trace.parameters.filter(({ name }) => name.startsWith(`${module}.`));
  }
  if (place !== null) return [];
  const index = trace.files.findIndex(entry => entry.path === file);
  const madeHere = (at: number | null) => {
    const made = at === null ? undefined : trace.places[at];
    return made?.file === index && made.line <= line && line <= made.endLine;
  };
  return trace.parameters.filter(parameter => madeHere(parameter.place));
}
