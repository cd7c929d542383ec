import assert from "node:assert/strict";
import { test } from "node:test";
import { mapLines } from "../../../src/shared/line-map.ts";

const map = (before: string, after: string) => [...mapLines(before.split(" "), after.split(" "))];

test("what stays the same at both ends keeps its place, and what was changed has none", () => {
  assert.deepEqual(map("a b c d", "a b c d"), [0, 1, 2, 3]);
  assert.deepEqual(map("a b c d", "a x c d"), [0, -1, 2, 3]);
  assert.deepEqual(map("a b c d", "a b new c d"), [0, 1, 3, 4]);
  assert.deepEqual(map("a b c d", "a d"), [0, -1, -1, 1]);
});

test("between two edits lines are found again, in order", () => {
  assert.deepEqual(map("a b c d e", "x b c d y"), [-1, 1, 2, 3, -1]);
  assert.deepEqual(map("a b same same c e", "x b same same c y"), [-1, 1, 2, 3, 4, -1]);
  const found = map("a b c d e", "x d c b y").filter(line => line >= 0);
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
  );
});
