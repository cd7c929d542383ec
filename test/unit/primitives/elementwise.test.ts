import assert from "node:assert/strict";
import { test } from "node:test";
import { erf } from "../../../src/runtime/primitives/erf.ts";
import { fill } from "../../../src/runtime/primitives/numbers.ts";
import { DTYPES, type DType } from "../../../src/shared/dtype.ts";
import { agree, of, some } from "./support.ts";

const FLOATS = ["float32", "float64", "float16"] as const;
const INTEGERS = ["uint8", "int8", "int16", "int32", "int64"] as const;
/** Types that ONNX narrows to float32 where it has no wider kernel. */
const LOOSE = { tolerance: 3e-6 };

for (const name of [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "exp",
  "sin",
  "cos",
  "tan",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "sigmoid",
  "erf",
  "relu",
  "silu",
  "softplus",
  "reciprocal",
] as const) {
  test(`${name} of floats, of no elements and of a scalar`, async () => {
    for (const dtype of FLOATS) {
      // tan is steep near π/2
      const [low, high] = name === "tan" ? [-1, 1] : [-3, 3];
      await agree(name, {}, [some(dtype, [3, 4], low, high)], LOOSE);
      await agree(name, {}, [some(dtype, [2, 0])]);
      await agree(name, {}, [some(dtype, [], low, high)], LOOSE);
    }
  });
}

for (const name of ["neg", "abs", "sign", "floor", "ceil", "round", "relu"] as const) {
  test(`${name} of integers`, async () => {
    for (const dtype of INTEGERS) {
      if (dtype === "uint8" && name === "neg") continue;
      await agree(name, {}, [some(dtype, [9], dtype === "uint8" ? 0 : -5, 9)]);
    }
  });
}

test("log, roots and inverse functions inside their domains", async () => {
  for (const dtype of FLOATS) {
    for (const name of ["log", "sqrt", "rsqrt"] as const) {
      await agree(name, {}, [some(dtype, [7], 0.1, 9)], LOOSE);
    }
    for (const name of ["asin", "acos"] as const) await agree(name, {}, [some(dtype, [7], -1, 1)], LOOSE);
  }
});

test("round goes to even", async () => {
  const [rounded] = await agree("round", {}, [of("float32", [6], -2.5, -1.5, -0.5, 0.5, 1.5, 2.5)]);
  assert.deepEqual([...rounded!.data].map(Math.abs), [2, 2, 0, 0, 2, 2]);
});

test("gelu, exact and by tanh", async () => {
  for (const approximate of ["none", "tanh"] as const) {
    await agree("gelu", { approximate }, [some("float32", [50], -6, 6)], LOOSE);
  }
});

test("the error function agrees with tabulated values", () => {
  // Abramowitz & Stegun, table 7.1
  const table = [
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
  ] as const;
  for (const [x, expected] of table) {
    assert.ok(Math.abs(erf(x) - expected) < 1e-14, `erf(${x}) is ${erf(x)}`);
    assert.equal(erf(-x), -erf(x));
  }
});

test("not, isnan and isinf", async () => {
  await agree("not", {}, [some("bool", [9])]);
  for (const dtype of FLOATS) {
    const x = of(dtype, [5], Number.NaN, Infinity, -Infinity, 0, 1);
    const [nan] = await agree("isnan", {}, [x]);
    assert.deepEqual([...nan!.data], [1, 0, 0, 0, 0]);
    const [infinite] = await agree("isinf", {}, [x]);
    assert.deepEqual([...infinite!.data], [0, 1, 1, 0, 0]);
  }
});

test("cast between every pair of types", async () => {
  for (const from of DTYPES) {
    for (const to of DTYPES) {
      const low = to === "uint8" || from === "uint8" ? 0 : -3;
      await agree("cast", { to }, [some(from, [6], low, 5)]);
    }
  }
});

for (const name of ["add", "sub", "mul", "maximum", "minimum"] as const) {
  test(`${name} of every number type, broadcast`, async () => {
    for (const dtype of [...FLOATS, ...INTEGERS]) {
      await agree(name, {}, [some(dtype, [3, 1, 2], 1, 5), some(dtype, [4, 1], 0, 2)]);
      await agree(name, {}, [some(dtype, [3, 0]), some(dtype, [])]);
      await agree(name, {}, [some(dtype, []), some(dtype, [])]);
    }
  });
}

test("uint8 and int8 wrap", async () => {
  const [sum] = await agree("add", {}, [of("uint8", [1], 250), of("uint8", [1], 10)]);
  assert.equal(sum!.data[0], 4);
  const [product] = await agree("mul", {}, [of("int8", [1], 100), of("int8", [1], 2)]);
  assert.equal(product!.data[0], -56);
});

