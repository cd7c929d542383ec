import type { Measurement } from "./measurement.ts";

/** Every measurement by what `--only` takes, in the order that they are reported in. Each is loaded where it is made. */
export const MEASUREMENTS: Readonly<Record<string, () => Promise<Measurement>>> = {
  hover: async () => (await import("./hover.ts")).hover,
  activation: async () => (await import("./activation.ts")).activation,
  trace: async () => (await import("./trace.ts")).trace,
  prefill: async () => (await import("./prefill.ts")).prefill,
  decode: async () => (await import("./decode.ts")).decode,
  panel: async () => (await import("./panel.ts")).panel,
  intervention: async () => (await import("./intervention.ts")).intervention,
  memory: async () => (await import("./memory.ts")).memory,
  checkpoint: async () => (await import("./checkpoint.ts")).checkpoint,
  recognition: async () => (await import("./recognition.ts")).recognition,
  linking: async () => (await import("./linking.ts")).linking,
  paper: async () => (await import("./paper.ts")).paper,
};
