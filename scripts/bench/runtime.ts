import { join } from "node:path";
import { Live } from "../../src/runtime/live/live.ts";
import { benchDirectory } from "./build.ts";

/** The runtime with the processes of the production build. The caller disposes it. */
export function createLive(): Live {
  return new Live({ cacheDirectory: benchDirectory, ...productionEntries() });
}

export function productionEntries(): { readonly tracerEntry: string; readonly sessionEntry: string } {
  const inside = (name: string) => join(benchDirectory, "dist", name);
  return { tracerEntry: inside("tracer.js"), sessionEntry: inside("session.js") };
}