test("division and powers", async () => {
  for (const dtype of FLOATS) {
    await agree("div", {}, [some(dtype, [4]), some(dtype, [4], 1, 3)]);
    await agree("pow", {}, [some(dtype, [4], 0.1, 3), some(dtype, [4])], LOOSE);
  }
  for (const dtype of INTEGERS) await agree("pow", {}, [some(dtype, [4], 0, 4), some(dtype, [4], 0, 3)]);
});

test("powers of integers wrap around; negative ones are 0 but of 1 and −1", async () => {
  const bases = [3, -7, 2, 10, 0, 0, 1, -1, -1, 5];
  const exponents = [41, 33, 63, 19, 0, -1, -5, -3, 63, -1];
  const [power] = await agree("pow", {}, [of("int64", [10], ...bases), of("int64", [10], ...exponents)]);
  const wrapped = (base: bigint, exponent: bigint) => Number(BigInt.asIntN(64, base ** exponent));
  assert.deepEqual(
    [...power!.data],
    [wrapped(3n, 41n), wrapped(-7n, 33n), -(2 ** 63), wrapped(10n, 19n), 1, 0, 1, -1, -1, 0],
  );
  await agree("pow", {}, [of("int8", [3], 3, -5, 2), of("int8", [3], 4, 3, 7)]);
  await agree("pow", {}, [of("uint8", [2], 3, 200), of("uint8", [2], 5, 2)]);
});

test("reals divided by 0 and by ∞, rounded down", async () => {
  for (const dtype of ["float32", "float64"] as const) {
    const operands = [of(dtype, [6], 1, -1, 0, 1, -1, NaN), of(dtype, [6], 0, 0, 0, Infinity, Infinity, 1)];
    const [quotient] = await agree("floordiv", {}, operands);
    assert.deepEqual([...quotient!.data], [Infinity, -Infinity, NaN, 0, -1, NaN]);
  }
});

test("floor division and remainder follow Python in every sign", async () => {
  const signs = [7, -7, 7, -7, 6, -6, 0];
  const divisors = [2, 2, -2, -2, 3, 3, 5];
  for (const dtype of ["int8", "int16", "int32", "int64", ...FLOATS] as const) {
    const operands = [of(dtype, [7], ...signs), of(dtype, [7], ...divisors)];
    const [quotient] = await agree("floordiv", {}, operands);
    assert.deepEqual(
      [...quotient!.data].map(x => x + 0),
      [3, -4, -4, 3, 2, -2, 0],
    );
    const [rest] = await agree("mod", {}, operands);
    assert.deepEqual(
      [...rest!.data].map(x => x + 0),
      [1, 1, -1, -1, 0, 0, 0],
    );
  }
  await agree("mod", {}, [some("float32", [20]), some("float32", [20], 0.3, 2)]);
  await agree("floordiv", {}, [some("float32", [20]), some("float32", [20], 0.3, 2)]);
  await agree("floordiv", {}, [some("uint8", [8], 0, 99), some("uint8", [8], 1, 9)]);
});

for (const name of ["eq", "ne", "lt", "le", "gt", "ge"] as const) {
  test(`${name} of every type`, async () => {
    for (const dtype of DTYPES) {
      await agree(name, {}, [some(dtype, [3, 5], 0, 3), some(dtype, [5], 0, 3)]);
      await agree(name, {}, [some(dtype, []), some(dtype, [0])]);
    }
  });
}

test("NaN equals nothing", async () => {
  const nan = of("float32", [1], Number.NaN);
  for (const name of ["eq", "lt", "ge"] as const) {
    const [result] = await agree(name, {}, [nan, nan]);
    assert.equal(result!.data[0], 0);
  }
});

test("boolean and bitwise operations", async () => {
  for (const name of ["and", "or", "xor"] as const) {
    await agree(name, {}, [some("bool", [8]), some("bool", [2, 8])]);
  }
  for (const dtype of INTEGERS) {
    const low = dtype === "uint8" ? 0 : -20;
    for (const name of ["bitand", "bitor", "bitxor"] as const) {
      await agree(name, {}, [some(dtype, [16], low, 20), some(dtype, [16], low, 20)]);
    }
    await agree("shiftleft", {}, [some(dtype, [8], 0, 5), some(dtype, [8], 0, 4)]);
    await agree("shiftright", {}, [some(dtype, [8], low, 40), some(dtype, [8], 0, 4)]);
  }
});

test("where selects among every type, broadcast", async () => {
  for (const dtype of DTYPES as readonly DType[]) {
    await agree("where", {}, [some("bool", [3, 1]), some(dtype, [4]), some(dtype, [])]);
    await agree("where", {}, [some("bool", [0]), some(dtype, [1]), some(dtype, [0])]);
  }
  const infinite = fill("float32", [3], () => -Infinity);
  await agree("where", {}, [of("bool", [3], 1, 0, 1), infinite, some("float32", [3])]);
});
