import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readCheckpointFolder } from "../../src/runtime/live/checkpoint.ts";
import { specOf } from "../../src/runtime/live/inputs.ts";
import { TraceStore } from "../../src/runtime/live/trace-store.ts";
import { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { TraceRequest, TraceResult } from "../../src/shared/trace.ts";
import { benchDirectory } from "./build.ts";
import type { Measurement } from "./measurement.ts";
import { compare, interleave, timed } from "./rounds.ts";
import { productionEntries } from "./runtime.ts";
import { smolLm2 } from "./smollm2.ts";

const EMPTY_SOURCE = `from torch import nn


class Empty(nn.Module):
    pass
`;

/** What a reader waits for, whatever the machine: the one baseline that is no measurement. */
const SECOND = "one second";

/** From source to a trace of all layers. */
export const trace: Measurement = {
  name: "trace",
  title: "tracing SmolLM2, 30 layers",
  rounds: 7,
  async run(bench) {
    const { source, class: className, checkpoint } = smolLm2();
    const folder = await mkdtemp(join(benchDirectory, "trace-"));
    const { tracerEntry: entry } = productionEntries();
    const tracerWith = (cacheDirectory: string) => new TracerProcess({ cacheDirectory, entry });
    const warm = tracerWith(folder);
    try {
      const emptySource = join(folder, "empty.py");
      await writeFile(emptySource, EMPTY_SOURCE);
      const request: TraceRequest = {
        source,
        class: className,
        config: (await readCheckpointFolder(checkpoint)).config,
        transformers: null,
        checkpointNames: [...(await openCheckpointWeights(checkpoint)).names].sort(),
        inputs: [specOf("input_ids", "int64", [1, 1])],
      };
      const nothing: TraceRequest = {
        ...request,
        source: emptySource,
        class: "Empty",
        config: null,
        inputs: [],
        checkpointNames: null,
      };
      // Makes the snapshot that later processes start from, and lets the warm one read both folders.
      for (const each of [request, nothing]) traced(await warm.trace(each));
      const stored = join(folder, "traces");
      const store = () => new TraceStore(stored, warm.version);
      const { operations, calls } = traced(await store().resolve(request, () => warm.trace(request)));
      const once = async (tracer: TracerProcess) => {
        traced(await tracer.trace(request));
        tracer.dispose();
      };
      let fresh = 0;
      const samples = await interleave(
        bench,
        {
          [SECOND]: () => 1000,
          "empty round trip": timed(async () => traced(await warm.trace(nothing))),
          "module tree alone": timed(async () => traced(await warm.trace({ ...request, inputs: [] }))),
          "first start, no snapshot": timed(() => once(tracerWith(join(folder, `first-${fresh++}`)))),
          "cold process": timed(() => once(tracerWith(folder))),
          "warm process": timed(async () => traced(await warm.trace(request))),
          "from the disk": timed(async () =>
            traced(
              await store().resolve(request, () => Promise.reject(new Error("the trace was not stored"))),
            ),
          ),
        },
        1,
      );
      return {
        comparisons: compare(samples, "ms", [
          ["first start, no snapshot", "module tree alone"],
          ["cold process", "module tree alone"],
          ["warm process", "module tree alone"],
          ["from the disk", "module tree alone"],
          ["first start, no snapshot", "empty round trip"],
          ["cold process", "empty round trip"],
          ["warm process", "empty round trip"],
          ["from the disk", "empty round trip"],
          ["from the disk", "warm process"],
          ["warm process", SECOND, { atMost: 1 }],
          ["from the disk", SECOND, { atMost: 0.1 }],
        ]),
        facts: [
          `the trace: ${calls.length} torch calls, ${operations.length} primitives`,
          "module tree alone: the same file imported and the same model built, nothing called",
        ],
      };
    } finally {
      warm.dispose();
      await rm(folder, { recursive: true });
    }
  },
};

function traced(result: TraceResult) {
  if (!result.ok) throw new Error(`${result.failure.message} ${result.failure.arguments.join(", ")}`);
  return result.trace;
}
