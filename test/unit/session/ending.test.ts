import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { lastPositionAlone } from "../../../src/runtime/onnx/fused/last-position.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { SessionProcess } from "../../../src/runtime/session/process.ts";
import { type IndexedIntervention, LoadedProgram } from "../../../src/runtime/session/program.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import { expectedLogits, tinyTrace, weightFolder } from "./tiny-trace.ts";

const trace = tinyTrace();
const logits = trace.outputs[0]!.value;
const layer = trace.named.find(({ id }) => id === "layers.0")!.value;
const inputs = { input_ids: int64([1, 2, 4], [1, 3]) };
const added: IndexedIntervention = {
  value: layer,
  selector: { axes: [] },
  operation: { kind: "add", amount: 0.5 },
};
const expected = [1, 2, 4].flatMap(id => expectedLogits(id, 0.5));
const spec = { key: "tiny", trace, providers: ["cpu"], purpose: "inspect" } as const;
const list = (tensor: Tensor) => Array.from(numbers(tensor));

test("with an intervention, logits that are looked at last alone are computed last alone, and nothing of it stays", async t => {
  const weights = await weightFolder();
  const program = await LoadedProgram.load({ ...spec, weights });
  t.after(async () => {
    await program.dispose();
    await rm(weights, { recursive: true });
  });
  const run = async (interventions: readonly IndexedIntervention[], ending: boolean) =>
    (await program.run(inputs, [logits], interventions, ending)).get(logits)!;
  const ending = await run([added], true);
  assert.deepEqual(ending.shape, [1, 1, 5]);
  assert.deepEqual(list(ending), expected.slice(-5));
  const whole = await run([added], false);
  assert.deepEqual(whole.shape, [1, 3, 5]);
  assert.deepEqual(list(whole), expected);
  assert.deepEqual((await run([], true)).shape, [1, 3, 5]);
});

test("an intervention at the logits, and a look at all of them, take them whole", async t => {
  const weights = await weightFolder();
  const session = new SessionProcess();
  t.after(() => {
    session.dispose();
    return rm(weights, { recursive: true });
  });
  const program = session.use({ ...spec, weights });
  const outputAt = { axes: [{ axis: 1, index: -1 }] };
  const first = { axes: [{ axis: 1, index: 0 }] };
  const zero = { value: logits, selector: first, operation: { kind: "zero" } } as const;
  const touched = await program.run({ inputs, interventions: [zero], outputAt });
  assert.deepEqual(list(touched.output), expectedLogits(4));
  const looked = await program.run({ inputs, interventions: [added], outputAt, taps: [logits] });
  assert.deepEqual(list(looked.output), expected.slice(-5));
  assert.deepEqual(list(looked.taps[0]![1]), expected);
  const alone = await program.run({ inputs, interventions: [added], outputAt });
  assert.deepEqual([alone.output.shape, list(alone.output)], [[1, 1, 5], expected.slice(-5)]);
});

test("the last position stands alone where nothing follows logits and nobody looks on the way", () => {
  assert.deepEqual([...lastPositionAlone(trace, logits, [layer])], [logits]);
  assert.equal(lastPositionAlone(trace, logits, [logits]).size, 0);
  assert.equal(lastPositionAlone(trace, layer, []).size, 0);
});
