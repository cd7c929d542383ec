import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { describeCheckpoint } from "../../../src/runtime/models/checkpoint.ts";
import { fitWeights } from "../../../src/runtime/models/fitted-weights.ts";
import { LAYOUT } from "../../../src/runtime/models/layout.ts";
import { numbers } from "../../../src/runtime/session/numbers.ts";
import { CheckpointReader } from "../../../src/runtime/weights/checkpoint-source.ts";
import { openCheckpointWeights, openWeights } from "../../../src/runtime/weights/checkpoint-weights.ts";
import { writeSafetensors, writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { WeightFileError } from "../../../src/runtime/weights/safetensors-header.ts";
import { TABLE_FILE } from "../../../src/runtime/weights/weight-table.ts";
import type { DType, Tensor } from "../../../src/shared/dtype.ts";
import type { TensorExpression, TracedCheckpoint } from "../../../src/shared/trace.ts";
import { temporaryFolder } from "../../support/weights.ts";

/** Every pattern of 16 bits. */
const all16 = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, bits) => bits).buffer);
const halves = (dtype: DType): Tensor => ({ dtype, shape: [256, 256], data: all16 });
const floats = (...values: number[]): Tensor => ({
  dtype: "float32",
  shape: [values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
});

const fitOf = (tensors: Record<string, TensorExpression>): TracedCheckpoint => ({
  identity: "",
  tensors,
  missing: [],
  mismatched: [],
  unused: [],
  failed: [],
});

async function checkpoint(
  tensors: Record<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = temporaryFolder();
  const plan = Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const path = join(folder, "model.safetensors");
  await writeSafetensors(path, plan, i => Object.values(tensors)[i]!.data, metadata);
  return folder;
}

async function read(place: string, name: string): Promise<Tensor> {
  const weights = await openWeights(place);
  const stored = weights.find(name);
  assert.ok(stored?.kind === "plain", name);
  const reader = new CheckpointReader(weights.folder);
  const { dtype, shape } = stored;
  const data = await reader.stored(stored).read(
    0,
    shape.reduce((a, b) => a * b, 1),
  );
  await reader.close();
  return { dtype, shape, data };
}

test("a checkpoint that has the model's names and types is used as it is", async () => {
  const folder = await checkpoint({ a: floats(1, 2), unused: floats(3) });
  const cache = cacheAt(temporaryFolder());
  assert.equal(
    await fitWeights(folder, await openCheckpointWeights(folder), fitOf({ a: "a" }), cache),
    folder,
  );
  assert.deepEqual(await readdir(cache.root), []);
});

test("bfloat16 is widened exactly, whatever the number; float16 stays", async () => {
  const folder = await checkpoint({ b: halves("bfloat16"), h: halves("float16"), f: floats(5) });
  const cache = cacheAt(temporaryFolder());
  const fit = fitOf({ b: "b", h: "h", f: "f" });
  const fitted = await fitWeights(folder, await openCheckpointWeights(folder), fit, cache);
  const wide = await read(fitted, "b");
  assert.equal(wide.dtype, "float32");
  // A bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(wide.data.buffer, wide.data.byteOffset, 65536);
  assert.ok(bits.every((value, i) => value === (i << 16) >>> 0 || Number.isNaN(numbers(wide)[i])));
  assert.deepEqual(await read(fitted, "h"), { ...halves("float16"), data: all16 });
  assert.deepEqual([...(numbers(await read(fitted, "f")) as Float32Array)], [5]);
});

test("halves of two kinds are joined as float32", async () => {
  const folder = await checkpoint({ b: halves("bfloat16"), h: halves("float16") });
  const joined: TensorExpression = { primitive: "concat", inputs: ["h", "b"], attributes: { dim: 1 } };
  const cache = cacheAt(temporaryFolder());
  const fitted = await fitWeights(folder, await openCheckpointWeights(folder), fitOf({ joined }), cache);
  const both = await read(fitted, "joined");
  assert.deepEqual([both.dtype, both.shape], ["float32", [256, 512]]);
  const values = numbers(both);
  const [one, other] = [numbers(halves("float16")), numbers(halves("bfloat16"))];
  for (let row = 0; row < 256; row++) {
    for (let column = 0; column < 256; column++) {
      assert.ok(Object.is(values[row * 512 + column], one[row * 256 + column]));
      assert.ok(Object.is(values[row * 512 + 256 + column], other[row * 256 + column]));
    }
  }
});

test("it is made once, and again when the checkpoint has changed", async () => {
  const folder = await checkpoint({ old: floats(1, 2) });
  const cache = cacheAt(temporaryFolder());
  const fit = fitOf({ new: { primitive: "reshape", inputs: ["old"], attributes: { shape: [2, 1] } } });
  const make = async () => fitWeights(folder, await openCheckpointWeights(folder), fit, cache);
  const first = await make();
  const { mtimeMs } = await stat(first);
  assert.equal(await make(), first);
  assert.equal((await stat(first)).mtimeMs, mtimeMs);
  assert.deepEqual((await read(first, "new")).shape, [2, 1]);
  await writeTensors(
    join(folder, "model.safetensors"),
    new Map([
      ["old", floats(3, 4)],
      ["more", floats(1)],
    ]),
  );
  const second = await make();
  assert.notEqual(second, first);
  assert.deepEqual([...(numbers(await read(second, "new")) as Float32Array)], [3, 4]);
});

test("what is cancelled leaves nothing behind", async () => {
  const folder = await checkpoint({ a: halves("bfloat16"), b: halves("bfloat16") });
  const cache = cacheAt(temporaryFolder());
  const controller = new AbortController();
  const weights = await openCheckpointWeights(folder);
  // The first tensor has been written when progress is told for the first time.
  const options = { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) };
  await assert.rejects(fitWeights(folder, weights, fitOf({ a: "a", b: "b" }), cache, options), /enough/);
  assert.deepEqual(await readdir(cache.fitted), []);
});

