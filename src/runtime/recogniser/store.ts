import * as v from "valibot";
import { codeVersion } from "../code-version.ts";
import { KeptResults } from "../models/kept-results.ts";
import type { TraceComponents } from "../recognise/components.ts";

/** Traces whose components are kept. */
const STORED = 512;

const index = v.pipe(v.number(), v.integer(), v.minValue(-1));

/** As it was written by the same code, so ids are those of the catalogue. */
const stored = v.object({
  modules: v.record(v.string(), v.array(v.string())),
  components: v.array(v.string()),
  ofValues: v.array(index),
  calls: v.array(index),
}) as unknown as v.GenericSchema<unknown, TraceComponents>;

/** What was found in traces, in a folder, by the content of the trace and the code that looked. */
export function componentStore(folder: string): KeptResults<TraceComponents> {
  return new KeptResults(folder, STORED, codeVersion(import.meta.url, ["../recognise"]), stored);
}
