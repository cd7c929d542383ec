import * as v from "valibot";
import type { ArgumentSchemas } from "../../shared/channel.ts";
import type { IndexedPaper } from "../../shared/papers/index.ts";
import type { OnDemandFunctions } from "../process/on-demand.ts";
import type { IndexedSource } from "./index-sources.ts";

/** What the process that indexes papers and sources offers. */
export interface IndexFunctions extends OnDemandFunctions {
  /** @param job names the work for `cancel`. */
  paper(job: number, path: string): Promise<IndexedPaper>;
  sources(job: number, files: readonly string[]): Promise<readonly IndexedSource[]>;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const indexSchemas: ArgumentSchemas<IndexFunctions> = {
  localise: v.tuple([v.record(v.string(), v.string())]),
  paper: v.tuple([count, v.string()]),
  sources: v.tuple([count, v.array(v.string())]),
  cancel: v.tuple([count]),
};