test("weights in blocks of few bits take other names, and no other layout", async () => {
  const part = (dtype: DType, shape: number[], bytes: number): Tensor => ({
    dtype,
    shape,
    data: new Uint8Array(bytes),
  });
  const folder = await checkpoint(
    {
      "w.q4_1.quants": part("uint8", [2, 1, 16], 32),
      "w.q4_1.scales": part("float32", [2, 1], 8),
      "w.q4_1.offsets": part("float32", [1, 2], 8),
    },
    LAYOUT,
  );
  const cache = cacheAt(temporaryFolder());
  const weights = await openCheckpointWeights(folder);
  const fitted = await fitWeights(folder, weights, fitOf({ renamed: "w" }), cache);
  assert.equal((await openWeights(fitted)).find("renamed")?.kind, "q4_1");
  const moved: TensorExpression = {
    primitive: "permute",
    inputs: ["w"],
    attributes: { permutation: [1, 0] },
  };
  await assert.rejects(
    fitWeights(folder, weights, fitOf({ moved }), cache),
    (error: Error) =>
      error instanceof WeightFileError && /w of .* is stored in blocks of few bits/.test(error.message),
  );
});

test("a table that is damaged is named", async () => {
  const folder = await checkpoint({ old: floats(1, 2) });
  const cache = cacheAt(temporaryFolder());
  const path = await fitWeights(folder, await openCheckpointWeights(folder), fitOf({ new: "old" }), cache);
  assert.equal(basename(path), TABLE_FILE);
  for (const broken of [
    "{",
    JSON.stringify({ version: 1, checkpoint: folder, tensors: { new: "gone" } }),
    JSON.stringify({ version: 1, checkpoint: folder, tensors: { new: { of: "old", start: 1, shape: [2] } } }),
    JSON.stringify({ version: 1, checkpoint: 5, tensors: {} }),
    JSON.stringify({ version: 9, checkpoint: folder, tensors: {} }),
  ]) {
    await writeFile(path, broken);
    await assert.rejects(openWeights(path), (error: Error) => error.message.includes(path));
  }
});

test("a file of the table's name in a checkpoint means nothing", async () => {
  const folder = await checkpoint({ a: floats(1) });
  const other = await checkpoint({ a: floats(7) });
  for (const foreign of [
    JSON.stringify({ class_weights: [1, 2] }),
    JSON.stringify({ version: 1, checkpoint: other, tensors: { a: "a" } }),
  ]) {
    await writeFile(join(folder, TABLE_FILE), foreign);
    assert.deepEqual([...(await openCheckpointWeights(folder)).names], ["a"]);
    assert.deepEqual([...(numbers(await read(folder, "a")) as Float32Array)], [1]);
    const { problem } = await describeCheckpoint(folder, folder, "folder");
    assert.doesNotMatch(problem ?? "", /weights\.json/);
  }
});
