import assert from "node:assert/strict";
import { test } from "node:test";
import { valueAt } from "../../../src/extension/python/value-at.ts";
import type { NamedValue, Place, Trace } from "../../../src/shared/trace.ts";

const file = "/w/m.py";
const place = (line: number, endLine: number, name: string): Place => ({
  file: 0,
  line,
  endLine,
  column: 8,
  endColumn: 20,
  function: name,
});

/** Two layers that run the same forward, and a helper with a variable of the same name. */
const places = [
  place(10, 10, "Attention.forward"), // query = …
  place(12, 14, "Attention.forward"), // scores = (… over three lines …)
  place(13, 13, "Attention.forward"), // an inner assignment
  place(20, 20, "rotate"), // query = …
  place(16, 16, "Attention.forward"), // query = query * 2
];
const named = (module: number, variable: string, at: number, id: string): NamedValue => ({
  id,
  value: 0,
  module,
  variable,
  place: at,
  stack: [],
});
const trace: Pick<Trace, "files" | "places" | "modules" | "named"> = {
  files: [{ path: file, sha256: "" }],
  places,
  modules: ["", "layers.0", "layers.1"].map(path => ({ path, class: "C", classPlace: null, place: null })),
  named: [1, 2].flatMap(module => [
    named(module, "query", 0, `${module}:query#0`),
    named(module, "scores", 1, `${module}:scores#0`),
    named(module, "inner", 2, `${module}:inner#0`),
    named(module, "query", 3, `${module}:rotated`),
    named(module, "query", 4, `${module}:query#1`),
  ]),
};

const at = (line: number, word: string, shown = "layers.1") =>
  valueAt(trace as Trace, { file, line, column: 8, word }, shown)?.id ?? null;

test("a variable where it is assigned, of the module that a panel shows", () => {
  assert.equal(at(10, "query"), "2:query#0");
  assert.equal(at(10, "query", "layers.0"), "1:query#0");
});

test("a variable where it is used is the one that was assigned last before, in the same function", () => {
  assert.equal(at(13, "query"), "2:query#0");
  assert.equal(at(16, "query"), "2:query#1");
  assert.equal(at(17, "query"), "2:query#1");
  assert.equal(at(20, "query"), "2:rotated");
});

test("any other name gives what the innermost statement assigns", () => {
  assert.equal(at(12, "matmul"), "2:scores#0");
  assert.equal(at(13, "softmax"), "2:inner#0");
});

test("nothing where nothing was computed", () => {
  assert.equal(at(5, "query"), null);
  assert.equal(
    valueAt(trace as Trace, { file: "/w/other.py", line: 10, column: 8, word: "query" }, ""),
    null,
  );
});

test("without the shown module, the one inside it, else the first that ran", () => {
  assert.equal(at(10, "query", "layers.1.attention"), "2:query#0");
  assert.equal(at(10, "query", "head"), "1:query#0");
});
