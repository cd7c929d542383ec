import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Count, precisionAndRecall, sumCounts, totalOf } from "../../../scripts/bench/counts.ts";
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

/** What is recognised is right, and what there is is recognised, at least so often. */
const SHARES = { tuned: 0.99, "held-out": 0.95 } as const;

for (const [set, share] of Object.entries(SHARES)) {
  test(`every module of ${set} models has its labels, and almost all are recognised as those alone`, async () => {
    const counts: ReadonlyMap<string, Count>[] = [];
    const mistakes: string[] = [];
    for (const model of models.filter(each => each.set === set)) {
      const result = await tracer.trace(requestOf(model, transformersDirectory()));
      assert.ok(result.ok, model.name);
      assert.equal(labelsOf(model, result.trace).size, result.trace.modules.length, model.name);
      const compared = compareWithLabels(model, result.trace, modulesOf);
      counts.push(compared.counts);
      for (const { kind, component, path } of compared.mistakes)
        mistakes.push(`${model.name}: ${path} ${kind} ${component}`);
    }
    const { precision, recall } = precisionAndRecall(totalOf(sumCounts(counts)));
    assert.ok(precision! >= share && recall! >= share, mistakes.join("\n"));
  });
}

test("precision and recall are shares of what was found and of what there is", () => {
  const sums = sumCounts([
    new Map([["a", { right: 2, wrong: 1, missed: 0 }]]),
    new Map([["a", { right: 1, wrong: 0, missed: 1 }]]),
  ]);
  assert.deepEqual(sums.get("a"), { right: 3, wrong: 1, missed: 1 });
  assert.deepEqual(precisionAndRecall(sums.get("a")!), { precision: 0.75, recall: 0.75 });
  assert.deepEqual(precisionAndRecall({ right: 0, wrong: 0, missed: 0 }), { precision: null, recall: null });
});
