import assert from "node:assert/strict";
import { test } from "node:test";
import { sharesOf, shownTokens, totalVariation } from "../../../src/runtime/panel/effect.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";

function logits(rows: readonly (readonly number[])[]): Tensor {
  const data = Float32Array.from(rows.flat());
  return { dtype: "float32", shape: [1, rows.length, rows[0]!.length], data: new Uint8Array(data.buffer) };
}

test("the distribution is the softmax of the last row, for logits of any size", () => {
  const distribution = sharesOf(
    logits([
      [9, 9, 9],
      [1000, 1000 + Math.log(2), -1000],
    ]),
  );
  assert.ok(Math.abs(distribution[0]! - 1 / 3) < 1e-4);
  assert.ok(Math.abs(distribution[1]! - 2 / 3) < 1e-4);
  assert.equal(distribution[2], 0);
});

test("total variation is the probability that moved", () => {
  assert.equal(totalVariation(Float64Array.of(0.5, 0.5, 0), Float64Array.of(0.5, 0.5, 0)), 0);
  assert.equal(totalVariation(Float64Array.of(1, 0, 0), Float64Array.of(0, 0, 1)), 1);
  assert.equal(totalVariation(Float64Array.of(0.5, 0.25, 0.25), Float64Array.of(0.25, 0.25, 0.5)), 0.25);
});

test("the likeliest tokens are shown, and the new likeliest one", () => {
  const before = Float64Array.of(0.02, 0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.03);
  assert.deepEqual(shownTokens(before, null), [1, 2, 3, 4, 5, 6]);
  const after = Float64Array.of(0.9, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01);
  assert.deepEqual(shownTokens(before, after), [1, 2, 3, 4, 5, 0]);
});
