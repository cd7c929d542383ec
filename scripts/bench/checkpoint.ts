import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CheckpointProcess } from "../../src/runtime/checkpoint/process.ts";
import { zooDirectory } from "../../src/runtime/models/zoo.ts";
import { checkpointTree } from "../../src/shared/checkpoint/tree.ts";
import { writeLargeGguf, writeLargeSafetensors } from "../../test/support/large-checkpoint.ts";
import { benchDirectory } from "./build.ts";
import type { Measurement } from "./measurement.ts";
import { compare, interleave, timed } from "./rounds.ts";

/** What a reader waits for when a file of weights is opened, the page itself left out. */
export const checkpoint: Measurement = {
  name: "checkpoint",
  title: "the outline and module tree of 70 billion parameters, by headers alone, in a fresh process",
  rounds: 7,
  async run(bench) {
    const folder = mkdtempSync(join(benchDirectory, "checkpoint-"));
    try {
      const shards = writeLargeSafetensors(join(folder, "shards"));
      const gguf = join(folder, "large.gguf");
      writeLargeGguf(gguf);
      const samples = await interleave(bench, {
        "the zoo's smallest model": outlining(join(zooDirectory(), "tiny-llama", "model.safetensors")),
        "70 billion parameters in 30 shards": outlining(shards),
        "70 billion parameters in GGUF": outlining(gguf),
      });
      return {
        comparisons: compare(samples, "ms", [
          ["70 billion parameters in 30 shards", "the zoo's smallest model"],
          ["70 billion parameters in GGUF", "the zoo's smallest model"],
        ]),
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function outlining(path: string) {
  return timed(async () => {
    const reader = new CheckpointProcess({ entry: join(benchDirectory, "dist", "checkpoint-reader.js") });
    try {
      checkpointTree((await reader.outline(path)).tensors, "name");
    } finally {
      reader.dispose();
    }
  });
}
