import assert from "node:assert/strict";
import { test } from "node:test";
import { BLOCK, LAYOUT } from "../../../src/runtime/models/layout.ts";
import { addedProducts } from "../../../src/runtime/onnx/fused/added-products.ts";
import { joinedProducts } from "../../../src/runtime/onnx/fused/joined-products.ts";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { decodeModel } from "../../../src/runtime/onnx/schema.ts";
import { fill, type Numbers } from "../../../src/runtime/primitives/numbers.ts";
import { digitsAreExact } from "../../../src/runtime/session/digits.ts";
import { RANDOM_BLOCKS, storedAs } from "../../support/few-bits.ts";
import { runGraph, seeded, TraceBuilder } from "../../support/graphs.ts";
import { checkpointOf } from "../../support/weights.ts";

const random = seeded(11);
const [ROWS, COLUMNS] = [6, 3 * BLOCK];

const fourBits = () => RANDOM_BLOCKS.q4_1(ROWS, COLUMNS, random);
const eightBits = () => RANDOM_BLOCKS.q8_0(ROWS, COLUMNS, random);

async function both(kind: "q4_1" | "q8_0", build: (builder: TraceBuilder, weight: number) => number) {
  const blocks = RANDOM_BLOCKS[kind](ROWS, COLUMNS, random);
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const output = build(builder, weight);
  const trace = builder.trace({ output });
  const stored = storedAs("w", kind, blocks);
  const quantised = lower(trace, await checkpointOf(stored, LAYOUT), { outputs: [output] });
  const plain = lower(trace, await checkpointOf({ w: blocks.matrix }), { outputs: [output] });
  const feeds = Object.fromEntries(
    plain.inputs.map(({ name, dtype, shape }) => [
      name,
      fill(dtype, shape as number[], () =>
        dtype === "int64" ? Math.floor(ROWS * random()) : random() - 0.5,
      ),
    ]),
  );
  const actual = (await runGraph(quantised, feeds)).get(output)!;
  const expected = (await runGraph(plain, feeds)).get(output)!;
  assert.deepEqual(actual.shape, expected.shape);
  const scale = Math.max(...expected.data.map(Math.abs));
  const error = Math.max(...actual.data.map((x, i) => Math.abs(x - expected.data[i]!))) / scale;
  const operators = decodeModel(quantised.bytes).graph.node.map(node => node.opType);
  return { error, operators };
}

const linear = (shape: readonly number[]) => (builder: TraceBuilder, weight: number) => {
  const x = builder.leaf("input", "x", "float32", [...shape, COLUMNS]);
  const bias = builder.leaf("input", "bias", "float32", [ROWS]);
  const y = builder.apply("linear", {}, [x, weight, bias], ["float32", [...shape, ROWS]]);
  const z = builder.apply("linear", {}, [x, weight, null], ["float32", [...shape, ROWS]]);
  return builder.apply("add", {}, [y, z], ["float32", [...shape, ROWS]]);
};

for (const shape of [[4], [2, 3], [1, 2, 3]]) {
  test(`linear over 4 bits equals the float one, for inputs of rank ${shape.length + 1}`, async () => {
    const { error, operators } = await both("q4_1", linear(shape));
    assert.ok(error < 1e-6, `relative error ${error}`);
    assert.equal(operators.filter(name => name === "MatMulNBits").length, 2);
    // both products share the sums of their input's blocks
    assert.equal(operators.filter(name => name === "ReduceSum").length, 1);
  });

  test(`linear over 8 bits equals the float one, for inputs of rank ${shape.length + 1}`, async () => {
    const { error, operators } = await both("q8_0", linear(shape));
    assert.ok(error < 1e-6, `relative error ${error}`);
    assert.equal(operators.filter(name => name === "MatMulNBits").length, 4);
  });
}

const embedding = (builder: TraceBuilder, weight: number) => {
  const ids = builder.leaf("input", "ids", "int64", [2, 5]);
  return builder.apply("gather", { dim: 0 }, [weight, ids], ["float32", [2, 5, COLUMNS]]);
};

test("rows of 8 bits are unpacked as they are gathered, exactly", async () => {
  const { error, operators } = await both("q8_0", embedding);
  assert.equal(error, 0);
  assert.deepEqual(operators, ["GatherBlockQuantized"]);
});

test("rows of 4 bits", async () => {
  assert.ok((await both("q4_1", embedding)).error < 1e-6);
});

for (const kind of ["q4_1", "q8_0"] as const) {
  test(`any other use of ${kind} sees the matrix itself`, async () => {
    const { error } = await both(kind, (builder, weight) => {
      const scaled = builder.apply("mul", {}, [weight, weight], ["float32", [ROWS, COLUMNS]]);
      return builder.apply("permute", { permutation: [1, 0] }, [scaled], ["float32", [COLUMNS, ROWS]]);
    });
    assert.ok(error < 1e-6, `relative error ${error}`);
  });
}

