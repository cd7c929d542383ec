import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { specsOf } from "../../src/runtime/live/inputs.ts";
import type { Live } from "../../src/runtime/live/live.ts";
import { SourceError } from "../../src/runtime/live/source-error.ts";
import { bindSymbols, violatedGuards } from "../../src/runtime/onnx/guards.ts";
import { readSafetensors } from "../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import { formatPolynomial } from "../../src/shared/size.ts";
import type { Guard, InputSpec, Trace } from "../../src/shared/trace.ts";
import { difference, RUNS, TOLERANCE } from "./forward.ts";
import { type Score, scoreEach } from "./score.ts";

/** How a model did when the graph that was traced at other sizes ran its cases. */
export interface SizesScore extends Score {
  /** Guards that did not hold, so that another trace served: as they read, with their line. Empty: one graph for all. */
  readonly guards: readonly string[];
}

/** Sizes to trace with, by symbol: none of them is that of a case. */
const THIRD: Readonly<Record<string, number>> = { batch_size: 3, sequence: 13, decoder_sequence: 10 };

/** A model counts if both its cases come out right; `guards` says whether the first graph served them. */
export function scoreSizes(
  folder: string,
  names: readonly string[],
  live: Live,
  transformers: string,
  onScore?: (score: SizesScore) => void,
): Promise<SizesScore[]> {
  return scoreEach(names, name => scoreCase(join(folder, name), name, live, transformers), onScore);
}

async function scoreCase(
  folder: string,
  name: string,
  live: Live,
  transformers: string,
): Promise<SizesScore> {
  const { file, class: className } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
  const runs = await readRuns(folder);
  const guards = new Set<string>();
  let error = 0;
  try {
    const open = (inputs: readonly InputSpec[]) =>
      live.open({
        source: join(transformers, "transformers", file),
        class: className,
        checkpoint: folder,
        transformers,
        inputs,
      });
    const specs = specsOf(runs.at(-1)!.inputs);
    // Some sources take an image of their own size only.
    const model = await open(atOtherSizes(specs, true)).catch(problem => {
      if (problem instanceof SourceError) return open(atOtherSizes(specs, false));
      throw problem;
    });
    try {
      for (const { inputs, wanted } of runs) {
        for (const guard of violatedGuards(model.trace, bindSymbols(model.trace, shapesOf(inputs)))) {
          guards.add(describeGuard(model.trace, guard));
        }
        const { output } = await model.run({ inputs });
        const apart = difference(output, wanted);
        if (typeof apart === "string") return { name, reason: apart, error: null, guards: [...guards] };
        error = Math.max(error, apart);
      }
    } finally {
      model.dispose();
    }
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : String(problem);
    return { name, reason, error: null, guards: [...guards] };
  }
  const reason = error <= TOLERANCE ? null : `the difference is ${error.toExponential(2)}`;
  return { name, reason, error, guards: [...guards] };
}

interface Run {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly wanted: Tensor;
}

/** The cases, all with the same arguments: a mask that only one has is all ones in the other. */
export async function readRuns(folder: string): Promise<Run[]> {
  const runs: Run[] = [];
  for (const file of RUNS.filter(run => existsSync(join(folder, run)))) {
    const { output, ...inputs } = Object.fromEntries(await readSafetensors(join(folder, file)));
    runs.push({ inputs, wanted: output! });
  }
  const masked = runs.some(({ inputs }) => "attention_mask" in inputs);
  return runs.map(run => {
    const { input_ids: ids, attention_mask: mask } = run.inputs;
    if (!masked || mask || !ids) return run;
    const ones = new BigInt64Array(ids.shape.reduce((a, b) => a * b, 1)).fill(1n);
    const attention_mask: Tensor = { dtype: "int64", shape: ids.shape, data: new Uint8Array(ones.buffer) };
    return { ...run, inputs: { ...run.inputs, attention_mask } };
  });
}

/** The same arguments with the sizes to trace at. */
function atOtherSizes(specs: readonly InputSpec[], images: boolean): InputSpec[] {
  return specs.map(spec => ({
    ...spec,
    shape: spec.shape.map(size => {
      if (typeof size === "number") return size;
      const hint = THIRD[size.symbol] ?? (images ? size.hint * 2 : size.hint);
      return { ...size, hint };
    }),
  }));
}

export function shapesOf(inputs: Readonly<Record<string, Tensor>>) {
  return new Map(Object.entries(inputs));
}

/** `sequence = 16 was false (modeling_x.py:120)`. */
function describeGuard(trace: Trace, guard: Guard): string {
  const place = guard.place === null ? undefined : trace.places[guard.place];
  const where = place ? ` (${trace.files[place.file]?.path.split("/").at(-1)}:${place.line})` : "";
  if (guard.kind === "data") return `data${where}`;
  const [left, right] = [formatPolynomial(guard.left), formatPolynomial(guard.right)];
  return `${left} ${guard.comparison} ${right} was ${guard.result}${where}`;
}
