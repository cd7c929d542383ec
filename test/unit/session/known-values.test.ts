import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownValues, keep } from "../../../src/runtime/session/known-values.ts";
import { int64 } from "../../../src/runtime/session/numbers.ts";

/** So many bytes that were never written, and take no memory for it. */
const tensor = (megabytes: number) => ({
  dtype: "uint8" as const,
  shape: [megabytes, 2 ** 20],
  data: new Uint8Array(megabytes * 2 ** 20),
});

test("what runs hand on is kept by their inputs, as far as there is room in all", async () => {
  const known = new KnownValues();
  const inputs = { input_ids: int64([1, 2], [1, 2]) };
  const run = await known.of(inputs);
  const made = new Map([
    [1, tensor(200)],
    [2, tensor(100)],
    [3, tensor(50)],
    [4, tensor(1)],
  ]);
  keep(run, made, [1, 2, 3]);
  assert.deepEqual([...run.keys()], [1, 3], "the second would be too much");
  keep(run, made, [1, 2, 3, 4]);
  assert.deepEqual([...run.keys()], [1, 3, 4], "what is there already takes no more room");
  assert.equal(await known.of({ input_ids: int64([1, 2], [1, 2]) }), run);
  assert.equal((await known.of({ input_ids: int64([1, 3], [1, 2]) })).size, 0);
});
