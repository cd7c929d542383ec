import { existsSync } from "node:fs";
import { join } from "node:path";
import { transformersFolder } from "../../src/runtime/models/add.ts";
import { cacheAt } from "../../src/runtime/models/cache.ts";
import { modulesOf } from "../../src/runtime/recognise/modules.ts";
import { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { cacheDirectory } from "../project.ts";
import { benchDirectory } from "./build.ts";
import { type Count, formatCounts, sumCounts } from "./counts.ts";
import { type Measurement, Unavailable } from "./measurement.ts";
import { compareWithLabels, type LabelledModel, labelledModels, requestOf } from "./recognition-labels.ts";
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
        const title = `${set}: ${models.map(model => `${model.name} (${model.architecture})`).join(", ")}`;
        facts.push(...formatCounts(title, sumCounts(counts)));
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