test("an intervention at a weight acts on the matrix itself", async () => {
  const blocks = fourBits();
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [1, COLUMNS]);
  const y = builder.apply("linear", {}, [x, weight, null], ["float32", [1, ROWS]]);
  const stored = storedAs("w", "q4_1", blocks);
  const graph = lower(builder.trace({ y }), await checkpointOf(stored, LAYOUT), {
    outputs: [y],
    interventions: [{ value: weight, axes: [0], kind: "constant" }],
  });
  const feeds: Record<string, Numbers> = { x: fill("float32", [1, COLUMNS], () => 1) };
  for (const { name, dtype, source } of graph.inputs) {
    if (source.kind === "control")
      feeds[name] = fill(dtype, [], () => (source.control.part === "index" ? 2 : 0));
  }
  const results = await runGraph(graph, feeds);
  results.get(y)!.data.forEach((actual, row) => {
    const sum = blocks.matrix.data.subarray(row * COLUMNS, (row + 1) * COLUMNS).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(actual - (row === 2 ? 0 : sum)) < 1e-3, `row ${row}: ${actual}`);
  });
});

test("int8 activations are near to the lossless product, and only where weights are of few bits", async () => {
  const blocks = fourBits();
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [2, COLUMNS]);
  const output = builder.apply("linear", {}, [x, weight, null], ["float32", [2, ROWS]]);
  const trace = builder.trace({ output });
  const stored = storedAs("w", "q4_1", blocks);
  const weights = await checkpointOf(stored, LAYOUT);
  const fast = lower(trace, weights, { outputs: [output], arithmetic: "int8" });
  const exact = lower(trace, weights, { outputs: [output] });
  const plain = lower(trace, await checkpointOf({ w: blocks.matrix }), {
    outputs: [output],
    arithmetic: "int8",
  });
  assert.deepEqual(
    [fast, exact, plain].map(({ activations }) => activations),
    ["int8", "float32", "float32"],
  );
  const feeds = { x: fill("float32", [2, COLUMNS], () => random() - 0.5) };
  const [rounded, expected] = [
    (await runGraph(fast, feeds)).get(output)!,
    (await runGraph(exact, feeds)).get(output)!,
  ];
  const error = Math.max(...rounded.data.map((value, i) => Math.abs(value - expected.data[i]!)));
  const scale = Math.max(...expected.data.map(Math.abs));
  assert.ok(error > 0 && error < 0.02 * scale, `${error} of ${scale}`);
});

test("products of one input are joined, before anything uses them, and give the same", async () => {
  const names = ["gate", "up", "other"];
  const stored = Object.assign({}, ...names.map(name => storedAs(name, "q4_1", fourBits())));
  const bias = fill("float32", [ROWS], () => random());
  const weights = await checkpointOf({ ...stored, bias }, LAYOUT);
  const builder = new TraceBuilder();
  const [gate, up, other] = names.map(name => builder.leaf("parameter", name, "float32", [ROWS, COLUMNS]));
  const added = builder.leaf("parameter", "bias", "float32", [ROWS]);
  const x = builder.leaf("input", "x", "float32", [1, 2, COLUMNS]);
  const linear = (weight: number, bias: number | null = null) =>
    builder.apply("linear", {}, [x, weight, bias], ["float32", [1, 2, ROWS]]);
  const gated = builder.apply("sigmoid", {}, [linear(gate!)], ["float32", [1, 2, ROWS]]);
  const output = builder.apply("mul", {}, [gated, linear(up!, added)], ["float32", [1, 2, ROWS]]);
  const apart = linear(other!);
  const trace = builder.trace({ output, apart });

  const graphs = [[], joinedProducts(trace, weights, new Set([apart]))].map(fusions =>
    lower(trace, weights, { outputs: [output, apart], fusions }),
  );
  const products = graphs.map(
    ({ bytes }) => decodeModel(bytes).graph.node.filter(({ opType }) => opType === "MatMulNBits").length,
  );
  assert.deepEqual(products, [3, 2]);
  const feeds = { x: fill("float32", [1, 2, COLUMNS], () => random() - 0.5) };
  const [expected, actual] = [await runGraph(graphs[0]!, feeds), await runGraph(graphs[1]!, feeds)];
  for (const value of [output, apart]) {
    actual.get(value)!.data.forEach((number, i) => {
      assert.ok(Math.abs(number - expected.get(value)!.data[i]!) < 1e-5, `${value}: element ${i}`);
    });
  }
});

test("over 8 bits too, one product with int8 activations is near to the lossless two", async () => {
  const blocks = eightBits();
  const stored = storedAs("w", "q8_0", blocks);
  const weights = await checkpointOf(stored, LAYOUT);
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [2, COLUMNS]);
  const output = builder.apply("linear", {}, [x, weight, null], ["float32", [2, ROWS]]);
  const trace = builder.trace({ output });
  const feeds = { x: fill("float32", [2, COLUMNS], () => random() - 0.5) };
  const [fast, exact] = (["int8", "float32"] as const).map(arithmetic =>
    lower(trace, weights, { outputs: [output], arithmetic }),
  );
  const [rounded, expected] = [await runGraph(fast!, feeds), await runGraph(exact!, feeds)].map(
    values => values.get(output)!.data,
  );
  const error = Math.max(...rounded!.map((value, i) => Math.abs(value - expected![i]!)));
  const scale = Math.max(...expected!.map(Math.abs));
  assert.ok(error > 0 && error < 0.02 * scale, `${error} of ${scale}`);
});

