import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCell, formatCount, formatEnd, formatNumber, formatShare } from "../../../src/shared/number.ts";

test("measured numbers have three significant digits and a real minus sign", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0"],
    [0.75, "0.750"],
    [6.1579, "6.16"],
    [-6.1579, "−6.16"],
    [49.27, "49.3"],
    [0.00123, "0.00123"],
    [123.4, "123"],
    [1234.5, "1\u2009230"],
    [-98765, "−98\u2009800"],
    [0.000123, "1.23 × 10⁻⁴"],
    [-3.4e38, "−3.40 × 10³⁸"],
    [1_234_567, "1.23 × 10⁶"],
    [999_499, "999\u2009000"],
    [999_999, "1.00 × 10⁶"],
    [Number.POSITIVE_INFINITY, "∞"],
    [Number.NEGATIVE_INFINITY, "−∞"],
    [Number.NaN, "NaN"],
  ];
  for (const [value, text] of cases) assert.equal(formatNumber(value), text, String(value));
});

test("counts are exact", () => {
  assert.equal(formatCount(49152), "49\u2009152");
  assert.equal(formatCount(64), "64");
  assert.equal(formatCount(1234567), "1\u2009234\u2009567");
});

test("shares align at the point", () => {
  assert.equal(formatShare(0.60395), "0.604");
  assert.equal(formatShare(1), "1.000");
});

test("cells say as much as fits", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0.75, ".75"],
    [0.996, "1"],
    [0.004, "0"],
    [-0.5, "−.50"],
    [6.16, "6.2"],
    [-2.04, "−2"],
    [49.3, "49"],
    [12345, "1e4"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ];
  for (const [value, text] of cases) assert.equal(formatCell(value), text, String(value));
});

test("ends of scales drop zeros that say nothing", () => {
  assert.equal(formatEnd(1), "1");
  assert.equal(formatEnd(9.55), "9.55");
  assert.equal(formatEnd(-20), "−20");
});
