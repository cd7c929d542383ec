import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphInput } from "../../../src/runtime/onnx/graph-inputs.ts";
import { controlNumber, slotOf } from "../../../src/runtime/onnx/interventions.ts";
import { type LoweredGraph, lower } from "../../../src/runtime/onnx/lower.ts";
import { lowerSegment, segmentOwners, segmentsFor, segmentsOf } from "../../../src/runtime/onnx/segments.ts";
import { fill, type Numbers, toTensor } from "../../../src/runtime/primitives/numbers.ts";
import type { Intervention } from "../../../src/shared/run.ts";
import { NO_WEIGHTS, numbersOf, runGraph, TraceBuilder } from "../../support/graphs.ts";
import { checkpointOf } from "../../support/weights.ts";
import { LAYER_WEIGHTS, LAYERS, layeredTrace } from "./layers.ts";

const net = layeredTrace();
const segments = segmentsOf(net.trace);
const owners = segmentOwners(net.trace, segments);
const weights = await checkpointOf(LAYER_WEIGHTS);
const ids = fill("int64", [5], i => (i * 2) % 6);

/** Runs a graph on what is known of the trace's values; an intervention gives its controls. */
async function run(
  graph: LoweredGraph,
  known: ReadonlyMap<number, Numbers>,
  intervention?: Intervention,
): Promise<Map<number, Numbers>> {
  const feed = ({ source, dtype }: GraphInput): Numbers => {
    switch (source.kind) {
      case "value":
        return known.get(source.value) ?? ids;
      case "symbol":
        return fill("int64", [], () => ids.shape[0]!);
      case "control":
        if (source.control.part === "tensor" && intervention!.operation.kind === "patch") {
          return numbersOf(intervention!.operation.tensor);
        }
        return fill(dtype, [], () => controlNumber(intervention!, source.control));
    }
  };
  return runGraph(graph, Object.fromEntries(graph.inputs.map(input => [input.name, feed(input)])));
}

/** Runs segments from the first on, each on what those before it gave. */
async function chain(
  first: number,
  known: ReadonlyMap<number, Numbers>,
  touched?: { readonly value: number; readonly intervention: Intervention },
): Promise<Map<number, Numbers>> {
  const values = new Map(known);
  for (const [s, segment] of segments.entries()) {
    if (s < first) continue;
    const here = touched && owners[touched.value] === s;
    const interventions = here ? [slotOf(touched.value, touched.intervention)] : [];
    const graph = lowerSegment(net.trace, weights, segment, { interventions });
    for (const [value, numbers] of await run(graph, values, touched?.intervention))
      values.set(value, numbers);
  }
  return values;
}

const whole = await run(
  lower(net.trace, weights, {
    outputs: [net.logits, net.mask, ...net.trace.named.map(({ value }) => value)],
  }),
  new Map(),
);
const plain = await chain(0, new Map());

test("a trace is cut where each layer begins", () => {
  assert.deepEqual(
    segments.map(segment => segment.layer),
    [null, ...Array.from({ length: LAYERS }, (_, i) => `layers.${i}`), null],
  );
  const [head, first, second] = segments;
  assert.deepEqual(head!.liveIn, [0]);
  assert.ok(head!.liveOut.includes(net.mask), "the mask passes to every layer");
  assert.ok(first!.liveIn.includes(net.mask) && second!.liveIn.includes(net.mask));
  assert.equal(second!.liveOut.length, 1);
  assert.equal(owners[net.weights[2]!], 3);
  assert.equal(owners[0], -1);
});

test("segments chained give what the whole graph gives", () => {
  for (const value of [net.logits, ...net.weights, ...net.scores, net.hidden]) {
    assert.deepEqual(plain.get(value)!.data, whole.get(value)!.data);
  }
});

test("only the segments that a value rests on have to run, and none that is known", () => {
  const needed = (value: number, known: readonly number[] = []) =>
    segmentsFor(segments, owners, [value], new Set(known));
  assert.deepEqual(needed(net.scores[1]!), [0, 1, 2]);
  assert.deepEqual(needed(net.scores[1]!, [...segments[0]!.liveOut, ...segments[1]!.liveOut]), [2]);
  assert.deepEqual(needed(net.logits, [net.logits]), []);
  assert.deepEqual(needed(0), []);
});

test("a list of single calls has no layers, and what a loop does between layers goes with the first", () => {
  const builder = new TraceBuilder();
  const x = builder.leaf("input", "x", "float32", [2]);
  const step = (value: number) => builder.apply("neg", {}, [value], ["float32", [2]]);
  let value = x;
  for (const list of ["embeddings", "blocks"]) {
    builder.enter(list, "ModuleList");
    for (const child of [0, 1, 2]) {
      builder.enter(`${list}.${child}`, "Part");
      value = step(value);
      if (list === "blocks") {
        value = step(value);
        builder.enter("");
        value = step(value);
      }
    }
  }
  const trace = builder.trace({ value });
  assert.deepEqual(
    segmentsOf(trace).map(({ layer, start, end }) => [layer, start, end]),
    [
      [null, 0, 3],
      ["blocks.0", 3, 6],
      ["blocks.1", 6, 9],
      ["blocks.2", 9, 11],
      [null, 11, 12],
    ],
  );
});

