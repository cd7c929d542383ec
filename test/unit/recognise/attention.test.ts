import assert from "node:assert/strict";
import { test } from "node:test";
import { recogniseAttention } from "../../../src/runtime/recognise/attention.ts";
import type { PrimitiveName } from "../../../src/shared/primitives.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { attentionTrace } from "../../support/attention-trace.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";

function only(trace: Trace) {
  const found = recogniseAttention(trace);
  assert.equal(found.length, 1);
  return found[0]!;
}

function producer(trace: Trace, value: number | undefined): PrimitiveName | undefined {
  return trace.operations.find(operation => value !== undefined && operation.outputs.includes(value))
    ?.primitive;
}

test("softmax(q·kᵀ/√d + mask)·v is found with all its parts", () => {
  const trace = attentionTrace();
  const attention = only(trace);
  assert.equal(attention.path, "layers.0.attn");
  assert.equal(attention.kind, "self");
  assert.equal(attention.causal, true);
  assert.equal(attention.windowed, false);
  assert.equal(attention.heads, 4);
  assert.equal(attention.keyValueHeads, 4);
  assert.ok(Math.abs(attention.scale! - 1 / Math.sqrt(8)) < 1e-12);
  const { parts } = attention;
  assert.equal(producer(trace, parts.scores.value), "matmul");
  assert.equal(producer(trace, parts.scaled?.value), "mul");
  assert.equal(producer(trace, parts.masked?.value), "add");
  assert.equal(producer(trace, parts.weights.value), "softmax");
  assert.equal(producer(trace, parts.output.value), "matmul");
  assert.deepEqual(trace.values[parts.key.value]!.shape.length, 4);
  assert.deepEqual({ ...parts.key, value: 0 }, { value: 0, head: 1, row: 2, column: 3 });
  assert.deepEqual({ ...parts.weights, value: 0 }, { value: 0, head: 1, row: 2, column: 3 });
});

test("an added mask is lifted by zero, a chosen one by choosing the scores", () => {
  const trace = attentionTrace();
  const { maskLift } = only(trace);
  assert.equal(producer(trace, maskLift?.value), "where");
  assert.deepEqual(maskLift?.operation, { kind: "zero" });
  assert.equal(only(attentionTrace({ causal: false })).maskLift, null);
});

test("names of variables and modules play no part", () => {
  const plain = only(attentionTrace());
  const renamed = only(
    attentionTrace({ variables: { query: "banana", weights: "x17", output: "softmax_input" } }),
  );
  assert.deepEqual(renamed, plain);
});

test("grouped-query attention: keys and values are those before the repetition", () => {
  const trace = attentionTrace({ heads: 6, keyValueHeads: 2 });
  const attention = only(trace);
  assert.equal(attention.heads, 6);
  assert.equal(attention.keyValueHeads, 2);
  assert.equal(trace.values[attention.parts.key.value]!.shape[1], 2);
  assert.equal(trace.values[attention.parts.value.value]!.shape[1], 2);
  assert.equal(producer(trace, attention.parts.key.value), "permute");
});

test("one fused projection is still self-attention", () => {
  const attention = only(attentionTrace({ fused: true }));
  assert.equal(attention.kind, "self");
  assert.equal(attention.keyValueHeads, 4);
});

test("keys and values from other hidden states are cross-attention", () => {
  const attention = only(attentionTrace({ cross: true, causal: false }));
  assert.equal(attention.kind, "cross");
  assert.equal(attention.causal, false);
  assert.equal(attention.parts.masked, undefined);
});

test("a scale on the query is the scale, and the query is the one before it", () => {
  const trace = attentionTrace({ scale: "query" });
  const attention = only(trace);
  assert.ok(Math.abs(attention.scale! - 1 / Math.sqrt(8)) < 1e-12);
  assert.equal(attention.parts.scaled, undefined);
  assert.equal(producer(trace, attention.parts.query.value), "permute");
});

test("without any scale there is none", () => {
  assert.equal(only(attentionTrace({ scale: "none" })).scale, null);
});

test("a softmax over classes is no attention", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [1, 8]);
  const logits = b.linear(x, "w", [1, 10], 8, 10);
  const shares = b.operation("softmax", [logits], { dim: 1 }, [1, 10]);
  b.output("0", b.linear(shares, "u", [1, 4], 10, 4));
  assert.deepEqual(recogniseAttention(b.build()), []);
});

test("a router's softmax over a projection is no attention", () => {
  const b = new TraceBuilder();
  const S = sequence(7);
  const x = b.input("x", [S, 8]);
  const logits = b.linear(x, "gate", [S, 4], 8, 4);
  const shares = b.operation("softmax", [logits], { dim: 1 }, [S, 4]);
  b.output("0", b.operation("matmul", [shares, b.operation("exp", [x], {}, [4, 8])], {}, [S, 8]));
  assert.deepEqual(recogniseAttention(b.build()), []);
});

test("einsum is a product too, in any order of its letters", () => {
  const S = sequence(7);
  const b = new TraceBuilder();
  const x = b.input("x", [1, S, 32]);
  const part = (weight: string) =>
    b.operation("reshape", [b.linear(x, weight, [1, S, 32], 32, 32)], { shape: [1, S, 4, 8] }, [1, S, 4, 8]);
  const [q, k, v] = [part("q"), part("k"), part("v")];
  const scores = b.operation("einsum", [k, q], { equation: "bjhd,bihd->bhij" }, [1, 4, S, S]);
  const weights = b.operation("softmax", [scores], { dim: 3 }, [1, 4, S, S]);
  const output = b.operation("einsum", [weights, v], { equation: "bhij,bjhd->bihd" }, [1, S, 4, 8]);
  b.output("0", output);
  const attention = only(b.build());
  assert.equal(attention.heads, 4);
  assert.deepEqual(attention.parts.query, { value: q, head: 2, row: 1, column: 3 });
  assert.deepEqual(attention.parts.key, { value: k, head: 2, row: 1, column: 3 });
  assert.deepEqual(attention.parts.value, { value: v, head: 2, row: 1, column: 3 });
  assert.deepEqual(attention.parts.output, { value: output, head: 2, row: 1, column: 3 });
});

test("a comparison with a distance is a sliding window", () => {
  const S = sequence(7);
  const b = new TraceBuilder();
  const x = b.input("x", [1, 4, S, 8]);
  const keys = b.operation("permute", [x], { permutation: [0, 1, 3, 2] }, [1, 4, 8, S]);
  const scores = b.operation("matmul", [x, keys], {}, [1, 4, S, S]);
  const counted = b.operation("range", [], { start: 0, step: 1, count: S }, [S], "int64");
  const first = b.operation("sub", [counted, b.constant(3)], {}, [S], "int64");
  const seen = b.operation("gt", [counted, first], {}, [S, S], "bool");
  const masked = b.operation("where", [seen, scores, b.constant(-1e9)], {}, [1, 4, S, S]);
  const weights = b.operation("softmax", [masked], { dim: 3 }, [1, 4, S, S]);
  b.output("0", b.operation("matmul", [weights, x], {}, [1, 4, S, 8]));
  const attention = only(b.build());
  assert.equal(attention.windowed, true);
  assert.equal(attention.causal, true);
  assert.equal(attention.parts.masked?.value, masked);
  assert.deepEqual(attention.maskLift, { value: seen, operation: { kind: "set", amount: 1 } });
});
