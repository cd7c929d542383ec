import assert from "node:assert/strict";
import { test } from "node:test";
import { stackedExperts } from "../../../src/runtime/live/stacked-experts.ts";
import type { Call, Place, Trace, TracedParameter } from "../../../src/shared/trace.ts";

const module = (path: string, name: string) => ({ path, class: name, place: null, classPlace: null });
const place = (name: string) => ({ function: name }) as Place;
const call = (module: number, ...places: number[]) =>
  ({ function: "torch.matmul", module, places, results: [], alias: false }) satisfies Call;
const parameter = (name: string, ...shape: number[]) => ({ name, shape }) as unknown as TracedParameter;

/** A router of eight experts in one parameter, and a layer of its own that holds one, too. */
const trace = (...calls: Call[]) =>
  ({
    modules: [module("", "Model"), module("experts", "Experts"), module("conv", "Conv1d")],
    parameters: [parameter("experts.gate_up", 8, 6, 4), parameter("conv.weight", 5, 4, 3)],
    places: [place("Experts.forward"), place("grouped"), place("Model.forward"), place("Conv1d.forward")],
    calls,
  }) as unknown as Trace;

test("experts that no line of their own forward computed are counted", () => {
  assert.equal(stackedExperts(trace(call(1, 1, 2), call(2, 3, 2))), 8);
});

test("a module whose forward ran has nothing hidden, and one that was not called neither", () => {
  assert.equal(stackedExperts(trace(call(1, 1, 0, 2))), 0);
  assert.equal(stackedExperts(trace(call(1, 1, 2), call(1, 0))), 0);
  assert.equal(stackedExperts(trace(call(0, 2))), 0);
});
