import * as v from "valibot";
import type { ArgumentSchemas } from "../../shared/channel.ts";
import type { TraceComponents } from "../recognise/components.ts";

/** What the recognising thread offers. */
export interface ThreadFunctions {
  /** @param trace a trace as JSON, compressed by gzip. */
  recognise(trace: Uint8Array): Promise<TraceComponents>;
}

/** The thread asks nothing of whoever started it. */
export type OwnerFunctions = Record<never, never>;

export const threadSchemas: ArgumentSchemas<ThreadFunctions> = {
  recognise: v.tuple([v.instance(Uint8Array)]),
};
