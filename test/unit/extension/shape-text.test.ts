import assert from "node:assert/strict";
import { test } from "node:test";
import { initialsText, shapeText } from "../../../src/extension/python/shape-text.ts";
import type { Atom, Size } from "../../../src/shared/size.ts";

const symbol = (name: string): Atom => ({ kind: "symbol", name });
const batch: Size = { poly: [[1, [symbol("batch_size")]]], hint: 3 };
const both: Size = {
  poly: [
    [1, [symbol("past")]],
    [2, [symbol("sequence")]],
  ],
  hint: 18,
};
const cut: Atom = { kind: "floordiv", left: [[1, [symbol("height")]]], right: [[8, []]] };
const patches: Size = { poly: [[1, [symbol("batch_size"), cut, cut]]], hint: 48 };
const found: Size = { poly: [[1, [{ kind: "size", value: 4, axis: 0 }]]], hint: 2 };

test("free sizes are written by name, or as numbers of the trace or of a run", () => {
  assert.equal(shapeText([batch, both, 576], "names"), "(batch, past + 2·sequence, 576)");
  assert.equal(shapeText([batch, both, 576], "sizes"), "(3, 18, 576)");
  const sizes = new Map([
    ["batch_size", 1],
    ["past", 0],
    ["sequence", 9],
  ]);
  assert.equal(shapeText([batch, both, 576], "sizes", new Map(), sizes), "(1, 18, 576)");
});

test("where there is no room, free sizes are written by their initials, which are explained", () => {
  const decoder: Size = { poly: [[1, [symbol("decoder_sequence")]]], hint: 5 };
  assert.equal(shapeText([batch, 4, both, decoder], "initials"), "(B, 4, P + 2·S, DS)");
  const symbols = ["batch_size", "decoder_sequence", "height"].map(name => ({ name, hint: 3, axes: [] }));
  assert.equal(initialsText({ symbols }), "B batch · DS decoder sequence");
});

test("sizes of an image are multiplied out, and what only the data gives is left open", () => {
  assert.equal(shapeText([patches, 24], "names", new Map([["height", 32]])), "(16·batch, 24)");
  assert.equal(shapeText([{ poly: [[1, [cut]]], hint: 4 }], "names"), "(⌊height / 8⌋,)");
  assert.equal(shapeText([found, 4], "names"), "(?, 4)");
  assert.equal(shapeText([], "names"), "()");
});
