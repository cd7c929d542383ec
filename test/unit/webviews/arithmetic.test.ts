import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttentionDocument, AttentionRole, Figure } from "../../../src/shared/protocol/component.ts";
import {
  cellArithmetic,
  largestWeights,
  norm,
} from "../../../src/webviews/component/views/attention/arithmetic.ts";
import { headOf, headThumbnails } from "../../../src/webviews/component/views/attention/figures.ts";
import { isInverseRoot } from "../../../src/webviews/component/views/attention/roles.ts";

const TOKENS = ["a", "b", "c"].map((text, id) => ({ id, text }));

/** One of `heads` heads. */
function figure(
  role: AttentionRole,
  [head, heads]: readonly [number, number],
  columns: number,
  all: readonly number[],
): Figure {
  const data = all.slice(head * 3 * columns, (head + 1) * 3 * columns);
  return {
    role,
    id: role,
    value: role,
    headAxis: 1,
    dtype: "float32",
    shape: [],
    heads,
    rows: 3,
    columns,
    data: Float32Array.from(data).buffer,
    statistics: { mean: 0, std: 0, min: 0, max: 0, count: 0, zeros: 0, notFinite: 0 },
    extent: { end: 1, largest: 1 },
    previous: null,
    place: null,
  };
}

/** One of two query heads that share one key head; causal. */
function document(shown = 0): AttentionDocument {
  const query = [1, 0, 0, 1, 1, 1, 2, 0, 0, 2, 2, 2];
  const key = [1, 2, 3, 4, 5, 6];
  const [scores, scaled, masked, weights]: number[][] = [[], [], [], []];
  const hidden: number[] = [];
  for (let head = 0; head < 2; head++)
    for (let row = 0; row < 3; row++) {
      const exponentials: number[] = [];
      for (let column = 0; column < 3; column++) {
        const dot =
          query[head * 6 + row * 2]! * key[column * 2]! +
          query[head * 6 + row * 2 + 1]! * key[column * 2 + 1]!;
        scores!.push(dot);
        scaled!.push(dot * 0.5);
        masked!.push(column > row ? -3e38 : dot * 0.5);
        hidden.push(column > row ? 1 : 0);
        exponentials.push(column > row ? 0 : Math.exp(dot * 0.5));
      }
      const sum = exponentials.reduce((a, b) => a + b, 0);
      weights!.push(...exponentials.map(each => each / sum));
    }
  return {
    kind: "attention",
    attention: "self",
    heads: 2,
    keyValueHeads: 1,
    headDimension: 2,
    scale: 0.5,
    queryTokens: TOKENS,
    keyTokens: TOKENS,
    head: shown,
    hidden: Uint8Array.from(hidden.slice(shown * 9, shown * 9 + 9)).buffer,
    thumbnails: { rows: 1, columns: 2, data: Float32Array.of(1, Number.NaN, 0.5, 0.25).buffer },
    figures: [
      figure("query", [shown, 2], 2, query),
      figure("key", [0, 1], 2, key),
      figure("scores", [shown, 2], 3, scores!),
      figure("scaled", [shown, 2], 3, scaled!),
      figure("masked", [shown, 2], 3, masked!),
      figure("weights", [shown, 2], 3, weights!),
    ],
    ablated: [],
    softmaxInput: "masked",
    maskLift: null,
  };
}

test("a cell's numbers follow from one another", () => {
  const { dot, score, scaled, masked, hidden, exponential, weight } = cellArithmetic(document(1), {
    row: 2,
    column: 1,
  });
  assert.equal(dot, 2 * 3 + 2 * 4);
  assert.equal(score, 14);
  assert.equal(scaled, 7);
  assert.equal(masked, 7);
  assert.equal(hidden, false);
  assert.ok(Math.abs(exponential.own / exponential.sum - weight) < 1e-6);
  assert.ok(Math.abs(exponential.own - Math.exp(7)) < 1e-6);
});

test("the sum leaves out what the mask hides", () => {
  const { exponential, weight, hidden } = cellArithmetic(document(), { row: 0, column: 0 });
  assert.equal(exponential.own, exponential.sum);
  assert.equal(weight, 1);
  assert.equal(hidden, false);
  assert.equal(cellArithmetic(document(), { row: 0, column: 2 }).hidden, true);
});

test("query heads find the key head that they share", () => {
  for (const shown of [document(0), document(1)]) {
    assert.equal(headOf(shown.figures[0]!, shown), shown.head);
    assert.equal(headOf(shown.figures[1]!, shown), 0);
  }
});

test("every head is there small; a block that the mask hides whole is marked", () => {
  const [first, second] = headThumbnails(document());
  assert.deepEqual([...first!.hidden!], [0, 1]);
  assert.equal(first!.data[0], 1);
  assert.deepEqual([...second!.data], [0.5, 0.25]);
  assert.deepEqual([...second!.hidden!], [0, 0]);
});

test("the largest weights come first and those that round to nothing not at all", () => {
  const largest = largestWeights(document(1), 2, 3);
  assert.equal(largest[0]!.key, 2);
  assert.ok(largest.every(({ weight }, i) => i === 0 || weight <= largest[i - 1]!.weight));
  assert.deepEqual(
    largestWeights(document(0), 0, 3).map(({ key }) => key),
    [0],
  );
});

test("lengths and inverse roots", () => {
  assert.equal(norm(Float32Array.of(3, 4)), 5);
  assert.equal(isInverseRoot(0.125, 64), true);
  assert.equal(isInverseRoot(0.125, 32), false);
});
