import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, toleranceOf } from "../../../src/runtime/compare/difference.ts";
import { int64 } from "../../../src/runtime/session/numbers.ts";
import { float32 } from "../session/tiny-trace.ts";

const of = (actual: number[], expected: number[]) =>
  differenceOf(float32([actual.length], actual), float32([expected.length], expected));

test("the largest difference is measured against the size of what is expected", () => {
  assert.deepEqual(of([3, 4], [3, 4]), { absolute: 0, relative: 0 });
  const { absolute, relative } = of([3, 5], [3, 4]);
  assert.equal(absolute, 1);
  assert.equal(relative, 1 / 4);
  assert.ok(Math.abs(of([3.5, 4], [3, 4]).relative - 0.5 / Math.sqrt(12.5)) < 1e-12);
  assert.deepEqual(of([0.5], [0]), { absolute: 0.5, relative: 0.5 });
  assert.deepEqual(of([], []), { absolute: 0, relative: 0 });
});

test("what masks neither differs nor hides what does", () => {
  const mask = -3.4e38;
  assert.equal(of([mask, 1], [Number.NEGATIVE_INFINITY, 1]).absolute, 0);
  assert.ok(of([mask, 1.5], [mask, 1]).relative === 0.5);
  assert.equal(of([-mask, 1], [mask, 1]).absolute > 1e38, true);
  assert.equal(of([0, 1], [mask, 1]).absolute > 1e38, true);
});

test("a number where none is expected is infinitely far, and two that are none are the same", () => {
  assert.equal(of([Number.NaN], [1]).relative, Infinity);
  assert.equal(of([1], [Number.NaN]).relative, Infinity);
  assert.equal(of([Number.NaN], [Number.NaN]).relative, 0);
});

test("whole numbers have to be equal, and other sizes are refused", () => {
  const apart = differenceOf(int64([1, 2]), int64([1, 3]));
  assert.equal(apart.absolute, 1);
  assert.ok(apart.relative > toleranceOf("int64"));
  assert.throws(() => differenceOf(int64([1]), int64([1, 2])), RangeError);
});
