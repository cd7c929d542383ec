import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { randomTensor, randomWeights } from "../../../src/runtime/live/random-weights.ts";
import { numbers } from "../../../src/runtime/session/numbers.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { tinyTrace } from "../session/tiny-trace.ts";

test("matrices are normal with variance 1 / fan-in, vectors ones, biases zeros", () => {
  const values = Array.from(numbers(randomTensor({ name: "w", shape: [200, 100] })));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.003);
  assert.ok(Math.abs(variance - 0.01) < 0.0005);
  assert.deepEqual(Array.from(numbers(randomTensor({ name: "norm.weight", shape: [2] }))), [1, 1]);
  assert.deepEqual(Array.from(numbers(randomTensor({ name: "fc.bias", shape: [2] }))), [0, 0]);
});

test("the same parameters give the same folder and numbers; other names give others", async () => {
  const cache = await mkdtemp(join(tmpdir(), "papertrace-random-"));
  const folder = await randomWeights(tinyTrace(), cache);
  assert.equal(await randomWeights(tinyTrace(), cache), folder);
  const tensors = await readSafetensors(join(folder, "model.safetensors"));
  const trace = tinyTrace();
  assert.deepEqual([...tensors.keys()].sort(), trace.parameters.map(({ name }) => name).sort());
  for (const { name, shape } of trace.parameters) {
    assert.deepEqual(tensors.get(name)!.shape, shape);
    assert.deepEqual([...tensors.get(name)!.data], [...randomTensor({ name, shape }).data]);
  }
  assert.notDeepEqual([...tensors.get("layers.0.weight")!.data], [...tensors.get("layers.1.weight")!.data]);
  await rm(cache, { recursive: true });
});

test("a full disk is named with what it needs, and nothing is left of the file", {
  skip: !existsSync("/dev/full"),
}, async () => {
  const cache = await mkdtemp(join(tmpdir(), "papertrace-random-"));
  const folder = await randomWeights(tinyTrace(), cache);
  const file = join(folder, "model.safetensors");
  await rm(file);
  await symlink("/dev/full", `${file}.${process.pid}`);
  await assert.rejects(randomWeights(tinyTrace(), cache), (error: Error) => {
    assert.equal(
      error.message,
      `The disk of ${cache} is full; 1 MB have to be free there. Free some space and try again.`,
    );
    return true;
  });
  assert.deepEqual(await readdir(folder), []);
  await rm(cache, { recursive: true });
});

test("weights that would fill the disk are refused with their size", async () => {
  const trace = tinyTrace();
  const huge = { ...trace, parameters: [{ ...trace.parameters[0]!, shape: [2 ** 20, 2 ** 10] }] };
  await assert.rejects(randomWeights(huge, tmpdir()), /Tiny would take 4\.3 GB/);
});
