import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";
import { UnsettledDataError } from "../../../src/runtime/live/unsettled.ts";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import type { InputSpec } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import { float32 } from "../session/tiny-trace.ts";

const SOURCE = join(fixturesDirectory("live"), "deciding.py");

let cache: string;
let live: Live;
let lines: string[] = [];

before(async () => {
  cache = await mkdtemp(join(tmpdir(), "papertrace-data-guards-"));
  const { snapshots } = cacheAt(tracerCacheDirectory());
  await mkdir(snapshots, { recursive: true });
  await symlink(snapshots, cacheAt(cache).snapshots, "dir");
  live = new Live({ cacheDirectory: cache, log: line => lines.push(line) });
});

after(async () => {
  live.dispose();
  await rm(cache, { recursive: true });
});

const columns = { symbol: "columns", hint: 5 };

async function open(name: string, inputs: readonly InputSpec[]): Promise<LiveModel> {
  lines = [];
  return live.open({ source: SOURCE, class: name, checkpoint: null, transformers: null, inputs });
}

async function output(model: LiveModel, inputs: Readonly<Record<string, Tensor>>): Promise<number[]> {
  return Array.from(numbers((await model.run({ inputs })).output));
}

/** How often a source was traced again, as people are told. */
const retraced = () => lines.filter(line => line.includes("deciding.py")).length;

const row = (...values: number[]) => float32([1, values.length], values);
const rows: InputSpec[] = [{ name: "x", dtype: "float32", shape: [1, columns] }];

test("a run whose numbers decide otherwise is traced again, whichever way it goes", async () => {
  const model = await open("Branching", rows);
  assert.deepEqual(await output(model, { x: row(-1, -2, -3) }), [1, 2, 3]);
  assert.equal(retraced(), 0);
  assert.deepEqual(await output(model, { x: row(1, 2) }), [2, 4]);
  assert.deepEqual(await output(model, { x: row(-1, 5) }), [99, 105]);
  assert.deepEqual(await output(model, { x: row(-1, -5, -6, -7) }), [1, 5, 6, 7]);
  assert.ok(retraced() > 0);
  model.dispose();
});

test("a way that was taken before is not traced again", async () => {
  const model = await open("Branching", rows);
  for (const _ of [1, 2]) {
    assert.deepEqual(await output(model, { x: row(1, 2) }), [2, 4]);
    assert.deepEqual(await output(model, { x: row(-1, 5) }), [99, 105]);
    assert.deepEqual(await output(model, { x: row(-1, -5) }), [1, 5]);
  }
  const traces = model.trace;
  assert.equal(traces.incomplete, undefined);
  model.dispose();
});

test("where a loop ends by its numbers, it is written out as far as they say", async () => {
  const model = await open("Writing", rows);
  assert.deepEqual(await output(model, { x: row(0.5) }), [100.5]);
  assert.deepEqual(await output(model, { x: row(30, 60) }), [36, 66]);
  assert.ok(model.trace.operations.length < 1000);
  model.dispose();
});

test("numbers that only the run has are asked of it", async () => {
  const inputs: InputSpec[] = [...rows, { name: "lengths", dtype: "int64", shape: [2] }];
  const model = await open("Pieces", inputs);
  assert.equal(model.trace.incomplete, true);
  const x = row(1, 2, 3, 4, 5);
  assert.deepEqual(await output(model, { x, lengths: int64([2, 3]) }), [3, 24]);
  assert.deepEqual(await output(model, { x, lengths: int64([4, 1]) }), [10, 10]);
  assert.deepEqual(await output(model, { x: row(1, 2), lengths: int64([1, 1]) }), [1, 4]);
  model.dispose();
});

test("a loop over chosen places asks the run for them where not every place will do", async () => {
  const inputs: InputSpec[] = [
    { name: "x", dtype: "float32", shape: [1, 4] },
    { name: "chosen", dtype: "int64", shape: [3] },
  ];
  const model = await open("Chosen", inputs);
  const x = row(1, 10, 100, 1000);
  assert.deepEqual(await output(model, { x, chosen: int64([1, 3, 1]) }), [4020]);
  assert.deepEqual(await output(model, { x, chosen: int64([0, 2, 3]) }), [4301]);
  assert.deepEqual(await output(model, { x, chosen: int64([2, 2, 2]) }), [300]);
  model.dispose();
});

test("a small table is asked for once, however often what rests on it is read", async () => {
  const model = await open("Cells", [...rows, { name: "grid", dtype: "int64", shape: [2, 2] }]);
  const x = row(1, 2, 3, 4, 5);
  const grid = { dtype: "int64", shape: [2, 2], data: int64([1, 2, 3, 1]).data } as const;
  assert.deepEqual(await output(model, { x, grid }), [1, 2, 3, 4, 5]);
  assert.equal(retraced(), 1);
  model.dispose();
});

test("a count that only the run has decides as it should", async () => {
  const model = await open("Counting", rows);
  assert.deepEqual(await output(model, { x: row(1, 2, 3, -4) }), [6, 6]);
  assert.deepEqual(await output(model, { x: row(1, 2, -3) }), [0, 0]);
  assert.deepEqual(await output(model, { x: row(4, 5, 6) }), [15, 15]);
  model.dispose();
});

test("a graph that fails on its way for other data gives way to the right one; a fault of the source is told", async () => {
  const model = await open("Looking", [{ name: "ids", dtype: "int64", shape: [columns] }]);
  assert.deepEqual(await output(model, { ids: int64([1, 2, 3]) }), [10, 20, 30]);
  assert.deepEqual(await output(model, { ids: int64([103, 101]) }), [30, 10]);
  await assert.rejects(model.run({ inputs: { ids: int64([40]) } }), /40/);
  model.dispose();
});

test("values of the way that was taken can be asked for", async () => {
  const model = await open("Branching", rows);
  const { taps } = await model.run({ inputs: { x: row(3, 4) }, taps: [":y#0"] });
  assert.deepEqual(Array.from(numbers(taps.get(":y#0")!)), [6, 8]);
  model.dispose();
});

test("a source that never settles ends with its line; one that is cancelled ends at once", async () => {
  const model = await open("Restless", rows);
  await assert.rejects(model.run({ inputs: { x: row(150, 0.5) } }), (error: Error) => {
    assert.ok(error instanceof UnsettledDataError);
    assert.match(error.message, /deciding\.py:\d+: /);
    return true;
  });
  const cancelled = AbortSignal.abort();
  await assert.rejects(model.run({ inputs: { x: row(3, 0.5) } }, cancelled));
  assert.deepEqual(await output(model, { x: row(2, 0.5) }), [6, 1.5]);
  model.dispose();
});
