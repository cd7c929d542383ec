import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { decodeModel } from "../../../src/runtime/onnx/schema.ts";
import { evaluate } from "../../../src/runtime/primitives/evaluate.ts";
import { fill } from "../../../src/runtime/primitives/numbers.ts";
import { openCheckpointWeights } from "../../../src/runtime/weights/checkpoint-weights.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { NO_WEIGHTS, runGraph, seeded, symbolSize, TraceBuilder } from "../../support/graphs.ts";
import { checkpointOf, temporaryFolder } from "../../support/weights.ts";

const random = seeded(7);
const noise = (shape: readonly number[]) => fill("float32", shape, () => random() - 0.5);

/** gelu(x · Wᵀ + b), then a sum over the rows divided by their number. */
function network() {
  const builder = new TraceBuilder();
  const n = builder.symbol("n", 7, "x", 0);
  const x = builder.leaf("input", "x", "float32", [n, 4]);
  const weight = builder.leaf("parameter", "lin.weight", "float32", [3, 4]);
  const bias = builder.leaf("parameter", "lin.bias", "float32", [3]);
  builder.enter("lin", "Linear");
  const hidden = builder.apply("linear", {}, [x, weight, bias], ["float32", [n, 3]]);
  builder.enter("");
  const active = builder.apply("gelu", { approximate: "none" }, [hidden], ["float32", [n, 3]]);
  const sum = builder.apply("reduce", { kind: "sum", dims: [0], keepdim: false }, [active], ["float32", [3]]);
  const count = builder.apply("size", { value: n }, [], ["int64", []]);
  const real = builder.apply("cast", { to: "float32" }, [count], ["float32", []]);
  const mean = builder.apply("div", {}, [sum, real], ["float32", [3]]);
  return { builder, x, hidden, active, sum, mean, trace: builder.trace({ mean }) };
}

const WEIGHTS = { "lin.weight": noise([3, 4]), "lin.bias": noise([3]) };

/** What the trace gives by evaluation. */
function evaluated({ trace }: ReturnType<typeof network>, x: ReturnType<typeof noise>) {
  const given = new Map(
    trace.values.flatMap(({ leaf }, i) =>
      leaf ? [[i, leaf.kind === "input" ? x : WEIGHTS[leaf.name as keyof typeof WEIGHTS]] as const] : [],
    ),
  );
  const outputs = trace.outputs.map(({ value }) => value);
  return evaluate(trace, given, outputs, new Map([["n", x.shape[0]!]]));
}

function assertClose(actual: Float64Array, expected: Float64Array, about = ""): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((x, i) => {
    assert.ok(Math.abs(x - expected[i]!) < 1e-5, `${about}[${i}] is ${x}, not ${expected[i]}`);
  });
}

test("one graph serves every size, with weights at their place in the file", async () => {
  const net = network();
  const weights = await checkpointOf(WEIGHTS);
  const graph = lower(net.trace, weights, { outputs: [net.mean, net.hidden] });
  assert.deepEqual(
    graph.inputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
    [["x", "float32", ["n", 4]]],
  );
  for (const n of [1, 2, 9]) {
    const x = noise([n, 4]);
    const results = await runGraph(graph, { x });
    const expected = evaluated(net, x);
    for (const value of [net.mean, net.hidden]) {
      assertClose(results.get(value)!.data, expected.get(value)!.data, String(value));
    }
  }
});

