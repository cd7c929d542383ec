import assert from "node:assert/strict";
import { test } from "node:test";
import { BLOCK, LAYOUT, partName } from "../../../src/runtime/models/layout.ts";
import { addedProducts } from "../../../src/runtime/onnx/fused/added-products.ts";
import { joinedProducts } from "../../../src/runtime/onnx/fused/joined-products.ts";
import { lastProducts } from "../../../src/runtime/onnx/fused/last-product.ts";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { decodeModel } from "../../../src/runtime/onnx/schema.ts";
import { fill, type Numbers } from "../../../src/runtime/primitives/numbers.ts";
import { digitsAreExact } from "../../../src/runtime/session/digits.ts";
import { runGraph, seeded, TraceBuilder } from "../../support/graphs.ts";
import { checkpointOf } from "../../support/weights.ts";

const random = seeded(11);
const [ROWS, COLUMNS] = [6, 3 * BLOCK];
const GROUPS = COLUMNS / BLOCK;

/** Scales as a GGUF file has them: exact in half precision. */
const scales = fill("float32", [ROWS, GROUPS], () => Math.round(1 + 60 * random()) / 512);

/** Nibble pairs in the order of the layout. */
function packed(nibble: (element: number) => number): Numbers {
  const bytes = [ROWS, GROUPS, BLOCK / 2];
  return fill("uint8", bytes, i => nibble(2 * i) + 16 * nibble(2 * i + 1));
}

function fourBits() {
  const quants = fill("uint8", [ROWS, COLUMNS], () => Math.floor(16 * random()));
  const minima = fill("float32", [ROWS, GROUPS], () => -Math.round(200 * random()) / 256);
  const matrix = fill("float32", [ROWS, COLUMNS], i => {
    const block = Math.floor(i / BLOCK);
    return scales.data[block]! * quants.data[i]! + minima.data[block]!;
  });
  const offsets = fill("float32", [GROUPS, ROWS], i => {
    const block = (i % ROWS) * GROUPS + Math.floor(i / ROWS);
    return minima.data[block]! + 8 * scales.data[block]!;
  });
  return { matrix, parts: { quants: packed(i => quants.data[i]!), scales, offsets } };
}

function eightBits() {
  const quants = fill("uint8", [ROWS, COLUMNS], () => Math.floor(256 * random()));
  const matrix = fill("float32", [ROWS, COLUMNS], i => {
    return scales.data[Math.floor(i / BLOCK)]! * (quants.data[i]! - 128);
  });
  const parts = {
    quants,
    scales,
    high: packed(i => quants.data[i]! >> 4),
    low: packed(i => quants.data[i]! & 15),
    scales16: fill("float32", scales.shape, i => 16 * scales.data[i]!),
  };
  return { matrix, parts };
}

async function both(kind: "q4_1" | "q8_0", build: (builder: TraceBuilder, weight: number) => number) {
  const { matrix, parts } = kind === "q4_1" ? fourBits() : eightBits();
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const output = build(builder, weight);
  const trace = builder.trace({ output });
  const stored = Object.fromEntries(
    Object.entries(parts).map(([suffix, numbers]) => [partName("w", kind, suffix), numbers]),
  );
  const blocks = lower(trace, await checkpointOf(stored, LAYOUT), { outputs: [output] });
  const plain = lower(trace, await checkpointOf({ w: matrix }), { outputs: [output] });
  const feeds = Object.fromEntries(
    plain.inputs.map(({ name, dtype, shape }) => [
      name,
      fill(dtype, shape as number[], () =>
        dtype === "int64" ? Math.floor(ROWS * random()) : random() - 0.5,
      ),
    ]),
  );
  const actual = (await runGraph(blocks, feeds)).get(output)!;
  const expected = (await runGraph(plain, feeds)).get(output)!;
  assert.deepEqual(actual.shape, expected.shape);
  const scale = Math.max(...expected.data.map(Math.abs));
  const error = Math.max(...actual.data.map((x, i) => Math.abs(x - expected.data[i]!))) / scale;
  const operators = decodeModel(blocks.bytes).graph.node.map(node => node.opType);
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
  const { matrix, parts } = fourBits();
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [1, COLUMNS]);
  const y = builder.apply("linear", {}, [x, weight, null], ["float32", [1, ROWS]]);
  const stored = Object.fromEntries(
    Object.entries(parts).map(([suffix, numbers]) => [partName("w", "q4_1", suffix), numbers]),
  );
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
    const sum = matrix.data.subarray(row * COLUMNS, (row + 1) * COLUMNS).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(actual - (row === 2 ? 0 : sum)) < 1e-3, `row ${row}: ${actual}`);
  });
});

