import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { SessionProcess } from "../../src/runtime/session/process.ts";
import { floatCheckpoint } from "./float-checkpoint.ts";
import { type Measurement, Unavailable } from "./measurement.ts";
import { compare, interleave } from "./rounds.ts";
import { createLive, productionEntries } from "./runtime.ts";
import { smolLm2, someIds } from "./smollm2.ts";

const FLOAT = "the same weights as float32 loaded";

/** Resident memory of the process that runs models. */
export const memory: Measurement = {
  name: "memory",
  title: "resident memory of the session's process with SmolLM2",
  rounds: 3,
  async run(bench) {
    if (process.platform !== "linux")
      throw new Unavailable("resident memory is read from /proc, which Linux has");
    const request = smolLm2();
    const live = createLive();
    const model = await live.open(request);
    const { trace } = model;
    const float = await floatCheckpoint(trace, request.checkpoint);
    live.dispose();
    const file = statSync(join(request.checkpoint, "model.safetensors")).size / 1e6;
    const spec = {
      key: "bench",
      trace,
      weights: request.checkpoint,
      providers: ["cpu"],
      purpose: "inspect",
    } as const;
    const inputs = { input_ids: int64(someIds(128), [1, 128]) };
    /** MB of a fresh process after `work` with the model. */
    const after = async (work: (session: SessionProcess) => Promise<unknown>) => {
      const session = new SessionProcess({ entry: productionEntries().sessionEntry });
      try {
        await work(session);
        return residentMegabytes(session.processId!);
      } finally {
        session.dispose();
      }
    };
    const samples = await interleave(
      bench,
      {
        "the weights' file": () => file,
        "a process with nothing loaded": () => after(session => session.decode(request.checkpoint, [])),
        "SmolLM2 loaded": () => after(session => session.use(spec).load()),
        [FLOAT]: () => after(session => session.use({ ...spec, key: "float32", weights: float }).load()),
        "after a pass over 128 tokens": () => after(session => session.use(spec).run({ inputs })),
      },
      0,
    );
    return {
      comparisons: compare(samples, "MB", [
        ["SmolLM2 loaded", FLOAT, { atMost: 0.35 }],
        ["SmolLM2 loaded", "the weights' file"],
        ["SmolLM2 loaded", "a process with nothing loaded"],
        ["after a pass over 128 tokens", "the weights' file"],
      ]),
    };
  },
};

function residentMegabytes(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}