test("nodes carry the module and the call they come from", async () => {
  const net = network();
  const graph = lower(net.trace, await checkpointOf(WEIGHTS), { outputs: [net.active] });
  const names = decodeModel(graph.bytes).graph.node.map(node => node.name.replace(/#\d+$/, ""));
  assert.ok(names.includes("lin/linear/MatMul"), names.join());
  assert.ok(names.includes("gelu/Gelu"), names.join());
});

test("only what the outputs rest on is lowered, up to given values", async () => {
  const net = network();
  const graph = lower(net.trace, NO_WEIGHTS, { inputs: [net.active], outputs: [net.sum] });
  assert.deepEqual(
    graph.inputs.map(({ source }) => source),
    [{ kind: "value", value: net.active }],
  );
  assert.equal(graph.nodeCount, 1);
  const results = await runGraph(graph, { [graph.inputs[0]!.name]: fill("float32", [2, 3], i => i) });
  assert.deepEqual([...results.get(net.sum)!.data], [3, 5, 7]);
});

test("a size that no input shows is an input itself", async () => {
  const net = network();
  const graph = lower(net.trace, NO_WEIGHTS, { inputs: [net.sum], outputs: [net.mean] });
  const symbol = graph.inputs.find(({ source }) => source.kind === "symbol")!;
  assert.deepEqual([symbol.dtype, symbol.shape], ["int64", []]);
  const given = graph.inputs.find(({ source }) => source.kind === "value")!;
  const results = await runGraph(graph, {
    [symbol.name]: fill("int64", [], () => 4),
    [given.name]: fill("float32", [3], () => 10),
  });
  assert.deepEqual([...results.get(net.mean)!.data], [2.5, 2.5, 2.5]);
});

test("an input that is an output as well, and outputs that are one tensor", async () => {
  const builder = new TraceBuilder();
  const x = builder.leaf("input", "x", "float32", [2]);
  const half = builder.apply("cast", { to: "float16" }, [x], ["float16", [2]]);
  const trace = builder.trace({ half });
  const graph = lower(trace, NO_WEIGHTS, { outputs: [x, half] });
  const results = await runGraph(graph, { x: fill("float32", [2], i => i + 1) });
  assert.deepEqual([...results.get(x)!.data], [1, 2]);
  assert.deepEqual([...results.get(half)!.data], [1, 2]);
});

test("a tied weight is found under its other name", async () => {
  const builder = new TraceBuilder();
  const x = builder.leaf("input", "x", "float32", [1, 4]);
  const head = builder.leaf("parameter", "head.weight", "float32", [3, 4]);
  const y = builder.apply("linear", {}, [x, head, null], ["float32", [1, 3]]);
  const parameters = [
    {
      name: "embed.weight",
      shape: [3, 4],
      dtype: "float32",
      place: null,
      aliases: ["head.weight"],
      kind: "parameter",
    } as const,
  ];
  const trace = builder.trace({ y }, { parameters });
  const weights = await checkpointOf({ "embed.weight": fill("float32", [3, 4], i => i) });
  const results = await runGraph(lower(trace, weights, { outputs: [y] }), {
    x: fill("float32", [1, 4], () => 1),
  });
  assert.deepEqual([...results.get(y)!.data], [6, 22, 38]);
});

test("weights in half precision are widened as they are loaded", async () => {
  const builder = new TraceBuilder();
  const x = builder.leaf("input", "x", "float32", [1, 2]);
  const weight = builder.leaf("parameter", "w", "float32", [1, 2]);
  const y = builder.apply("linear", {}, [x, weight, null], ["float32", [1, 1]]);
  // 1.5 and −2: a bfloat16 is the upper half of a float32, a float16 has 5 bits of exponent
  const halves = { bfloat16: [0x3fc0, 0xc000], float16: [0x3e00, 0xc000] } as const;
  for (const [dtype, words] of Object.entries(halves)) {
    const folder = temporaryFolder();
    const data = new Uint8Array(Uint16Array.from(words).buffer);
    const tensors = new Map([["w", { dtype: dtype as keyof typeof halves, shape: [1, 2], data }]]);
    await writeTensors(join(folder, "model.safetensors"), tensors);
    const graph = lower(builder.trace({ y }), await openCheckpointWeights(folder), { outputs: [y] });
    const results = await runGraph(graph, { x: fill("float32", [1, 2], i => 10 ** i) });
    assert.deepEqual([...results.get(y)!.data], [-18.5], dtype);
  }
});

test("sizes that depend on data: rows where a mask holds, as many as they are", async () => {
  const builder = new TraceBuilder();
  const mask = builder.leaf("input", "mask", "bool", [5]);
  const found = builder.values.length;
  const count = { poly: [[1, [{ kind: "size", value: found, axis: 0 }]]], hint: 2 } as const;
  builder.apply("nonzero", {}, [mask], ["int64", [count, 1]]);
  const first = { poly: [[1, [{ kind: "item", value: found, index: 0 }]]], hint: 1 } as const;
  const one = builder.apply("size", { value: first }, [], ["int64", []]);
  const ones = builder.apply("fill", { shape: [count, 2] }, [one], ["int64", [count, 2]]);
  const trace = builder.trace({ ones });
  const given = fill("bool", [5], i => i % 2);
  const results = await runGraph(lower(trace, NO_WEIGHTS, { outputs: [ones] }), { mask: given });
  assert.deepEqual(results.get(ones)!.shape, [2, 2]);
  assert.deepEqual([...results.get(ones)!.data], [1, 1, 1, 1]);
  assert.deepEqual(evaluate(trace, new Map([[mask, given]]), [ones], new Map()).get(ones), results.get(ones));
});

test("evaluation names a leaf or a size that is not given", () => {
  const net = network();
  assert.throws(() => evaluate(net.trace, new Map(), [net.hidden], new Map()), /x is not given/);
  const sum = new Map([[net.sum, fill("float32", [3], () => 1)]]);
  assert.throws(() => evaluate(net.trace, sum, [net.mean], new Map()), /the size n is not given/);
});

test("a parameter that is missing or of another shape is named", async () => {
  const net = network();
  const weight = WEIGHTS["lin.weight"];
  const partial = await checkpointOf({ "lin.weight": weight });
  assert.throws(
    () => lower(net.trace, partial, { outputs: [net.mean] }),
    /lin\.bias is not in the checkpoint/,
  );
  const other = await checkpointOf({ ...WEIGHTS, "lin.bias": noise([4]) });
  assert.throws(
    () => lower(net.trace, other, { outputs: [net.mean] }),
    /lin\.bias: the checkpoint holds it as \[4\], the source makes it \[3\]/,
  );
});

test("what rests on uninitialised memory is refused", () => {
  const builder = new TraceBuilder();
  const zero = builder.apply("const", { data: [0] }, [], ["float32", []]);
  const empty = builder.apply("fill", { shape: [2] }, [zero], ["float32", [2]]);
  builder.values[empty] = { ...builder.values[empty]!, uninitialised: true };
  const trace = builder.trace({ empty });
  assert.throws(
    () => lower(trace, NO_WEIGHTS, { outputs: [empty] }),
    /fill gives memory that nothing has written/,
  );
  assert.equal(lower(trace, NO_WEIGHTS, { outputs: [zero] }).outputs.length, 1);
});

test("free sizes of outputs are named by their expression", () => {
  const builder = new TraceBuilder();
  const n = builder.symbol("n", 3, "x", 0);
  const x = builder.leaf("input", "x", "float32", [n]);
  const double = { poly: [[2, [{ kind: "symbol", name: "n" }]]], hint: 6 } as const;
  const y = builder.apply("concat", { dim: 0 }, [x, x], ["float32", [double]]);
  const graph = decodeModel(lower(builder.trace({ y }), NO_WEIGHTS, { outputs: [y] }).bytes).graph;
  assert.deepEqual(graph.output[0]!.type.tensorType.shape!.dim, [{ dimParam: "2·n" }]);
  assert.deepEqual(symbolSize("n", 3), n);
});
