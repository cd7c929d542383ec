import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptRows } from "../../../src/runtime/session/kept-rows.ts";
import { numbers } from "../../../src/runtime/session/numbers.ts";

const [HEADS, WIDTH] = [2, 3];

/** Rows of one piece: every number says its token, head and column. */
function piece(first: number, tokens: number, joined: boolean) {
  const values = new Float32Array(HEADS * tokens * WIDTH);
  for (let token = 0; token < tokens; token++)
    for (let head = 0; head < HEADS; head++)
      for (let column = 0; column < WIDTH; column++) {
        const row = joined ? token * HEADS + head : head * tokens + token;
        values[row * WIDTH + column] = 100 * (first + token) + 10 * head + column;
      }
  return { dtype: "float32", shape: [], data: new Uint8Array(values.buffer) } as const;
}

for (const joined of [true, false]) {
  test(`rows of every piece stay in order while the buffer grows, ${joined ? "heads within tokens" : "tokens within heads"}`, () => {
    const rows = new KeptRows(HEADS, WIDTH);
    const pieces = [5, 1, 58, 1, 70, 1];
    let length = 0;
    for (const tokens of pieces) {
      rows.append(piece(length, tokens, joined), tokens, joined);
      length += tokens;
    }
    const { shape } = rows.tensor;
    const [, heads, room, width] = shape as [number, number, number, number];
    assert.deepEqual([heads, width], [HEADS, WIDTH]);
    assert.ok(room >= length && room < length + 64);
    const data = numbers(rows.tensor);
    for (let head = 0; head < HEADS; head++)
      for (let token = 0; token < length; token++)
        for (let column = 0; column < WIDTH; column++)
          assert.equal(data[(head * room + token) * WIDTH + column], 100 * token + 10 * head + column);
  });
}
