import assert from "node:assert/strict";
import { test } from "node:test";
import { DTYPES } from "../../../src/shared/dtype.ts";
import { agree, of, some } from "./support.ts";

const FLOATS = ["float32", "float64", "bfloat16"] as const;

test("reductions of floats over one axis, several and none", async () => {
  for (const dtype of FLOATS) {
    for (const kind of ["sum", "mean", "max", "min", "prod"] as const) {
      for (const keepdim of [true, false]) {
        await agree("reduce", { kind, dims: [1], keepdim }, [some(dtype, [2, 3, 4])]);
        await agree("reduce", { kind, dims: [0, 2], keepdim }, [some(dtype, [2, 3, 4])]);
      }
      await agree("reduce", { kind, dims: [], keepdim: false }, [some(dtype, [])]);
    }
    await agree("reduce", { kind: "sum", dims: [0], keepdim: false }, [some(dtype, [0, 3])]);
    await agree("reduce", { kind: "prod", dims: [0], keepdim: true }, [some(dtype, [0, 3])]);
  }
});

test("reductions of integers and booleans", async () => {
  for (const dtype of ["int64", "int32"] as const) {
    for (const kind of ["sum", "max", "min", "prod"] as const) {
      await agree("reduce", { kind, dims: [1], keepdim: false }, [some(dtype, [3, 4])]);
    }
  }
  for (const dtype of ["bool", "uint8", "int8", "int16"] as const) {
    for (const kind of ["max", "min"] as const) {
      await agree("reduce", { kind, dims: [0], keepdim: false }, [some(dtype, [3, 4], 0, 9)]);
    }
  }
});

test("the first of equal extremes", async () => {
  for (const dtype of DTYPES) {
    for (const kind of ["max", "min"] as const) {
      for (const keepdim of [true, false]) {
        await agree("arg", { kind, dim: 1, keepdim }, [some(dtype, [3, 5], 0, 3)]);
      }
    }
  }
  const [first] = await agree("arg", { kind: "max", dim: 0, keepdim: false }, [of("float32", [3], 1, 4, 4)]);
  assert.equal(first!.data[0], 1);
});

test("extremes are NaN where one is, and the place is that of the first", async () => {
  const lines = [1, NaN, Infinity, 4, 5, 6, -Infinity, Infinity, 2, NaN, 3, NaN];
  for (const dtype of FLOATS) {
    const x = of(dtype, [4, 3], ...lines);
    for (const [kind, extremes, places] of [
      ["max", [NaN, 6, Infinity, NaN], [1, 2, 1, 0]],
      ["min", [NaN, 4, -Infinity, NaN], [1, 0, 0, 0]],
    ] as const) {
      const [extreme] = await agree("reduce", { kind, dims: [1], keepdim: false }, [x]);
      assert.deepEqual([...extreme!.data], extremes);
      for (const keepdim of [true, false]) {
        const [place] = await agree("arg", { kind, dim: 1, keepdim }, [x]);
        assert.deepEqual([...place!.data], places);
      }
      await agree("arg", { kind, dim: 0, keepdim: true }, [of(dtype, [2, 1], NaN, 1)]);
    }
  }
});

test("cumulative sums of every number type", async () => {
  for (const dtype of DTYPES.filter(type => type !== "bool")) {
    await agree("cumsum", { dim: 1 }, [some(dtype, [2, 5], 0, 4)]);
    await agree("cumsum", { dim: 0 }, [some(dtype, [0])]);
  }
});

test("softmax and its logarithm, of a masked row and of a scalar", async () => {
  for (const name of ["softmax", "log_softmax"] as const) {
    for (const dtype of FLOATS) {
      await agree(name, { dim: 1 }, [some(dtype, [2, 5, 3])]);
      await agree(name, { dim: 0 }, [some(dtype, [])]);
    }
  }
  const masked = of("float32", [1, 3], 1, -Infinity, 2);
  const [weights] = await agree("softmax", { dim: 1 }, [masked]);
  assert.equal(weights!.data[1], 0);
});

test("layer normalisation with and without its weights", async () => {
  for (const dtype of FLOATS) {
    for (const axes of [1, 2]) {
      const shape = [3, 4].slice(-axes);
      const x = some(dtype, [2, 3, 4]);
      const [weight, bias] = [some(dtype, shape), some(dtype, shape)];
      const attributes = { axes, epsilon: 1e-5 };
      await agree("layer_norm", attributes, [x, weight, bias], { tolerance: 1e-5 });
      await agree("layer_norm", attributes, [x, weight, null], { tolerance: 1e-5 });
      await agree("layer_norm", attributes, [x, null, null], { tolerance: 1e-5 });
    }
  }
});

test("matrix products, batched and broadcast, of every type that multiplies", async () => {
  for (const dtype of [...FLOATS, "int32", "int64", "int8"] as const) {
    await agree("matmul", {}, [some(dtype, [3, 4]), some(dtype, [4, 2])]);
    await agree("matmul", {}, [some(dtype, [2, 1, 3, 4]), some(dtype, [5, 4, 2])]);
  }
  await agree("matmul", {}, [some("float32", [0, 4]), some("float32", [4, 2])]);
  await agree("matmul", {}, [some("float32", [2, 0]), some("float32", [0, 3])]);
  await assert.rejects(
    agree("matmul", {}, [some("float32", [2, 3]), some("float32", [2, 3])]),
    /do not multiply/,
  );
});

