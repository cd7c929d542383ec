import assert from "node:assert/strict";
import { test } from "node:test";
import { vocabularySize, withWordTokens, words } from "../../../src/extension/component/word-tokens.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";

/** A trace in which ids look up a table of `rows` rows. */
const trace = (rows: number) =>
  ({
    values: [
      { dtype: "float32", shape: [rows, 4], leaf: { kind: "parameter", name: "embed.weight" } },
      { dtype: "int64", shape: [1, 7], leaf: { kind: "input", name: "input_ids" } },
      { dtype: "float32", shape: [1, 7, 4] },
    ],
    operations: [{ primitive: "gather", inputs: [0, 1], outputs: [2], attributes: { dim: 0 }, call: null }],
  }) as unknown as LiveModel["trace"];

const model = (rows: number) => ({ trace: trace(rows) }) as unknown as LiveModel;

test("a text is cut into words, numbers and marks, and nothing of it is lost", () => {
  assert.deepEqual(words("It didn't cost 35."), ["It", " didn", "'", "t", " cost", " 35", "."]);
  for (const text of ["  two  spaces\n", "한국어 문장입니다.", "😀 ok", ""])
    assert.equal(words(text).join(""), text);
});

test("equal words have equal ids, different ones different ids, and ids are read back", async () => {
  const tokens = withWordTokens(model(300));
  const pieces = await tokens.tokenize("the cat and the dog");
  const [the, cat, , again] = pieces;
  assert.equal(the!.id, again!.id);
  assert.notEqual(the!.id, cat!.id);
  assert.deepEqual(await tokens.decode([cat!.id, 200]), [
    { id: cat!.id, text: " cat" },
    { id: 200, text: "#200" },
  ]);
});

test("ids stay inside the table that they look up", async () => {
  assert.equal(vocabularySize(trace(5)), 5);
  const pieces = await withWordTokens(model(5)).tokenize("a b c d e f g h");
  assert.ok(pieces.every(({ id }) => id >= 0 && id < 5));
});
