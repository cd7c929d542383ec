import assert from "node:assert/strict";
import { test } from "node:test";
import { outputValue, translateRef, valueIndex } from "../../../src/runtime/live/values.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { attentionTrace } from "../../support/attention-trace.ts";
import { tinyTrace } from "../session/tiny-trace.ts";

const trace = tinyTrace();
const logits = trace.outputs[0]!.value;

test("the answer is logits before anything else, else the first tensor", () => {
  const outputs = (...names: string[]) => ({
    ...trace,
    outputs: names.map((name, value) => ({ name, value })),
  });
  assert.equal(outputValue(outputs("loss", "last_hidden_state", "logits")), 2);
  assert.equal(outputValue(outputs("hidden_states.0", "pooler_output", "last_hidden_state")), 2);
  assert.equal(outputValue(outputs("0", "pooler_output")), 1);
  assert.equal(outputValue(outputs("0", "1")), 0);
  assert.throws(() => outputValue(outputs()), /Tiny\.forward returned no tensor/);
});

test("values are found by id, by name of an output and by index", () => {
  assert.equal(valueIndex(trace, ""), logits);
  assert.equal(valueIndex(trace, "logits"), logits);
  assert.equal(valueIndex(trace, 3), 3);
  assert.throws(() => valueIndex(trace, 999), /no value 999/);
  assert.throws(() => valueIndex(trace, "layers.1:chnge#0"), /layers\.1:change#0/);
});

test("where the paths differ, an index is carried over by module, call and place of the source", () => {
  const all = attentionTrace();
  const unnamed = { ...all, named: [] };
  const product = all.operations.find(({ primitive }) => primitive === "matmul")!;
  // Something more at the beginning: every later index is another one.
  const [value] = product.outputs as [number];
  const moved: Trace = {
    ...unnamed,
    operations: [
      { primitive: "const", inputs: [], attributes: { data: [1] }, outputs: [all.values.length], call: null },
      ...all.operations,
    ],
    values: [...all.values, { dtype: "int64", shape: [] }],
  };
  assert.equal(translateRef(value, unnamed, moved), value);
  const twice = { ...moved, operations: [...moved.operations, product] };
  assert.throws(() => translateRef(value, unnamed, twice), /another path/, "which of the two is meant?");
});

test("an index is carried over to another trace by name, else by position where both run alike", () => {
  const change = valueIndex(trace, "layers.1:change#0");
  const bare = { ...trace, named: [] };
  assert.equal(translateRef(change, trace, { ...trace }), "layers.1:change#0");
  assert.equal(translateRef(change, bare, { ...trace }), change);
  const other = { ...trace, operations: trace.operations.slice(0, 1) };
  assert.throws(() => translateRef(change, bare, other), /another path/);
  assert.equal(translateRef("layers.0", bare, other), "layers.0");
});