test("linear maps, with and without bias, of inputs of any rank", async () => {
  for (const dtype of FLOATS) {
    for (const shape of [[4], [3, 4], [2, 3, 4], [0, 4]]) {
      await agree("linear", {}, [some(dtype, shape), some(dtype, [5, 4]), some(dtype, [5])]);
      await agree("linear", {}, [some(dtype, shape), some(dtype, [5, 4]), null]);
    }
  }
});

test("einsum: product, outer product, transpose and sum", async () => {
  for (const dtype of ["float32", "float64", "int64"] as const) {
    await agree("einsum", { equation: "bij,bjk->bik" }, [some(dtype, [2, 3, 4]), some(dtype, [2, 4, 5])]);
    await agree("einsum", { equation: "i,j->ij" }, [some(dtype, [3]), some(dtype, [4])]);
    await agree("einsum", { equation: "ij->ji" }, [some(dtype, [3, 4])]);
    await agree("einsum", { equation: "ij,ij->" }, [some(dtype, [3, 4]), some(dtype, [3, 4])]);
  }
});

test("grouped products, with an expert that has no rows", async () => {
  for (const dtype of FLOATS) {
    const x = some(dtype, [6, 3]);
    await agree("grouped_mm", {}, [x, some(dtype, [4, 3, 2]), of("int32", [4], 2, 2, 5, 6)]);
  }
});

test("convolutions in one, two and three dimensions", async () => {
  const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };
  const x = some("float32", [2, 4, 6, 5]);
  const tolerance = { tolerance: 1e-5 };
  await agree("conv", plain, [x, some("float32", [3, 4, 2, 3]), null], tolerance);
  const bent = { strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 2], groups: 2 };
  await agree("conv", bent, [x, some("float32", [6, 2, 3, 2]), some("float32", [6])], tolerance);
  const line = { strides: [2], pads: [1, 1], dilations: [1], groups: 1 };
  await agree("conv", line, [some("float64", [1, 2, 7]), some("float64", [3, 2, 3]), null], tolerance);
  const volume = { strides: [1, 2, 1], pads: [0, 1, 0, 0, 1, 0], dilations: [1, 1, 1], groups: 1 };
  await agree(
    "conv",
    volume,
    [some("float32", [1, 2, 3, 4, 3]), some("float32", [2, 2, 2, 2, 2]), null],
    tolerance,
  );
});

test("transposed convolutions", async () => {
  const x = some("float32", [2, 4, 3, 5]);
  const tolerance = { tolerance: 1e-5 };
  const plain = { strides: [2, 1], pads: [1, 0, 0, 1], dilations: [1, 2], groups: 1, outputPadding: [1, 0] };
  await agree("conv_transpose", plain, [x, some("float32", [4, 3, 3, 2]), some("float32", [3])], tolerance);
  await agree("conv_transpose", { ...plain, groups: 2 }, [x, some("float32", [4, 3, 3, 2]), null], tolerance);
  const line = { strides: [3], pads: [0, 0], dilations: [1], groups: 1, outputPadding: [0] };
  await agree(
    "conv_transpose",
    line,
    [some("float64", [1, 2, 4]), some("float64", [2, 3, 3]), null],
    tolerance,
  );
});

test("pooling: the last window of ceil mode, padding counted or not", async () => {
  const base = { kernel: [3, 2], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] };
  for (const ceilMode of [false, true]) {
    for (const countIncludePad of [false, true]) {
      for (const size of [5, 6, 7]) {
        const x = some("float32", [1, 2, size, size]);
        const attributes = { ...base, ceilMode, countIncludePad };
        await agree("pool", { ...attributes, kind: "max" }, [x]);
        await agree("pool", { ...attributes, kind: "average" }, [x]);
      }
    }
  }
  const line = { kernel: [3], strides: [2], pads: [0, 0], ceilMode: false, countIncludePad: true };
  await agree("pool", { ...line, kind: "max", dilations: [2] }, [some("float64", [1, 2, 9])]);
  await agree("pool", { ...line, kind: "average", dilations: [1] }, [some("float64", [1, 2, 9])]);
});

test("resizing in every mode, up and down", async () => {
  for (const mode of ["nearest", "nearest-exact", "linear", "cubic"] as const) {
    for (const sizes of [
      [7, 9],
      [3, 2],
      [1, 1],
    ]) {
      const x = some("float32", [1, 2, 5, 4]);
      const attributes = { mode, sizes, scales: null, alignCorners: false, antialias: false };
      await agree("resize", attributes, [x], { tolerance: 1e-5 });
      if (mode === "linear" || mode === "cubic") {
        await agree("resize", { ...attributes, alignCorners: true }, [x], { tolerance: 1e-5 });
        await agree("resize", { ...attributes, antialias: true }, [x], { tolerance: 1e-4 });
      }
    }
    const scaled = { mode, sizes: [7, 10], scales: [1.5, 2.5], alignCorners: false, antialias: false };
    await agree("resize", scaled, [some("float32", [1, 2, 5, 4])], { tolerance: 1e-5 });
  }
  for (const dtype of ["float64", "uint8"] as const) {
    const attributes = {
      mode: "nearest",
      sizes: [8],
      scales: [2],
      alignCorners: false,
      antialias: false,
    } as const;
    await agree("resize", attributes, [some(dtype, [1, 2, 4], 0, 9)]);
  }
});
