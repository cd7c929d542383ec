import assert from "node:assert/strict";
import { test } from "node:test";
import { DTYPES } from "../../../src/shared/dtype.ts";
import { symbolSize } from "../../support/graphs.ts";
import { agree, of, some } from "./support.ts";

test("const of every type, of no elements and of a scalar", async () => {
  for (const dtype of DTYPES) {
    await agree("const", { data: [1, 0, 1, 1] }, [], { output: [dtype, [2, 2]] });
    await agree("const", { data: [1] }, [], { output: [dtype, []] });
    await agree("const", { data: [] }, [], { output: [dtype, [0, 3]] });
  }
  await agree("const", { data: ["Infinity", "-Infinity", "NaN"] }, [], { output: ["float32", [3]] });
  await agree("const", { data: [-(2 ** 63), 2 ** 53] }, [], { output: ["int64", [2]] });
});

test("sizes: a product, a sum, a floor division and a remainder of symbols", async () => {
  const symbols = new Map([
    ["n", 11],
    ["m", 3],
  ]);
  const n = [[1, [{ kind: "symbol", name: "n" }]]] as const;
  const m = [[1, [{ kind: "symbol", name: "m" }]]] as const;
  const product = [...n[0][1], ...m[0][1]];
  const poly = [
    [2, product],
    [-1, n[0][1]],
    [5, []],
  ] as const;
  const expectations = [
    [poly, 2 * 33 - 11 + 5],
    [[], 0],
    [[[1, [{ kind: "floordiv", left: n, right: m }]]], 3],
    [[[1, [{ kind: "mod", left: n, right: m }]]], 2],
    [[[1, [{ kind: "floordiv", left: [[-1, n[0][1]]], right: m }]]], -4],
    [[[1, [{ kind: "mod", left: [[-1, n[0][1]]], right: m }]]], 1],
  ] as const;
  for (const [expression, expected] of expectations) {
    const [value] = await agree("size", { value: { poly: expression, hint: 1 } }, [], { symbols });
    assert.equal(value!.data[0], expected);
  }
});

test("fill and range, fixed and free", async () => {
  const symbols = new Map([["n", 4]]);
  const n = symbolSize("n", 2);
  await agree("fill", { shape: [2, n] }, [of("float32", [], 7)], { symbols });
  await agree("fill", { shape: [0, 2] }, [of("bool", [], 1)]);
  await agree("fill", { shape: [] }, [of("int64", [], 7)]);
  for (const dtype of ["int64", "int32", "float32"] as const) {
    await agree("range", { start: 0, step: 1, count: 5 }, [], { output: [dtype, [5]] });
    await agree("range", { start: 2, step: -3, count: n }, [], { output: [dtype, [4]], symbols });
    await agree("range", { start: n, step: n, count: n }, [], { output: [dtype, [4]], symbols });
    await agree("range", { start: 0, step: 1, count: 0 }, [], { output: [dtype, [0]] });
  }
  await agree("range", { start: 0.5, step: 0.1, count: n }, [], { output: ["float32", [4]], symbols });
  await agree("range", { start: 1, step: 2, count: 20000 }, [], { output: ["int64", [20000]] });
});

test("reshape with no, one and two free sizes, and with empty axes", async () => {
  const symbols = new Map([
    ["n", 2],
    ["m", 3],
    ["none", 0],
  ]);
  const [n, m, none] = [symbolSize("n", 2), symbolSize("m", 5), symbolSize("none", 4)];
  for (const dtype of DTYPES) await agree("reshape", { shape: [6, 2] }, [some(dtype, [2, 3, 2])]);
  await agree("reshape", { shape: [n, 6] }, [some("float32", [4, 3])], { symbols });
  await agree("reshape", { shape: [n, m, 4] }, [some("float32", [6, 4])], { symbols });
  await agree("reshape", { shape: [3, 0, 2] }, [some("float32", [0, 5])]);
  await agree("reshape", { shape: [none, n, 5] }, [some("float32", [0, 5])], { symbols });
  await agree("reshape", { shape: [none, 2, 5] }, [some("float32", [0, 5])], { symbols });
  await agree("reshape", { shape: [] }, [some("float32", [1, 1])]);
  await agree("reshape", { shape: [1, 1] }, [some("float32", [])]);
});

