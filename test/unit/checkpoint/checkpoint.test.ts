import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readOutline } from "../../../src/runtime/checkpoint/outline.ts";
import { CheckpointProcess } from "../../../src/runtime/checkpoint/process.ts";
import { summarise } from "../../../src/runtime/checkpoint/summary.ts";
import { describeCheckpoint } from "../../../src/runtime/models/checkpoint.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import {
  LARGE_PARAMETERS,
  LARGE_TENSORS,
  writeLargeGguf,
  writeLargeSafetensors,
} from "../../support/large-checkpoint.ts";
import { temporaryFolder } from "../../support/weights.ts";
import { tinyGguf, tinyTensors } from "../models/tiny-gguf.ts";

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

describe("the outline of a checkpoint", () => {
  const root = temporaryFolder();

  it("of 70 billion parameters in shards holds every tensor, and opens no number", async () => {
    const outline = await readOutline(writeLargeSafetensors(join(root, "large")));
    assert.equal(outline.format, "safetensors");
    assert.equal(outline.files.length, 30);
    assert.deepEqual(
      outline.tensors.map(({ name }) => name).sort(),
      LARGE_TENSORS.map(([name]) => name).sort(),
    );
    assert.equal(
      outline.tensors.reduce((sum, { shape }) => sum + elements(shape), 0),
      LARGE_PARAMETERS,
    );
    assert.equal(
      outline.tensors.reduce((sum, { bytes }) => sum + bytes, 0),
      2 * LARGE_PARAMETERS,
    );
    assert.ok(LARGE_PARAMETERS > 70e9);
  });

  it("of one shard knows the index that names it", async () => {
    const path = join(root, "large", "model-00002-of-00030.safetensors");
    const outline = await readOutline(path);
    assert.equal(outline.index, join(root, "large", "model.safetensors.index.json"));
    assert.equal(outline.files.length, 1);
    assert.deepEqual(outline.metadata, [["format", "pt"]]);
  });

  it("of 70 billion parameters in GGUF knows transformers' names, and cuts long lists short", async () => {
    const path = join(root, "large.gguf");
    writeLargeGguf(path);
    const outline = await readOutline(path);
    assert.deepEqual(
      outline.tensors.map(({ name, parameter }) => [parameter, name]),
      LARGE_TENSORS.map(([hub, gguf]) => [hub, gguf]),
    );
    const metadata = new Map(outline.metadata);
    assert.match(metadata.get("tokenizer.ggml.tokens")!, /^\[token0, token1, .*, … \+128248\]$/);
    assert.equal(metadata.get("llama.block_count"), "80");
  });

  it("names the part of a split GGUF that is missing", async () => {
    const path = join(root, "split-00001-of-00003.gguf");
    writeFileSync(path, tinyGguf());
    await assert.rejects(readOutline(path), /split-00002-of-00003\.gguf is missing.*of 3 parts/);
  });

  for (const dtype of ["F8_E4M3", "X7", "toString", "constructor", "__proto__"]) {
    it(`lists type ${dtype}, which is not read, and says so when its numbers are asked for`, async () => {
      const header = JSON.stringify({ x: { dtype, shape: [4], data_offsets: [0, 4] } });
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      const path = join(root, `${dtype}.safetensors`);
      writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]));
      const { tensors } = await readOutline(path);
      assert.deepEqual(
        tensors.map(tensor => [tensor.dtype, tensor.shape, tensor.readable]),
        [[dtype, [4], false]],
      );
      await assert.rejects(
        summarise(path, tensors[0]!),
        new RegExp(`x: numbers of type ${dtype} cannot be read`),
      );
    });
  }
});

