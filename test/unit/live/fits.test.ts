import assert from "node:assert/strict";
import { test } from "node:test";
import { Fits } from "../../../src/runtime/live/fits.ts";
import type { TracedCheckpoint, TraceRequest } from "../../../src/shared/trace.ts";
import { tinyTrace } from "../session/tiny-trace.ts";

const request = (change: Partial<TraceRequest> = {}): TraceRequest => ({
  source: "/model.py",
  class: "Model",
  config: null,
  transformers: null,
  inputs: [],
  checkpointNames: ["a"],
  checkpointShapes: { a: [1] },
  ...change,
});

test("how a checkpoint was fitted is handed to the next trace of the class, and to no other", async () => {
  const fits = new Fits();
  const given: (string | undefined)[] = [];
  const trace = (asked: TraceRequest, identity: string) =>
    fits.trace(asked, async ({ fitted }) => {
      given.push(fitted?.identity);
      const checkpoint: TracedCheckpoint = {
        identity,
        tensors: {},
        missing: [],
        mismatched: [],
        unused: [],
        failed: [],
      };
      return { ok: true, trace: { ...tinyTrace(), ...(asked.checkpointShapes ? { checkpoint } : {}) } };
    });
  await trace(request(), "first");
  await trace(request({ overlay: { "/model.py": "edited" } }), "second");
  await trace(request(), "third");
  await trace(request({ class: "Other" }), "other");
  await trace(request({ checkpointShapes: undefined }), "none");
  assert.deepEqual(given, [undefined, "first", "second", undefined, undefined]);
});
