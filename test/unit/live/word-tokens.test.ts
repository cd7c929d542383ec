import assert from "node:assert/strict";
import { test } from "node:test";
import { vocabularySize, WordTokens, words } from "../../../src/runtime/live/word-tokens.ts";
import type { Trace } from "../../../src/shared/trace.ts";

/** A trace in which ids look up a table of `rows` rows. */
const trace = (rows: number) =>
  ({
    values: [
      { dtype: "float32", shape: [rows, 4], leaf: { kind: "parameter", name: "embed.weight" } },
      { dtype: "int64", shape: [1, 7], leaf: { kind: "input", name: "input_ids" } },
      { dtype: "float32", shape: [1, 7, 4] },
    ],
    modules: [],
    calls: [],
    named: [],
    operations: [{ primitive: "gather", inputs: [0, 1], outputs: [2], attributes: { dim: 0 }, call: null }],
  }) as unknown as Trace;

test("a text is cut into words, numbers and marks, and nothing of it is lost", () => {
  assert.deepEqual(words("It didn't cost 35."), ["It", " didn", "'", "t", " cost", " 35", "."]);
  for (const text of ["  two  spaces\n", "한국어 문장입니다.", "😀 ok", ""])
    assert.equal(words(text).join(""), text);
});

test("equal words have equal ids, different ones different ids, and ids are read back", () => {
  const tokens = new WordTokens(trace(300));
  const pieces = tokens.tokenize("the cat and the dog");
  const [the, cat, , again] = pieces;
  assert.equal(the!.id, again!.id);
  assert.notEqual(the!.id, cat!.id);
  assert.deepEqual(tokens.decode([cat!.id, 200]), [
    { id: cat!.id, text: " cat" },
    { id: 200, text: "#200" },
  ]);
});

test("ids stay inside the table that they look up", () => {
  assert.equal(vocabularySize(trace(5)), 5);
  const pieces = new WordTokens(trace(5)).tokenize("a b c d e f g h");
  assert.ok(pieces.every(({ id }) => id >= 0 && id < 5));
});
