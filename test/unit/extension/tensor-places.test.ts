import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parameterOf, tensorsOf } from "../../../src/extension/weights/tensor-places.ts";
import type { OutlinedTensor } from "../../../src/shared/checkpoint/outline.ts";
import type { Trace, TracedCheckpoint, TracedParameter } from "../../../src/shared/trace.ts";

function tensor(name: string, shape: readonly number[], parameter: string | null = null): OutlinedTensor {
  return { name, parameter, dtype: "F32", shape, file: 0, offset: 0, bytes: 4, readable: true };
}

function parameter(name: string, shape: readonly number[], aliases: readonly string[] = []): TracedParameter {
  return { name, shape, dtype: "float32", place: 0, aliases, kind: "parameter" };
}

const query = parameter("model.layers.0.self_attn.q_proj.weight", [4, 4]);
const trace = (parameters: readonly TracedParameter[], checkpoint?: Partial<TracedCheckpoint>) =>
  ({
    parameters,
    ...(checkpoint && {
      checkpoint: { tensors: {}, missing: [], mismatched: [], unused: [], failed: [], ...checkpoint },
    }),
  }) as unknown as Trace;

describe("a parameter and its tensor in a checkpoint", () => {
  it("have one name", () => {
    const tensors = [tensor("lm_head.weight", [4, 4]), tensor(query.name, [4, 4])];
    assert.deepEqual(tensorsOf([query], null, tensors), [1]);
    assert.equal(parameterOf(trace([query]), tensors[1]!), query);
    assert.equal(parameterOf(trace([query]), tensors[0]!), null);
  });

  it("have GGUF's name and transformers'", () => {
    const tensors = [tensor("blk.0.attn_q.weight", [4, 4], query.name)];
    assert.deepEqual(tensorsOf([query], null, tensors), [0]);
    assert.equal(parameterOf(trace([query]), tensors[0]!), query);
  });

  it("have names that differ by the modules around, and one shape", () => {
    const tensors = [
      tensor("layers.0.self_attn.q_proj.weight", [4, 4]),
      tensor("other.self_attn.q_proj.weight", [4, 4]),
      tensor("q_proj.weight", [8, 4]),
    ];
    assert.deepEqual(tensorsOf([query], null, tensors), [0]);
    assert.equal(parameterOf(trace([query]), tensors[0]!), query);
    assert.equal(parameterOf(trace([query]), tensors[2]!), null);
  });

  it("are bound by what the checkpoint's conversion makes of old names and of several tensors", () => {
    const merged = parameter("experts.gate_up_proj", [2, 4]);
    const converted = trace([query, merged], {
      tensors: {
        [query.name]: "attention.query.weight",
        [merged.name]: { primitive: "concat", inputs: ["w1", "w3"], attributes: { dim: 0 } },
      },
    });
    const tensors = [tensor("w1", [1, 4]), tensor("attention.query.weight", [4, 4]), tensor("w3", [1, 4])];
    assert.deepEqual(tensorsOf([query, merged], converted, tensors), [1, 0, 2]);
    assert.equal(parameterOf(converted, tensors[1]!), query);
    assert.equal(parameterOf(converted, tensors[2]!), merged);
  });
});
