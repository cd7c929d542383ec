import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { LoadedProgram } from "../../../src/runtime/session/program.ts";
import { tinyTrace, weightFolder } from "./tiny-trace.ts";

test("what a run returned is given back at once, but for what later runs start from", async t => {
  const [trace, weights] = [tinyTrace(), await weightFolder()];
  const program = await LoadedProgram.load({
    key: "tiny",
    trace,
    providers: ["cpu"],
    purpose: "inspect",
    weights,
  });
  t.after(async () => {
    await program.dispose();
    await rm(weights, { recursive: true });
  });
  const inputs = { input_ids: int64([1, 2, 4], [1, 3]) };
  const all = [...new Set([...trace.named.map(({ value }) => value), trace.outputs[0]!.value])];
  const ran = async () => {
    const values = await program.run(inputs, all);
    return { values, told: all.map(value => Array.from(numbers(values.get(value)!))) };
  };
  const first = await ran();
  program.release(first.values);
  const gone = [...first.values.values()].map(({ data }) => (data.buffer as ArrayBuffer).detached);
  assert.ok(gone.includes(true) && gone.includes(false));
  program.release(first.values);
  const again = await ran();
  assert.deepEqual(again.told, first.told);
  assert.ok(again.told.every(list => list.length > 0));
});
