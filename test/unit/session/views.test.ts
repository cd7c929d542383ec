import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "../../../src/runtime/primitives/evaluate.ts";
import { fromBytes, toTensor } from "../../../src/runtime/primitives/numbers.ts";
import { LoadedProgram } from "../../../src/runtime/session/program.ts";
import { Views, viewed } from "../../../src/runtime/session/views.ts";
import type { DType, Tensor } from "../../../src/shared/dtype.ts";
import type { Size } from "../../../src/shared/size.ts";
import { seeded } from "../../support/graphs.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";
import { checkpointOf } from "../../support/weights.ts";

const tokens = sequence(7);
const sizes = new Map([["sequence", 5]]);

test("whatever moves or repeats elements is read from what it shows, for every element type", () => {
  for (const dtype of ["float32", "int64", "bool", "float64", "int16"] as const) {
    const { trace, base, values } = chainOf(dtype);
    const random = seeded(3);
    const data = Float64Array.from({ length: 5 * 12 }, () => Math.floor(random() * 2 ** 20));
    const given = { dtype, shape: [5, 12], data: dtype === "bool" ? data.map(x => x % 2) : data };
    const tensor = toTensor(given);
    const known = fromBytes(dtype, tensor.shape, tensor.data);
    const expected = evaluate(trace, new Map([[base, known]]), values, sizes);
    const views = new Views(trace).among([base, ...values], sizes);
    assert.deepEqual([...views.keys()], values);
    for (const [value, view] of views) {
      assert.equal(view.base, base);
      const { shape, data: bytes } = viewed(tensor, view);
      const truth = expected.get(value)!;
      assert.deepEqual(shape, truth.shape);
      assert.deepEqual(fromBytes(dtype, shape, bytes).data, truth.data);
    }
  }
});

test("a view is fetched where what it shows is not, or only the run shows how large it is", () => {
  const { trace, base, values } = chainOf("float32");
  assert.equal(new Views(trace).among(values.slice(1, 2), sizes).size, 0);
  assert.deepEqual([...new Views(trace).among(values.slice(0, 3), sizes).keys()], values.slice(1, 3));
  assert.equal(new Views(trace).among([base, ...values], new Map()).has(values[0]!), false);
});

test("a program gives the same numbers for views whether they are fetched or read", async () => {
  const build = new TraceBuilder();
  const x = build.input("x", [tokens, 4]);
  const product = build.name("product", build.linear(x, "weight", [tokens, 6], 4, 6));
  const heads = build.name(
    "heads",
    build.operation("reshape", [product], { shape: [tokens, 2, 3] }, [tokens, 2, 3]),
  );
  const turned = build.name(
    "turned",
    build.operation("permute", [heads], { permutation: [1, 0, 2] }, [2, tokens, 3]),
  );
  const sum = build.name("sum", build.operation("add", [turned, turned], {}, [2, tokens, 3]));
  build.output("sum", sum);
  const symbols = [{ name: "sequence", hint: 7, axes: [{ input: "x", axis: 0 }] }];
  const trace = { ...build.build(), symbols, parameters: [] };
  const random = seeded(5);
  const weight = {
    dtype: "float32",
    shape: [6, 4],
    data: Float64Array.from({ length: 24 }, random),
  } as const;
  const program = await LoadedProgram.load({
    key: "views",
    trace,
    weights: (await checkpointOf({ weight })).folder,
    providers: ["cpu"],
    purpose: "inspect",
  });
  const data = new Uint8Array(Float32Array.from({ length: 20 }, random).buffer);
  const inputs: Record<string, Tensor> = { x: { dtype: "float32", shape: [5, 4], data } };
  const together = await program.run(inputs, [product, heads, turned, sum]);
  for (const value of [heads, turned]) {
    const alone = (await program.run(inputs, [value])).get(value)!;
    assert.deepEqual({ ...together.get(value)! }, { ...alone });
  }
  await program.dispose();
});

/** Views of views of x[tokens, 12], one after the other. */
function chainOf(dtype: DType) {
  const build = new TraceBuilder();
  const base = build.input("x", [tokens, 12], dtype);
  const values: number[] = [];
  let last = base;
  const then = (...[primitive, attributes, shape]: Link) => {
    last = build.operation(primitive as "reshape", [last], attributes as never, shape, dtype);
    values.push(last);
  };
  then("reshape", { shape: [tokens, 3, 4] }, [tokens, 3, 4]);
  then("permute", { permutation: [1, 0, 2] }, [3, tokens, 4]);
  then("slice", { dim: 2, start: 1, end: 4, step: 2 }, [3, tokens, 2]);
  then("reshape", { shape: [3, 1, tokens, 2] }, [3, 1, tokens, 2]);
  then("expand", { shape: [3, 2, tokens, 2] }, [3, 2, tokens, 2]);
  then("reshape", { shape: [6, tokens, 2] }, [6, tokens, 2]);
  then("slice", { dim: 0, start: 4, end: 6, step: 1 }, [2, tokens, 2]);
  then("reshape", { shape: [2, tokens, 2, 1] }, [2, tokens, 2, 1]);
  return { trace: build.build(), base, values };
}

type Link = readonly [primitive: string, attributes: unknown, shape: readonly Size[]];