test("permute, expand and tile of every type", async () => {
  const symbols = new Map([["n", 3]]);
  for (const dtype of DTYPES) {
    await agree("permute", { permutation: [2, 0, 1] }, [some(dtype, [2, 3, 4])]);
    await agree("expand", { shape: [2, symbolSize("n", 2), 4] }, [some(dtype, [3, 1])], { symbols });
    await agree("tile", { repeats: [2, symbolSize("n", 2)] }, [some(dtype, [2, 2])], { symbols });
  }
  await agree("permute", { permutation: [] }, [some("float32", [])]);
  await agree("permute", { permutation: [1, 0] }, [some("float32", [0, 3])]);
  await agree("expand", { shape: [3, 0] }, [some("float32", [1, 1])]);
});

test("slice, with steps and free ends", async () => {
  const symbols = new Map([["n", 5]]);
  const n = symbolSize("n", 3);
  for (const dtype of DTYPES) {
    await agree("slice", { dim: 1, start: 1, end: 6, step: 2 }, [some(dtype, [2, 7])]);
  }
  await agree("slice", { dim: 0, start: 1, end: n, step: 1 }, [some("float32", [7, 2])], { symbols });
  await agree("slice", { dim: 0, start: n, end: 7, step: 1 }, [some("float32", [7, 2])], { symbols });
  await agree("slice", { dim: 0, start: 2, end: 2, step: 1 }, [some("float32", [4])]);
});

test("concat of every type, with an empty part", async () => {
  for (const dtype of DTYPES) {
    await agree("concat", { dim: 1 }, [some(dtype, [2, 3]), some(dtype, [2, 0]), some(dtype, [2, 1])]);
  }
  await agree("concat", { dim: 0 }, [some("float32", [2])]);
});

test("pad in every mode, and cropping", async () => {
  for (const dtype of DTYPES) {
    for (const mode of ["constant", "reflect", "replicate", "circular"] as const) {
      await agree("pad", { before: [0, 2], after: [1, 1], mode, value: 1 }, [some(dtype, [2, 3])]);
    }
  }
  await agree("pad", { before: [-1], after: [2], mode: "constant", value: "-Infinity" }, [
    some("float32", [4]),
  ]);
  const free = { before: [symbolSize("n", 2)], after: [0], mode: "constant", value: 0 } as const;
  await agree("pad", free, [some("float32", [3])], { symbols: new Map([["n", 3]]) });
});

test("triangles of every type", async () => {
  for (const dtype of DTYPES) {
    for (const upper of [true, false]) {
      for (const diagonal of [-1, 0, 2]) await agree("trilu", { upper, diagonal }, [some(dtype, [2, 3, 4])]);
    }
  }
  const free = { upper: false, diagonal: symbolSize("n", 2) };
  await agree("trilu", free, [some("float32", [4, 4])], { symbols: new Map([["n", 1]]) });
});

test("gathers of every type", async () => {
  for (const dtype of DTYPES) {
    await agree("gather", { dim: 1 }, [some(dtype, [2, 5, 3]), some("int64", [2, 2], 0, 5)]);
    await agree("gather", { dim: 0 }, [some(dtype, [5, 3]), some("int64", [], 0, 5)]);
    await agree("gather_elements", { dim: 0 }, [some(dtype, [4, 3]), some("int64", [2, 3], 0, 4)]);
    await agree("gather_nd", {}, [some(dtype, [3, 3, 2]), some("int64", [4, 2], 0, 3)]);
  }
  await agree("gather", { dim: 0 }, [some("float32", [5, 3]), some("int64", [0], 0, 5)]);
  await agree("gather_nd", {}, [some("float32", [3, 3]), some("int64", [2, 3, 2], 0, 3)]);
});

