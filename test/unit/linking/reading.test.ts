import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type KnownPages,
  linkDocument,
  linkInSteps,
  type Mention,
} from "../../../src/shared/linking/index.ts";
import { GAP, Reading } from "../../../src/shared/linking/reading.ts";
import { pageOf } from "../../support/page-text.ts";

function reading(...patterns: readonly string[]): (text: string) => string[] {
  const start = Reading.of(patterns.map(pattern => ({ pattern, value: pattern })));
  return text => start.whole(text).map(({ value }) => value);
}

test("a space is a gap, a hyphen a gap or nothing", () => {
  const read = reading("layer norm", "feed-forward");
  assert.deepEqual(read(`layer${GAP}norm`), ["layer norm"]);
  assert.deepEqual(read("layernorm"), []);
  assert.deepEqual(read(`feed${GAP}forward`), ["feed-forward"]);
  assert.deepEqual(read("feedforward"), ["feed-forward"]);
});

test("alternatives may be empty and hold others; gaps that they leave side by side are one, at the ends none", () => {
  const read = reading("{multi-{head|query}|} attention {layer|}");
  for (const text of ["attention", "multihead attention", "multi query attention layer", "attention layer"])
    assert.equal(read(text).length, 1, text);
  for (const text of [" attention", "attention ", "multi attention", "multihead  attention", "layer"])
    assert.deepEqual(read(text), [], text);
});

test("of spellings that end at one place the last comes first", () => {
  assert.deepEqual(reading("{soft|log-soft}max", "softmax", "soft-max")("softmax"), [
    "soft-max",
    "softmax",
    "{soft|log-soft}max",
  ]);
});

test("a pattern of ten million spellings is read at once", () => {
  const choice = "{a|b|c|d|e}";
  const read = reading(Array(10).fill(choice).join(""));
  assert.equal(read("abcdeabcde").length, 1);
  assert.deepEqual(read("abcdeabcdf"), []);
});

test("a document that grows is linked in steps as it is at once, whatever was known of fewer pages", () => {
  const pages = [
    pageOf("Multi-head self-attention (MSA) with normalization.", "The router sends tokens to experts."),
    pageOf("MSA again, and layer normalization. Normalization after each block."),
    pageOf(
      "A mixture of experts has experts. A mixture of experts (MoE) routes.",
      "Mixture of experts again.",
    ),
    pageOf("MoE layers: the router, the experts, and MSA."),
  ];
  const known: KnownPages = new Map();
  for (let count = 1; count <= pages.length; count++) {
    const steps = linkInSteps(pages.slice(0, count), known);
    let yields = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) yields++;
    assert.deepEqual(step.value satisfies Mention[][], linkDocument(pages.slice(0, count)));
    assert.ok(yields >= count, "at least one step for each page");
  }
});