describe("what a folder says of itself", () => {
  const reader = new CheckpointProcess();
  after(() => reader.dispose());

  async function folderOf(config: string): Promise<string> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "config.json"), config);
    const tensor: Tensor = { dtype: "float32", shape: [3], data: new Uint8Array(12) };
    await writeTensors(join(folder, "model.safetensors"), new Map([["x", tensor]]));
    return folder;
  }

  it("is what this process reads of it too", async () => {
    for (const config of ['{"architectures": ["A"], "model_type": "a"}', "{"]) {
      const folder = await folderOf(config);
      const told = await reader.describe(folder, folder, "folder");
      assert.deepEqual(told, await describeCheckpoint(folder, folder, "folder"));
      assert.equal(told.parameters, 3);
    }
  });

  it("is not known where the process ends over it, and is of the next one", async () => {
    reader.dispose();
    const [one, other] = [await folderOf("{}"), await folderOf("{}")];
    const told = [one, other].map(folder => reader.describe(folder, folder, "folder"));
    setImmediate(() => reader.dispose());
    const [first, second] = await Promise.all(told);
    assert.ok(
      first!.problem?.startsWith(`${one}: The process that reads checkpoints ended`),
      first!.problem!,
    );
    assert.deepEqual([second!.problem, second!.parameters], [null, 3]);
  });
});

describe("the numbers of one tensor", () => {
  const root = temporaryFolder();
  const reader = new CheckpointProcess();
  after(() => reader.dispose());

  async function written(name: string, values: readonly number[]): Promise<string> {
    const data = new Uint8Array(Float32Array.from(values).buffer);
    const path = join(root, `${name}.safetensors`);
    const tensor: Tensor = { dtype: "float32", shape: [values.length], data };
    await writeTensors(path, new Map([["x", tensor]]));
    return path;
  }

  it("have mean, deviation, extremes, zeros and a histogram over their range", async () => {
    // a pattern longer than one piece that is read
    const values = Array.from({ length: 600_000 }, (_, i) => (i % 5) - 1);
    values[7] = NaN;
    values[8] = Infinity;
    const path = await written("pattern", values);
    const { tensors } = await readOutline(path);
    const { statistics, histogram, read } = await reader.summarise(
      path,
      tensors[0]!,
      new AbortController().signal,
    );
    const finite = values.filter(Number.isFinite);
    const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
    const deviation = Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length);
    assert.ok(Math.abs(statistics.mean - mean) < 1e-9 && Math.abs(statistics.std - deviation) < 1e-9);
    assert.deepEqual([statistics.min, statistics.max, statistics.notFinite], [-1, 3, 2]);
    assert.equal(statistics.zeros, finite.filter(value => value === 0).length);
    assert.equal(read, values.length);
    assert.deepEqual([histogram.from, histogram.to, histogram.counts.length], [-1, 3, 64]);
    const filled = histogram.counts.filter(count => count > 0);
    assert.equal(filled.length, 5);
    assert.equal(
      filled.reduce((sum, count) => sum + count, 0),
      finite.length,
    );
  });

  it("of a GGUF type are dequantised", async () => {
    const path = join(root, "tiny.gguf");
    writeFileSync(path, tinyGguf());
    const { tensors } = await readOutline(path);
    assert.deepEqual(
      tensors.map(({ name, dtype }) => [name, dtype]),
      tinyTensors().map(({ name, type }) => [name, type]),
    );
    const index = tensors.findIndex(({ dtype }) => dtype === "Q4_1");
    const { statistics } = await reader.summarise(path, tensors[index]!, new AbortController().signal);
    assert.equal(statistics.count, elements(tensors[index]!.shape));
    assert.ok(statistics.min < statistics.mean && statistics.mean < statistics.max);
  });

  it("of a very large tensor are a sample that is spread over it, and can be cancelled", async () => {
    const index = writeLargeSafetensors(join(root, "large"));
    const { tensors, files } = await readOutline(index);
    const tensor = tensors.find(({ name }) => name === "model.embed_tokens.weight")!;
    const path = files[tensor.file]!.path;
    const controller = new AbortController();
    const reading = reader.summarise(path, tensor, controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await assert.rejects(reading, /enough/);
    const { read, statistics } = await reader.summarise(path, tensor, new AbortController().signal);
    assert.ok(read <= 2 ** 23 && read < elements(tensor.shape) && read > 2 ** 22);
    assert.deepEqual([statistics.min, statistics.max, statistics.zeros], [0, 0, read]);
  });

  it("survive the end of the process that reads them", async () => {
    reader.dispose();
    const path = await written("again", [1, 2, 3]);
    const { tensors } = await reader.outline(path);
    assert.equal(tensors.length, 1);
  });
});
