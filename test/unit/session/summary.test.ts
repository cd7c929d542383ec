import assert from "node:assert/strict";
import { test } from "node:test";
import { int64 } from "../../../src/runtime/session/numbers.ts";
import { picture, statistics, summarise } from "../../../src/runtime/session/summary.ts";
import { float32 } from "./tiny-trace.ts";

test("what is not finite is counted apart", () => {
  const found = statistics([1, NaN, 3, -Infinity, 5]);
  assert.deepEqual(found, {
    mean: 3,
    std: Math.sqrt(8 / 3),
    min: 1,
    max: 5,
    count: 5,
    zeros: 0,
    notFinite: 2,
  });
  const none = statistics([NaN]);
  assert.deepEqual(none, { mean: NaN, std: NaN, min: NaN, max: NaN, count: 1, zeros: 0, notFinite: 1 });
});

test("a large offset does not swallow the deviation", () => {
  const { std } = statistics(Array.from({ length: 1000 }, (_, i) => 1e8 + (i % 2)));
  assert.ok(Math.abs(std - 0.5) < 1e-6);
});

test("a picture larger than asked is block means of the first entry's last two dimensions", () => {
  const values = Float32Array.from({ length: 2 * 4 * 4 }, (_, i) => i);
  assert.deepEqual(picture(values, [2, 4, 4], 2), {
    rows: 2,
    columns: 2,
    data: Float32Array.of(2.5, 4.5, 10.5, 12.5),
  });
});

test("blocks of a size that does not divide cover every cell once", () => {
  const ones = new Float32Array(7 * 5).fill(1);
  assert.deepEqual(picture(ones, [7, 5], 3).data, new Float32Array(9).fill(1));
  const line = Float32Array.from({ length: 5 }, (_, i) => i);
  assert.deepEqual(picture(line, [5], 2), { rows: 1, columns: 2, data: Float32Array.of(0.5, 3) });
});

test("vectors, scalars, integers and empty values have summaries", () => {
  assert.deepEqual(summarise(float32([], [2])).picture, { rows: 1, columns: 1, data: Float32Array.of(2) });
  assert.deepEqual(summarise(int64([3, 5])).picture.data, Float32Array.of(3, 5));
  assert.deepEqual(summarise(float32([0, 4], [])).picture, { rows: 0, columns: 0, data: new Float32Array() });
});
