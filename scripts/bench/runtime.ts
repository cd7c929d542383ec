import { join } from "node:path";
import { Live } from "../../src/runtime/live/live.ts";
import { LoadedProgram } from "../../src/runtime/session/program.ts";
import type { Trace } from "../../src/shared/trace.ts";
import { benchDirectory } from "./build.ts";

/** The runtime with the processes of the production build. The caller disposes it. */
export function createLive(): Live {
  return new Live({ cacheDirectory: benchDirectory, ...productionEntries() });
}

/** A trace's program in this process, as panels run it: any value can be asked for and intervened at. */
export function loadInspected(trace: Trace, weights: string): Promise<LoadedProgram> {
  return LoadedProgram.load({ key: "bench", trace, weights, providers: ["cpu"], purpose: "inspect" });
}

export function productionEntries(): { readonly tracerEntry: string; readonly sessionEntry: string } {
  const inside = (name: string) => join(benchDirectory, "dist", name);
  return { tracerEntry: inside("tracer.js"), sessionEntry: inside("session.js") };
}
