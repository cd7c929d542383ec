import assert from "node:assert/strict";
import { after, test } from "node:test";
import { precisionAndRecall, sumCounts } from "../../../scripts/bench/counts.ts";
import {
  compareWithLabels,
  labelledModels,
  labelsOf,
  recognisable,
  requestOf,
} from "../../../scripts/bench/recognition-labels.ts";
import { modulesOf } from "../../../src/runtime/recognise/modules.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

const models = labelledModels();

test("the sample has twelve architectures or more, four of which are held out", () => {
  assert.ok(models.length >= 12);
  assert.ok(models.filter(model => model.set === "held-out").length >= 4);
  assert.equal(new Set(models.map(model => model.name)).size, models.length);
});

test("labels are components that structure shows, and every one of those occurs", () => {
  const labels = new Set(models.flatMap(model => Object.values(model.modules).flat()));
  assert.deepEqual([...labels].sort(), [...recognisable].sort());
});

// A small one; npm run bench -- --only recognition measures all.
test("every module of a model has its label, and is recognised as that and nothing else", async () => {
  const model = models.find(({ name }) => name === "gpt")!;
  const result = await tracer.trace(requestOf(model, transformersDirectory()));
  assert.ok(result.ok);
  assert.equal(labelsOf(model, result.trace).size, result.trace.modules.length);
  assert.deepEqual(compareWithLabels(model, result.trace, modulesOf).mistakes, []);
});

test("precision and recall are shares of what was found and of what there is", () => {
  const sums = sumCounts([
    new Map([["a", { right: 2, wrong: 1, missed: 0 }]]),
    new Map([["a", { right: 1, wrong: 0, missed: 1 }]]),
  ]);
  assert.deepEqual(sums.get("a"), { right: 3, wrong: 1, missed: 1 });
  assert.deepEqual(precisionAndRecall(sums.get("a")!), { precision: 0.75, recall: 0.75 });
  assert.deepEqual(precisionAndRecall({ right: 0, wrong: 0, missed: 0 }), { precision: null, recall: null });
});