test("int8 activations are near to the lossless product, and only where weights are of few bits", async () => {
  const { matrix, parts } = fourBits();
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [2, COLUMNS]);
  const output = builder.apply("linear", {}, [x, weight, null], ["float32", [2, ROWS]]);
  const trace = builder.trace({ output });
  const stored = Object.fromEntries(
    Object.entries(parts).map(([suffix, numbers]) => [partName("w", "q4_1", suffix), numbers]),
  );
  const weights = await checkpointOf(stored, LAYOUT);
  const fast = lower(trace, weights, { outputs: [output], activations: "int8" });
  const exact = lower(trace, weights, { outputs: [output] });
  const plain = lower(trace, await checkpointOf({ w: matrix }), { outputs: [output], activations: "int8" });
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
  const parts = { gate: fourBits().parts, up: fourBits().parts, other: fourBits().parts };
  const stored = Object.fromEntries(
    Object.entries(parts).flatMap(([name, tensors]) =>
      Object.entries(tensors).map(([suffix, numbers]) => [partName(name, "q4_1", suffix), numbers]),
    ),
  );
  const bias = fill("float32", [ROWS], () => random());
  const weights = await checkpointOf({ ...stored, bias }, LAYOUT);
  const builder = new TraceBuilder();
  const [gate, up, other] = Object.keys(parts).map(name =>
    builder.leaf("parameter", name, "float32", [ROWS, COLUMNS]),
  );
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
  const { parts } = eightBits();
  const stored = Object.fromEntries(
    Object.entries(parts).map(([suffix, numbers]) => [partName("w", "q8_0", suffix), numbers]),
  );
  const weights = await checkpointOf(stored, LAYOUT);
  const builder = new TraceBuilder();
  const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
  const x = builder.leaf("input", "x", "float32", [2, COLUMNS]);
  const output = builder.apply("linear", {}, [x, weight, null], ["float32", [2, ROWS]]);
  const trace = builder.trace({ output });
  const feeds = { x: fill("float32", [2, COLUMNS], () => random() - 0.5) };
  const [fast, exact] = (["int8", "float32"] as const).map(activations =>
    lower(trace, weights, { outputs: [output], activations }),
  );
  const [rounded, expected] = [await runGraph(fast!, feeds), await runGraph(exact!, feeds)].map(
    values => values.get(output)!.data,
  );
  const error = Math.max(...rounded!.map((value, i) => Math.abs(value - expected![i]!)));
  const scale = Math.max(...expected!.map(Math.abs));
  assert.ok(error > 0 && error < 0.02 * scale, `${error} of ${scale}`);
});

for (const [kind, { matrix, parts }] of Object.entries({ q4_1: fourBits(), q8_0: eightBits() })) {
  test(`the last position's product over ${kind} is as exact digit by digit as in float32`, {
    skip: !(await digitsAreExact()) && "this processor's kernels round in another way",
  }, async () => {
    const stored = Object.fromEntries(
      Object.entries(parts).map(([suffix, numbers]) => [
        partName("w", kind as "q4_1" | "q8_0", suffix),
        numbers,
      ]),
    );
    const weights = await checkpointOf(stored, LAYOUT);
    const builder = new TraceBuilder();
    const weight = builder.leaf("parameter", "w", "float32", [ROWS, COLUMNS]);
    const x = builder.leaf("input", "x", "float32", [1, 3, COLUMNS]);
    const output = builder.apply("linear", {}, [x, weight, null], ["float32", [1, 3, ROWS]]);
    const trace = builder.trace({ output });
    const lastPositions = new Set([output]);
    const graph = lower(trace, weights, {
      outputs: [output],
      lastPositions,
      fusions: lastProducts(trace, weights, lastPositions),
    });
    const products = decodeModel(graph.bytes).graph.node.filter(({ opType }) => opType === "MatMulNBits");
    assert.ok(
      products.every(({ attribute }) =>
        attribute.some(({ name, i }) => name === "accuracy_level" && Number(i) === 4),
      ),
    );
    assert.equal(graph.activations, "float32");

    // Numbers of every size within a block, and a block of zeros.
    const feeds = {
      x: fill("float32", [1, 3, COLUMNS], i =>
        i % COLUMNS < BLOCK ? 0 : (random() - 0.5) * 10 ** Math.floor(6 * random() - 3),
      ),
    };
    const row = feeds.x.data.subarray(2 * COLUMNS);
    const products64 = Array.from({ length: ROWS }, (_, r) =>
      row.reduce((sum, number, k) => sum + number * matrix.data[r * COLUMNS + k]!, 0),
    );
    const actual = (await runGraph(graph, feeds)).get(output)!;
    assert.deepEqual(actual.shape, [1, 1, ROWS]);
    const size = Math.max(...row.map(Math.abs)) * Math.max(...matrix.data.map(Math.abs));
    actual.data.forEach((number, r) => {
      const error = Math.abs(number - products64[r]!) / size;
      assert.ok(error < 5e-7, `row ${r}: ${number} for ${products64[r]}, ${error}`);
    });

    // What is no number stays none: it must not look like an answer.
    feeds.x.data[2 * COLUMNS + BLOCK] = Number.NaN;
    const lost = (await runGraph(graph, feeds)).get(output)!;
    assert.ok(lost.data.every(Number.isNaN), lost.data.join());
  });
}

test("a product and the residual stream that it is added to are one sum, and give the same", async () => {
  const stored = Object.fromEntries(
    Object.entries(fourBits().parts).map(([suffix, numbers]) => [partName("w", "q4_1", suffix), numbers]),
  );
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
