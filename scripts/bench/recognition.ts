import { existsSync } from "node:fs";
import { join } from "node:path";
import { transformersFolder } from "../../src/runtime/models/add.ts";
import { cacheAt } from "../../src/runtime/models/cache.ts";
import { modulesOf } from "../../src/runtime/recognise/modules.ts";
import { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { cacheDirectory } from "../project.ts";
import { benchDirectory } from "./build.ts";
import { type Measurement, Unavailable } from "./measurement.ts";
import {
  type Count,
  compareWithLabels,
  type LabelledModel,
  type LabelSet,
  labelledModels,
  precisionAndRecall,
  recognisable,
  requestOf,
  sumCounts,
} from "./recognition-labels.ts";
import { productionEntries } from "./runtime.ts";

/** How well components are recognised, against labels that were given by reading. */
export const recognition: Measurement = {
  name: "recognition",
  title: "components recognised by structure, against labels given by reading",
  rounds: 1,
  async run(bench) {
    const transformers = transformersFolder(cacheAt(cacheDirectory));
    if (!existsSync(join(transformers, "transformers")))
      throw new Unavailable("transformers is not in .cache; npm test puts it there");
    const tracer = new TracerProcess({
      cacheDirectory: benchDirectory,
      entry: productionEntries().tracerEntry,
    });
    try {
      const facts: string[] = [];
      for (const set of ["tuned", "held-out"] as const) {
        const models = labelledModels().filter(model => model.set === set);
        const counts: ReadonlyMap<string, Count>[] = [];
        for (const model of models) {
          bench.progress(`tracing ${model.name}`);
          counts.push(await countsOf(model, tracer, transformers));
        }
        facts.push(...report(set, models, sumCounts(counts)));
      }
      return { comparisons: [], facts };
    } finally {
      tracer.dispose();
    }
  },
};

async function countsOf(
  model: LabelledModel,
  tracer: TracerProcess,
  transformers: string,
): Promise<ReadonlyMap<string, Count>> {
  const result = await tracer.trace(requestOf(model, transformers));
  if (!result.ok) {
    const { message, arguments: filled } = result.failure;
    throw new Error(`${model.name}: ${message} ${filled.join(", ")}`);
  }
  return compareWithLabels(model, result.trace, modulesOf).counts;
}

/** A table of one set: a line for each component that it has or that was found in it, and one for all. */
function report(
  set: LabelSet,
  models: readonly LabelledModel[],
  counts: ReadonlyMap<string, Count>,
): string[] {
  const total = { right: 0, wrong: 0, missed: 0 };
  const lines: string[] = [];
  for (const component of recognisable) {
    const count = counts.get(component)!;
    total.right += count.right;
    total.wrong += count.wrong;
    total.missed += count.missed;
    if (count.right + count.wrong + count.missed > 0) lines.push(line(component, count));
  }
  return [
    `${set}: ${models.map(model => `${model.name} (${model.architecture})`).join(", ")}`,
    `${"".padEnd(26)}precision  recall  right  wrong  missed`,
    ...lines,
    line("all", total),
  ];
}

function line(name: string, count: Count): string {
  const { precision, recall } = precisionAndRecall(count);
  const share = (value: number | null) => (value === null ? "–" : value.toFixed(3));
  return `${name.padEnd(26)}${share(precision).padStart(9)}${share(recall).padStart(8)}${String(count.right).padStart(7)}${String(count.wrong).padStart(7)}${String(count.missed).padStart(8)}`;
}