for (const kind of ["q4_1", "q8_0"] as const) {
  test(`a product over ${kind} is as exact digit by digit as in float32`, {
    skip: !(await digitsAreExact()) && "this processor's kernels round in another way",
  }, async () => {
    const blocks = RANDOM_BLOCKS[kind](ROWS, COLUMNS, random);
    const { matrix } = blocks;
    const weights = await checkpointOf(storedAs("w", kind, blocks), LAYOUT);
    const builder = new TraceBuilder();
    const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
    const x = builder.leaf("input", "x", "float32", [1, 3, COLUMNS]);
    const output = builder.apply("linear", {}, [x, weight, null], ["float32", [1, 3, ROWS]]);
    const trace = builder.trace({ output });
    const graph = lower(trace, weights, { outputs: [output], arithmetic: "digits" });
    const products = decodeModel(graph.bytes).graph.node.filter(({ opType }) => opType === "MatMulNBits");
    assert.ok(
      products.every(({ attribute }) =>
        attribute.some(({ name, i }) => name === "accuracy_level" && Number(i) === 4),
      ),
    );
    assert.equal(graph.activations, "float32");
    const lastAlone = lower(trace, weights, {
      outputs: [output],
      lastPositions: new Set([output]),
      arithmetic: "digits",
    });
    assert.deepEqual([graph.byDigits, lastAlone.byDigits], [true, false]);

    // Numbers of every size within a block, and a block of zeros.
    const feeds = {
      x: fill("float32", [1, 3, COLUMNS], i =>
        i % COLUMNS < BLOCK ? 0 : (random() - 0.5) * 10 ** Math.floor(6 * random() - 3),
      ),
    };
    const actual = (await runGraph(graph, feeds)).get(output)!;
    assert.deepEqual(actual.shape, [1, 3, ROWS]);
    const weightsSize = Math.max(...matrix.data.map(Math.abs));
    for (let n = 0; n < 3; n++) {
      const row = feeds.x.data.subarray(n * COLUMNS, (n + 1) * COLUMNS);
      const size = Math.max(...row.map(Math.abs)) * weightsSize;
      for (let r = 0; r < ROWS; r++) {
        const expected = row.reduce((sum, number, k) => sum + number * matrix.data[r * COLUMNS + k]!, 0);
        const number = actual.data[n * ROWS + r]!;
        const error = Math.abs(number - expected) / size;
        assert.ok(error < 5e-7, `row ${n}, ${r}: ${number} for ${expected}, ${error}`);
      }
    }

    // What is no number stays none: it must not look like an answer.
    feeds.x.data[2 * COLUMNS + BLOCK] = Number.NaN;
    const lost = (await runGraph(graph, feeds)).get(output)!;
    assert.ok(lost.data.slice(2 * ROWS).every(Number.isNaN), lost.data.join());
    assert.ok(lost.data.slice(0, 2 * ROWS).every(Number.isFinite), lost.data.join());
  });
}

test("a product and the residual stream that it is added to are one sum, and give the same", async () => {
  const stored = storedAs("w", "q4_1", fourBits());
  const weights = await checkpointOf(stored, LAYOUT);
  const builder = new TraceBuilder();
  const shape = [1, 2, ROWS];
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [1, 2, COLUMNS]);
  const residual = builder.leaf("input", "residual", "float32", shape);
  const alone = builder.apply("linear", {}, [x, weight, null], ["float32", shape]);
  const output = builder.apply("add", {}, [residual, alone], ["float32", shape]);
  const seen = builder.apply("linear", {}, [x, weight, null], ["float32", shape]);
  const after = builder.apply("add", {}, [seen, residual], ["float32", shape]);
  const trace = builder.trace({ output, seen, after });
  const outputs = [output, seen, after];

  const graphs = [[], addedProducts(trace, weights, new Set([seen]))].map(fusions =>
    lower(trace, weights, { outputs, fusions }),
  );
  const count = (operator: string) =>
    graphs.map(
      ({ bytes }) => decodeModel(bytes).graph.node.filter(({ opType }) => opType === operator).length,
    );
  assert.deepEqual(
    [count("Add"), count("Sum")],
    [
      [4, 2],
      [0, 1],
    ],
  );
  const feeds = {
    x: fill("float32", [1, 2, COLUMNS], () => random() - 0.5),
    residual: fill("float32", shape, () => random() - 0.5),
  };
  const [expected, actual] = [await runGraph(graphs[0]!, feeds), await runGraph(graphs[1]!, feeds)];
  for (const value of outputs) assert.deepEqual(actual.get(value), expected.get(value));
});