test("scatters of every type and reduction", async () => {
  for (const dtype of DTYPES) {
    await agree("scatter_nd", { reduction: "none" }, [
      some(dtype, [4, 2]),
      of("int64", [2, 1], 3, 0),
      some(dtype, [2, 2]),
    ]);
    await agree("scatter_elements", { dim: 1, reduction: "none" }, [
      some(dtype, [2, 4]),
      of("int64", [2, 2], 0, 3, 2, 1),
      some(dtype, [2, 2]),
    ]);
  }
  for (const dtype of ["float32", "int64", "int32"] as const) {
    for (const reduction of ["add", "mul", "min", "max"] as const) {
      const duplicate = of("int64", [3, 1], 1, 1, 0);
      await agree("scatter_nd", { reduction }, [some(dtype, [4, 2]), duplicate, some(dtype, [3, 2])]);
      const index = of("int64", [2, 3], 0, 0, 1, 2, 2, 2);
      await agree("scatter_elements", { dim: 1, reduction }, [
        some(dtype, [2, 4]),
        index,
        some(dtype, [2, 3]),
      ]);
    }
  }
  await agree("scatter_nd", { reduction: "none" }, [
    some("float32", [4]),
    some("int64", [0, 1]),
    some("float32", [0]),
  ]);
});

test("scattered extremes are NaN where one of the numbers is", async () => {
  for (const reduction of ["max", "min"] as const) {
    const updates = of("float32", [4], 5, NaN, -5, 1);
    const index = [0, 1, 0, 2];
    const into = of("float32", [4], 1, 2, 3, NaN);
    const elements = [into, of("int64", [4], ...index), updates];
    const [written] = await agree("scatter_elements", { dim: 0, reduction }, elements);
    assert.deepEqual([...written!.data], reduction === "max" ? [5, NaN, 3, NaN] : [-5, NaN, 1, NaN]);
    await agree("scatter_nd", { reduction }, [into, of("int64", [4, 1], ...index), updates]);
  }
});

test("evaluation refuses an index outside its axis", async () => {
  await assert.rejects(
    agree("gather", { dim: 0 }, [some("float32", [3]), of("int64", [1], 3)]),
    /index 3 is outside an axis of 3/,
  );
});

test("nonzero of every type", async () => {
  for (const dtype of DTYPES) await agree("nonzero", {}, [some(dtype, [3, 4], 0, 2)]);
  await agree("nonzero", {}, [of("bool", [3], 0, 0, 0)]);
});

test("topk: of equal elements the first comes first", async () => {
  for (const dtype of DTYPES.filter(type => type !== "bool")) {
    for (const largest of [true, false]) {
      await agree("topk", { k: 3, dim: 1, largest }, [some(dtype, [2, 6, 2], 0, 9)]);
    }
  }
  const [, indices] = await agree("topk", { k: 3, dim: 0, largest: true }, [of("int64", [4], 5, 7, 7, 5)]);
  assert.deepEqual([...indices!.data], [1, 2, 0]);
  const free = { k: symbolSize("n", 2), dim: 0, largest: false };
  await agree("topk", free, [some("float32", [5])], { symbols: new Map([["n", 5]]) });
});

test("topk: NaN is above all", async () => {
  for (const dtype of ["float32", "float64", "float16", "bfloat16"] as const) {
    const x = of(dtype, [6], 1, Infinity, NaN, -Infinity, NaN, 2);
    for (const [largest, order] of [
      [true, [2, 4, 1, 5, 0, 3]],
      [false, [3, 0, 5, 1, 2, 4]],
    ] as const) {
      const [values, indices] = await agree("topk", { k: 6, dim: 0, largest }, [x]);
      assert.deepEqual([...indices!.data], order);
      assert.deepEqual(
        [...values!.data],
        order.map(i => x.data[i]),
      );
    }
  }
});
