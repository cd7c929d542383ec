import assert from "node:assert/strict";
import { test } from "node:test";
import { modulesOf } from "../../../src/runtime/recognise/modules.ts";
import { components } from "../../../src/shared/catalogue/index.ts";
import { attentionTrace } from "../../support/attention-trace.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";

const S = sequence(7);

/** A block without attention: norm, gated unit, residual. */
function gatedBlock() {
  const b = new TraceBuilder();
  const x = b.input("hidden_states", [1, S, 8]);
  b.within("block", "Thing").within("block.a", "Thing");
  const square = b.operation("mul", [x, x], {}, [1, S, 8]);
  const mean = b.operation("reduce", [square], { kind: "mean", dims: [2], keepdim: true }, [1, S, 1]);
  const root = b.operation("rsqrt", [b.operation("add", [mean, b.constant(1e-6)], {}, [1, S, 1])], {}, [
    1,
    S,
    1,
  ]);
  const normed = b.operation(
    "mul",
    [b.parameter("block.a.w", [8]), b.operation("mul", [x, root], {}, [1, S, 8])],
    {},
    [1, S, 8],
  );
  b.within("block.b", "Thing").within("block.b.act", "Thing").within("block.b");
  const gate = b.linear(normed, "gate", [1, S, 16], 8, 16);
  b.within("block.b.act");
  const active = b.operation("silu", [gate], {}, [1, S, 16]);
  b.within("block.b");
  const up = b.linear(normed, "up", [1, S, 16], 8, 16);
  const product = b.operation("mul", [active, up], {}, [1, S, 16]);
  const down = b.linear(product, "down", [1, S, 8], 16, 8);
  b.within("block");
  b.output("0", b.operation("add", [x, down], {}, [1, S, 8]));
  return b.build();
}

test("normalisation, gated unit, feed-forward and activation are found by structure alone", () => {
  const trace = gatedBlock();
  assert.deepEqual(modulesOf(trace, "rms-norm"), ["block.a"]);
  assert.deepEqual(modulesOf(trace, "gated-linear-unit"), ["block.b"]);
  assert.deepEqual(modulesOf(trace, "feed-forward"), ["block.b"]);
  assert.deepEqual(modulesOf(trace, "activation-function"), ["block.b.act"]);
  assert.deepEqual(modulesOf(trace, "layer-norm"), []);
  assert.deepEqual(modulesOf(trace, "self-attention"), []);
});

test("a normalisation that takes the mean off is no RMSNorm", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [1, S, 8]);
  b.within("n", "Thing");
  const mean = b.operation("reduce", [x], { kind: "mean", dims: [2], keepdim: true }, [1, S, 1]);
  const centred = b.operation("sub", [x, mean], {}, [1, S, 8]);
  const square = b.operation("mul", [centred, centred], {}, [1, S, 8]);
  const variance = b.operation("reduce", [square], { kind: "mean", dims: [2], keepdim: true }, [1, S, 1]);
  const inverse = b.operation("rsqrt", [variance], {}, [1, S, 1]);
  b.output("0", b.operation("mul", [centred, inverse], {}, [1, S, 8]));
  const trace = b.build();
  assert.deepEqual(modulesOf(trace, "layer-norm"), ["n"]);
  assert.deepEqual(modulesOf(trace, "rms-norm"), []);
});

test("attention's kinds tell self, cross, shared heads and windows apart", () => {
  const self = attentionTrace({ heads: 4, keyValueHeads: 2 });
  assert.deepEqual(modulesOf(self, "self-attention"), ["layers.0.attn"]);
  assert.deepEqual(modulesOf(self, "multi-head-attention"), ["layers.0.attn"]);
  assert.deepEqual(modulesOf(self, "grouped-query-attention"), ["layers.0.attn"]);
  assert.deepEqual(modulesOf(self, "cross-attention"), []);
  assert.deepEqual(modulesOf(self, "sliding-window-attention"), []);
  const cross = attentionTrace({ cross: true });
  assert.deepEqual(modulesOf(cross, "cross-attention"), ["layers.0.attn"]);
  assert.deepEqual(modulesOf(cross, "self-attention"), []);
  assert.deepEqual(modulesOf(cross, "grouped-query-attention"), []);
});

test("the table of tokens and the head are found by what they read and give", () => {
  const trace = attentionTrace();
  assert.deepEqual(modulesOf(trace, "token-embedding"), ["embed"]);
  assert.deepEqual(modulesOf(trace, "positional-encoding"), []);
  assert.deepEqual(modulesOf(trace, "lm-head"), ["head"]);
});

test("top-k over a small projection is a router, its module with experts a mixture", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [S, 8]);
  b.within("moe", "Thing").within("moe.gate", "Thing");
  const logits = b.linear(x, "gate", [S, 4], 8, 4);
  const shares = b.operation("softmax", [logits], { dim: 1 }, [S, 4]);
  const best = b.operation("topk", [shares], { k: 2, dim: 1, largest: true }, [S, 2]);
  b.within("moe.experts.0", "Thing");
  const hidden = b.operation("relu", [b.linear(x, "up", [S, 16], 8, 16)], {}, [S, 16]);
  const expert = b.linear(hidden, "down", [S, 8], 16, 8);
  b.within("moe");
  b.output("0", b.operation("mul", [expert, best], {}, [S, 8]));
  const trace = b.build();
  assert.deepEqual(modulesOf(trace, "router"), ["moe.gate"]);
  assert.deepEqual(modulesOf(trace, "mixture-of-experts"), ["moe"]);
  assert.deepEqual(modulesOf(trace, "feed-forward"), ["moe.experts.0"]);
});

test("what no structure shows is found by class names", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [1, S, 8]);
  b.within("rest", "Dropout");
  b.output("0", b.operation("tanh", [x], {}, [1, S, 8]));
  assert.deepEqual(modulesOf(b.build(), "dropout"), ["rest"]);
});

test("what structure shows is never found by a name", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [1, S, 8]);
  b.within("self_attention", "SelfAttention");
  b.output("0", b.operation("exp", [x], {}, [1, S, 8]));
  const trace = b.build();
  for (const component of components.filter(each => each.recognised))
    assert.deepEqual(modulesOf(trace, component.id), [], component.id);
});

test("an id that is no component of a model has no modules", () => {
  assert.deepEqual(modulesOf(attentionTrace(), "tokenizer"), []);
  assert.deepEqual(modulesOf(attentionTrace(), "no such thing"), []);
});
