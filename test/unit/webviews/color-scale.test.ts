import assert from "node:assert/strict";
import { test } from "node:test";
import { extentOf } from "../../../src/shared/extent.ts";
import { sequentialScale, signedScale } from "../../../src/webviews/kit/color-scale.ts";

const PALETTE = { neutral: "#1e1e1e", negative: "#0000ff", positive: "#ff8800", strong: "#9ecbff" };

test("zero is the editor's background, the ends are the hues", () => {
  const scale = signedScale(extentOf([-2, -1, 0, 1, 2]), PALETTE);
  assert.deepEqual(scale.rgb(0), [30, 30, 30]);
  assert.deepEqual(scale.rgb(scale.domain[0]), [0, 0, 255]);
  assert.deepEqual(scale.rgb(scale.domain[1]), [255, 136, 0]);
  assert.equal(scale.domain[0], -scale.domain[1]);
});

test("signed scales are centred on zero even where all values are positive", () => {
  const { domain } = signedScale(extentOf([3, 4, 5]), PALETTE);
  assert.equal(domain[0], -domain[1]);
});

test("values beyond the 99th percentile share the last colour, and the scale says so", () => {
  const values = [...Array.from({ length: 999 }, (_, i) => i / 999), 1000];
  const scale = signedScale(extentOf(values), PALETTE);
  assert.equal(scale.clipped, true);
  assert.ok(scale.domain[1] < 1.01);
  assert.deepEqual(scale.rgb(1000), scale.rgb(scale.domain[1]));
  assert.deepEqual(scale.rgb(-1000), scale.rgb(scale.domain[0]));
});

test("weights go from the background to one hue", () => {
  const values = Array.from({ length: 500 }, (_, i) => (i < 10 ? 1 : 0.1));
  const scale = sequentialScale(extentOf(values), PALETTE);
  assert.deepEqual(scale.domain, [0, 1]);
  assert.equal(scale.clipped, false);
  assert.deepEqual(scale.rgb(0), [30, 30, 30]);
  assert.deepEqual(scale.rgb(1), [158, 203, 255]);
});

test("nothing to measure, or nothing finite, still gives a scale", () => {
  for (const values of [[], [0, 0], [Number.NaN, Number.POSITIVE_INFINITY]]) {
    const scale = signedScale(extentOf(values), PALETTE);
    assert.deepEqual(scale.domain, [-1, 1]);
    assert.equal(scale.clipped, false);
    assert.deepEqual(scale.rgb(Number.NaN), scale.rgb(0));
  }
});
