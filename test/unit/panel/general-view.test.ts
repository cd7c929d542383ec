import assert from "node:assert/strict";
import { test } from "node:test";
import { compareGeneral, namedSizes } from "../../../src/runtime/panel/general-view.ts";
import type { GeneralLine } from "../../../src/shared/protocol/component.ts";
import type { Size } from "../../../src/shared/size.ts";

const symbol = (name: string, hint: number): Size => ({ poly: [[1, [{ kind: "symbol", name }]]], hint });

test("sizes are named by what they depend on", () => {
  const [batch, sequence] = [symbol("batch_size", 3), symbol("sequence", 7)];
  assert.deepEqual(namedSizes([batch, sequence, 64], [1, 12, 64]), [
    { name: "token", size: 12 },
    { name: "feature", size: 64 },
  ]);
  assert.deepEqual(namedSizes([batch, 9, sequence, 64], [1, 9, 12, 64]), [
    { name: "heads", size: 9 },
    { name: "token", size: 12 },
    { name: "feature", size: 64 },
  ]);
  assert.deepEqual(namedSizes([batch, sequence, 64], [2, 12, 64])[0], { name: "batch", size: 2 });
  const [height, width] = [symbol("height", 32), symbol("width", 32)];
  assert.deepEqual(namedSizes([batch, 8, height, width], [1, 8, 32, 32]), [
    { name: "axis", size: 8 },
    { name: "height", size: 32 },
    { name: "width", size: 32 },
  ]);
  assert.deepEqual(namedSizes([], []), []);
});

test("lines are compared by id, and only where they differ", () => {
  const line = (id: string, mean: number): GeneralLine => ({
    file: "/a.py",
    line: 1,
    column: 0,
    text: "",
    variable: id,
    id,
    shape: [],
    dtype: "float32",
    statistics: { mean, std: 1, min: 0, max: 2, count: 4, zeros: 0, notFinite: 0 },
    picture: { rows: 0, columns: 0, data: new Float32Array() },
    previous: null,
  });
  const now = { kind: "general" as const, lines: [line("a", 1), line("b", 2), line("c", 3)] };
  const earlier = { kind: "general" as const, lines: [line("b", 5), line("a", 1)] };
  assert.deepEqual(
    compareGeneral(now, earlier).lines.map(each => each.previous?.mean ?? null),
    [null, 5, null],
  );
});
