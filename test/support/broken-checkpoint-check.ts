import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeCheckpoint } from "../../src/runtime/models/checkpoint.ts";
import { readGguf } from "../../src/runtime/models/gguf.ts";
import { dequantised, GGUF_TYPES } from "../../src/runtime/models/gguf-types.ts";
import { createRandom } from "../../src/runtime/session/sampling.ts";
import { CheckpointReader } from "../../src/runtime/weights/checkpoint-source.ts";
import {
  type CheckpointWeights,
  openCheckpointWeights,
} from "../../src/runtime/weights/checkpoint-weights.ts";
import { WeightFileError } from "../../src/runtime/weights/safetensors-header.ts";
import { breakCheckpoint, writeValidCheckpoint } from "./broken-checkpoints.ts";

/** Most that a checkpoint of a few hundred bytes may make the process take, whatever it claims. */
const MEMORY = 64 * 2 ** 20;

/**
 * Breaks checkpoints by these seeds. Each is refused with a sentence that names the file (and the tensor where it is one's),
 * or is still valid, for a flipped bit may hit a space: then every tensor of it can be read.
 * @returns how many were refused.
 */
export async function checkBrokenCheckpoints(seeds: Iterable<number>, root: string): Promise<number> {
  const valid = { single: join(root, "single"), sharded: join(root, "sharded") };
  for (const [folder, sharded] of [
    [valid.single, false],
    [valid.sharded, true],
  ] as const) {
    mkdirSync(folder);
    await writeValidCheckpoint(folder, sharded);
    assert.equal((await openCheckpointWeights(folder)).names.size, 4);
  }
  let refused = 0;
  for (const seed of seeds) {
    const folder = join(root, `broken-${seed}`);
    const { name, path } = await breakCheckpoint(seed, folder, valid);
    const what = `seed ${seed}: ${name} (${path})`;
    const before = process.memoryUsage();
    let weights: CheckpointWeights | null = null;
    try {
      weights = await openCheckpointWeights(folder);
    } catch (error) {
      refused++;
      assert.ok(error instanceof WeightFileError, `${what}: ${(error as Error).stack}`);
      assert.ok(error.message.includes(folder), `${what}: ${error.message}`);
      if (error.tensor !== null) assert.ok(error.message.includes(error.tensor), `${what}: ${error.message}`);
      assert.equal((await describeCheckpoint(folder, folder, "folder")).problem, error.message, what);
    }
    const after = process.memoryUsage();
    assert.ok(after.rss + after.external - before.rss - before.external < MEMORY, `${what}: takes memory`);
    if (weights) await readAll(weights, what);
  }
  return refused;
}

/**
 * Breaks a GGUF file in one way for each seed: cut, bytes changed, numbers made huge. Each is refused with a sentence that
 * names it, or every tensor that it lists can be read.
 * @returns how many were refused.
 */
export async function checkBrokenGguf(seeds: Iterable<number>, valid: Buffer, root: string): Promise<number> {
  let refused = 0;
  for (const seed of seeds) {
    const random = createRandom(seed);
    const below = (n: number) => Math.floor(random() * n);
    const path = join(root, `broken-${seed}.gguf`);
    let bytes = Buffer.from(valid);
    const header = Math.min(bytes.length - 8, 2500);
    const way = seed % 4;
    if (way === 0) bytes = bytes.subarray(0, below(bytes.length));
    if (way === 1) for (let i = 0; i <= below(4); i++) bytes[below(header)]! ^= 1 << below(8);
    if (way === 2) bytes.writeBigUInt64LE(BigInt(below(2 ** 31)) << BigInt(below(33)), below(header));
    if (way === 3) bytes = Buffer.from(bytes.map((byte, i) => (i < 8 ? byte : below(256))));
    writeFileSync(path, bytes);
    const what = `seed ${seed}`;
    const before = process.memoryUsage();
    try {
      const { tensors } = await readGguf(path);
      for (const { type, start, bytes: length } of tensors.values()) {
        const values = dequantised(type, bytes.subarray(start, start + length));
        assert.equal(values.length, (length / GGUF_TYPES[type].bytes) * GGUF_TYPES[type].elements, what);
      }
    } catch (error) {
      refused++;
      assert.ok(error instanceof WeightFileError, `${what}: ${(error as Error).stack}`);
      assert.ok(error.message.includes(path), `${what}: ${error.message}`);
    }
    const after = process.memoryUsage();
    assert.ok(after.rss + after.external - before.rss - before.external < MEMORY, `${what}: takes memory`);
  }
  return refused;
}

async function readAll(weights: CheckpointWeights, what: string): Promise<void> {
  const reader = new CheckpointReader(weights.folder);
  for (const name of weights.names) {
    const stored = weights.find(name)!;
    assert.ok(stored.kind === "plain" && stored.length <= 1000, what);
    const size = stored.shape.reduce((product, dimension) => product * dimension, 1);
    assert.equal((await reader.stored(stored).read(0, size)).length, stored.length, what);
  }
  await reader.close();
}
