import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canBegin, carriedSpecs, earlierSpecs, isEarlier } from "../../src/runtime/live/cache-inputs.ts";
import { readCheckpointFolder } from "../../src/runtime/live/checkpoint.ts";
import { CheckpointFit } from "../../src/runtime/live/checkpoint-fit.ts";
import {
  bindingsOf,
  concretise,
  SYMBOLS,
  specOf,
  specsOf,
  symbolsOf,
} from "../../src/runtime/live/inputs.ts";
import { SourceError } from "../../src/runtime/live/source-error.ts";
import { UnsettledSizesError } from "../../src/runtime/live/unsettled.ts";
import type { Variant } from "../../src/runtime/live/variant-store.ts";
import { Variants } from "../../src/runtime/live/variants.ts";
import { cacheAt } from "../../src/runtime/models/cache.ts";
import { violatedGuards } from "../../src/runtime/onnx/guards.ts";
import type { SessionProcess } from "../../src/runtime/session/process.ts";
import type { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { SizeBindings } from "../../src/shared/size.ts";
import type { InputSpec } from "../../src/shared/trace.ts";
import { difference, TOLERANCE } from "./forward.ts";
import { randomInputs } from "./random-inputs.ts";
import { readRuns } from "./sizes.ts";

/** A run that no guard stopped although its numbers are not the source's at these sizes. */
export interface Hole {
  readonly name: string;
  /** `batch_size 2, sequence 5`. */
  readonly sizes: string;
  readonly reason: string;
}

export interface HoleCount {
  /** Runs that the one graph served, with the right numbers. */
  readonly served: number;
  /** Runs that a guard, on sizes or on data, gave to another trace. */
  readonly caught: number;
  readonly holes: readonly Hole[];
}

/** A class with a checkpoint, and what it is called on. */
export interface Subject {
  readonly name: string;
  /** Of the checkpoint. */
  readonly folder: string;
  readonly source: string;
  readonly class: string;
  readonly specs: readonly InputSpec[];
  /** Its steps with a cache of keys and values are tried too. */
  readonly decoder: boolean;
}

/** One of the cases that `make_forward.py` wrote. */
export async function subjectOf(folder: string, name: string, transformers: string): Promise<Subject> {
  const { file, class: className, kind } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
  const runs = await readRuns(folder);
  return {
    name,
    folder,
    source: join(transformers, "transformers", file),
    class: className,
    specs: specsOf(runs.at(-1)!.inputs),
    decoder: kind === "causal" || kind === "seq2seq",
  };
}

/** The processes that trace and run. */
export interface Machinery {
  readonly tracer: TracerProcess;
  readonly session: SessionProcess;
  readonly transformers: string;
  readonly cacheDirectory: string;
}

/** The traces of a subject, with its weights. */
export async function variantsOf(subject: Omit<Subject, "specs">, machinery: Machinery): Promise<Variants> {
  const checkpoint = await readCheckpointFolder(subject.folder);
  const weights = await openCheckpointWeights(subject.folder);
  const fit = new CheckpointFit(checkpoint, weights, cacheAt(machinery.cacheDirectory));
  return new Variants({
    trace: request => machinery.tracer.trace(request),
    session: machinery.session,
    request: {
      source: subject.source,
      class: subject.class,
      config: checkpoint.config,
      transformers: machinery.transformers,
      ...fit.request,
    },
    weights: trace => fit.placeFor(trace),
    providers: ["cpu"],
  });
}

const TEXTS = [
  [1, 1, 1],
  [1, 2, 2],
  [2, 3, 1],
  [1, 4, 3],
  [3, 5, 5],
  [2, 8, 4],
  [1, 12, 12],
  [2, 16, 7],
  [1, 17, 2],
  [3, 32, 8],
  [1, 37, 13],
  [2, 48, 16],
] as const;

/** Batch, and factors of the height and the width that the case has. */
const IMAGES = [
  [1, 1, 1],
  [2, 1, 1],
  [2, 2, 2],
  [1, 1, 2],
  [1, 1.5, 1],
  [3, 1.25, 1.25],
  [1, 1.03125, 1.03125],
  [1, 0.5, 0.5],
] as const;

const SOUNDS = [
  [1, 1600],
  [2, 1601],
  [1, 1000],
  [3, 2111],
  [2, 3200],
] as const;

/** Batch, past, new. */
const STEPS = [
  [1, 0, 1],
  [1, 0, 5],
  [2, 1, 1],
  [1, 3, 2],
  [1, 4, 1],
  [3, 5, 3],
  [1, 7, 1],
  [2, 16, 4],
  [1, 31, 2],
] as const;

/**
 * Runs one graph at many sizes beside a graph that is traced for each of them, and finds the sizes where they differ
 * though no guard says so. The truth is the trace at fixed sizes.
 * @param every 1 for all sizes; n for each n-th of them.
 */
export async function findHoles(subject: Subject, machinery: Machinery, every = 1): Promise<HoleCount> {
  const { name, specs } = subject;
  const variants = await variantsOf(subject, machinery);
  const count = { served: 0, caught: 0, holes: [] as Hole[] };
  const probe = async (one: Variant, sizes: SizeBindings, cache: boolean) => {
    const outcome = await compare(variants, one, sizes, cache);
    if (outcome === "served" || outcome === "caught") count[outcome]++;
    else {
      const listed = [...sizes].map(([symbol, size]) => `${symbol} ${size}`).join(", ");
      count.holes.push({ name, sizes: listed, reason: outcome });
    }
  };
  try {
    const one = await variants.forRuns(specs, []);
    const some = <T>(sizes: readonly T[]) => sizes.filter((_, index) => index % every === 0);
    for (const sizes of some(sizesFor(specs))) await probe(one, sizes, false);
    const step = subject.decoder ? await stepOf(variants) : null;
    // A step that cannot begin is never asked for with nothing before it.
    const steps = step && !canBegin(step.trace) ? STEPS.filter(([, past]) => past > 0) : STEPS;
    for (const sizes of step ? some(steps) : []) await probe(step!, stepSizes(sizes), true);
  } finally {
    variants.dispose();
  }
  return count;
}

/** What became of a run of `one` at these sizes: served, caught by a guard, or why it is a hole. */
async function compare(
  variants: Variants,
  one: Variant,
  sizes: SizeBindings,
  cache: boolean,
): Promise<string> {
  const purpose = "generate";
  if (violatedGuards(one.trace, sizes).length > 0) return "caught";
  const fixed = concretise(one.specs, symbolsOf(one.specs), sizes);
  // What is carried to a step is whatever its trace asks for.
  const carried = concretise(carriedSpecs(one.trace), new Set(sizes.keys()), sizes);
  const inputs = randomInputs([...fixed, ...carried]);
  // Nothing went before a first step: the truth is a run without a cache.
  const first = sizes.get(SYMBOLS.past.symbol) === 0;
  const given = first ? fixed.filter(({ name }) => !isEarlier(name)) : fixed;
  const seen = first ? Object.fromEntries(given.map(({ name }) => [name, inputs[name]!])) : inputs;
  const truth = await variants
    .run(given, new Map(), ({ program }) => program.run({ inputs: seen }), {
      cache: cache && !first,
      purpose,
    })
    .then(({ result }) => result.output)
    .catch(problem => {
      // Out of time or memory is no answer of the source's.
      if (problem instanceof SourceError && problem.failure.kind !== "limit") return problem;
      throw problem;
    });
  try {
    const result = await one.program.run({ inputs });
    if (result.violated || !result.output || truth === null) return "caught";
    if (truth instanceof SourceError) return `the source refuses these sizes: ${truth.message}`;
    const apart = difference(result.output, truth);
    return typeof apart === "string" || !(apart <= TOLERANCE) ? `the difference is ${apart}` : "served";
  } catch (problem) {
    return truth instanceof SourceError ? "caught" : `the graph fails: ${problem}`;
  }
}

/** A decoding step with keys and values; null where the class has no cache that can be traced. */
async function stepOf(variants: Variants): Promise<Variant | null> {
  const options = { cache: true, purpose: "generate" } as const;
  const ids = [specOf("input_ids", "int64", [1, 1])];
  try {
    return await variants.forRuns([...ids, ...earlierSpecs(ids, SYMBOLS.sequence.symbol)], [], options);
  } catch (problem) {
    if (problem instanceof SourceError || problem instanceof UnsettledSizesError) return null;
    throw problem;
  }
}

function stepSizes([batch, past, sequence]: readonly [number, number, number]): SizeBindings {
  return new Map([
    [SYMBOLS.batch.symbol, batch],
    [SYMBOLS.past.symbol, past],
    [SYMBOLS.sequence.symbol, sequence],
  ]);
}

/** Sizes to try, as far as these arguments have them free. */
function sizesFor(specs: readonly InputSpec[]): SizeBindings[] {
  const free = symbolsOf(specs);
  const only = (sizes: readonly (readonly [string, number])[]) =>
    new Map(sizes.filter(([symbol]) => free.has(symbol)));
  const { batch, sequence, decoderSequence } = SYMBOLS;
  if (free.has(sequence.symbol) || free.has(decoderSequence.symbol)) {
    return TEXTS.map(([rows, length, decoded]) =>
      only([
        [batch.symbol, rows],
        [sequence.symbol, length],
        [decoderSequence.symbol, decoded],
      ]),
    );
  }
  if (free.has("samples")) {
    return SOUNDS.map(([rows, samples]) =>
      only([
        [batch.symbol, rows],
        ["samples", samples],
      ]),
    );
  }
  const hints = bindingsOf(
    specs,
    Object.fromEntries(
      specs.map(({ name, shape }) => [
        name,
        { shape: shape.map(size => (typeof size === "number" ? size : size.hint)) },
      ]),
    ),
  );
  return IMAGES.map(([rows, height, width]) =>
    only([
      [batch.symbol, rows],
      ["height", Math.round((hints.get("height") ?? 0) * height)],
      ["width", Math.round((hints.get("width") ?? 0) * width)],
    ]),
  );
}
