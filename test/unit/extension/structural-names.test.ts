import assert from "node:assert/strict";
import { test } from "node:test";
import { StructuralNames } from "../../../src/extension/python/structural-names.ts";
import { tracedSource } from "../../../src/extension/python/traced-source.ts";
import { componentsOf } from "../../../src/runtime/recognise/components.ts";
import { attentionTrace } from "../../support/attention-trace.ts";

const trace = attentionTrace({ variables: { query: "x1", weights: "x2", output: "x3" } });
const { places } = tracedSource([trace], "/model.py")!;
const recognition = { components: async () => componentsOf(trace) };
const variable = (name: string) => places.find(each => each.kind === "variable" && each.name === name)!;

test("a line is called what it computes, whatever its variables are called", async () => {
  const names = new StructuralNames(recognition);
  const of = (name: string) => names.of(variable(name), variable(name).runs[0]!);
  assert.equal(of("x2"), null, "nothing is known before the trace was read");
  await names.read(trace);
  assert.equal(of("x2"), "softmax");
  assert.equal(of("x3"), "self-attention");
  assert.equal(of("x1"), null);
});

test("a module is called what it is; of several components, what its name says", async () => {
  const names = new StructuralNames(recognition);
  await names.read(trace);
  const run = { trace, values: [0], module: "layers.0.attn", reference: 0 };
  const place = { ...variable("x2"), kind: "module" as const };
  assert.equal(names.of(place, run), "self-attention");
  assert.equal(names.of(place, run, "multi-head-attention"), "multi-head-attention");
  assert.equal(names.of(place, run, "rms-norm"), "self-attention");
});

test("a single step is no name for a module that is made of others", () => {
  const of = (traced: typeof trace) => componentsOf(traced).modules["layers.0.attn"] ?? [];
  assert.ok(of(trace).includes("softmax"));
  const attention = trace.modules.find(({ path }) => path === "layers.0.attn")!;
  const projection = { ...attention, path: "layers.0.attn.query" };
  const whole = { ...trace, modules: [...trace.modules, projection] };
  assert.deepEqual(
    of(whole),
    of(trace).filter(component => component !== "softmax"),
  );
});