test("a trace without repeated layers is one segment", () => {
  const builder = new TraceBuilder();
  const x = builder.leaf("input", "x", "float32", [2]);
  const y = builder.apply("neg", {}, [x], ["float32", [2]]);
  const trace = builder.trace({ y });
  assert.deepEqual(
    segmentsOf(trace).map(({ start, end, liveOut }) => [start, end, liveOut]),
    [[0, 1, [y]]],
  );
});

const row = { axes: [{ axis: 0, index: 3 }] };
const cell = {
  axes: [
    { axis: 0, index: 3 },
    { axis: 1, index: 1 },
  ],
};
const everywhere = { axes: [] };
const patched = toTensor(fill("float32", [5, 5], i => i / 25));

const interventions: readonly [string, Omit<Intervention, "value">, (x: number, i: number) => number][] = [
  ["zero", { selector: row, operation: { kind: "zero" } }, () => 0],
  ["scale", { selector: cell, operation: { kind: "scale", factor: -2 } }, x => -2 * x],
  ["add", { selector: everywhere, operation: { kind: "add", amount: 0.5 } }, x => x + 0.5],
  ["set", { selector: row, operation: { kind: "set", amount: 0.25 } }, () => 0.25],
  ["patch", { selector: cell, operation: { kind: "patch", tensor: patched } }, (_, i) => Math.fround(i / 25)],
];

for (const [name, rest, replace] of interventions) {
  test(`${name}: the same by segments, from its layer on, as in the whole graph`, async () => {
    const value = net.weights[2]!;
    const intervention: Intervention = { value, ...rest };
    const outputs = [net.logits, value, ...net.weights];
    const graph = lower(net.trace, weights, { outputs, interventions: [slotOf(value, intervention)] });
    const expected = await run(graph, new Map(), intervention);
    const actual = await chain(owners[value]!, plain, { value, intervention });
    for (const output of outputs) assert.deepEqual(actual.get(output)!.data, expected.get(output)!.data);

    const before = plain.get(value)!;
    const after = actual.get(value)!;
    before.data.forEach((x, i) => {
      const index = [Math.floor(i / 5), i % 5];
      const selected = rest.selector.axes.every(({ axis, index: at }) => index[axis] === at);
      assert.ok(Math.abs(after.data[i]! - (selected ? replace(x, i) : x)) < 1e-6, `${name} at ${index}`);
    });
    assert.notDeepEqual(actual.get(net.logits)!.data, plain.get(net.logits)!.data);
    assert.deepEqual(actual.get(net.weights[1]!)!.data, plain.get(net.weights[1]!)!.data);
  });
}

test("zero and set replace infinities as well", async () => {
  const value = net.scores[0]!;
  const intervention: Intervention = { value, selector: everywhere, operation: { kind: "zero" } };
  const slot = slotOf(value, intervention);
  const graph = lower(net.trace, weights, { outputs: [value, net.weights[0]!], interventions: [slot] });
  const results = await run(graph, new Map(), intervention);
  assert.ok(results.get(value)!.data.every(x => x === 0));
  assert.ok(results.get(net.weights[0]!)!.data.every(x => Math.abs(x - 0.2) < 1e-6));
});

test("interventions at an input, and at integers and booleans", async () => {
  const builder = new TraceBuilder();
  const x = builder.leaf("input", "x", "int64", [3]);
  const one = builder.apply("const", { data: [1] }, [], ["int64", []]);
  const big = builder.apply("gt", {}, [x, one], ["bool", [3]]);
  const trace = builder.trace({ big });
  const at = async (value: number, operation: Intervention["operation"]) => {
    const intervention: Intervention = { value, selector: { axes: [{ axis: 0, index: 0 }] }, operation };
    const graph = lower(trace, NO_WEIGHTS, {
      outputs: [x, big],
      interventions: [slotOf(value, intervention)],
    });
    const results = await run(graph, new Map([[x, fill("int64", [3], i => i)]]), intervention);
    return [[...results.get(x)!.data], [...results.get(big)!.data]];
  };
  assert.deepEqual(await at(x, { kind: "add", amount: 5 }), [
    [5, 1, 2],
    [1, 0, 1],
  ]);
  assert.deepEqual(await at(big, { kind: "set", amount: 1 }), [
    [0, 1, 2],
    [1, 0, 1],
  ]);
});
