import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { specsOf } from "../../src/runtime/live/inputs.ts";
import { bindSymbols, violatedDataGuard, violatedGuards } from "../../src/runtime/onnx/guards.ts";
import { lower } from "../../src/runtime/onnx/lower.ts";
import { evaluate } from "../../src/runtime/primitives/evaluate.ts";
import { type Numbers, toTensor } from "../../src/runtime/primitives/numbers.ts";
import type { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { sizeHint } from "../../src/shared/size.ts";
import type { Trace, TraceFailure, TraceRequest } from "../../src/shared/trace.ts";
import { formulaTensor } from "./formula-weights.ts";
import { NO_WEIGHTS, numbersOf, runGraph } from "./graphs.ts";
import type { Mutant } from "./mutants.ts";
import { tensorsOf } from "./package-cases.ts";
import { packageFolders } from "./packages.ts";
import { transformersDirectory } from "./paths.ts";

export type Verdict =
  /** It was traced, and the graph and the evaluation give the same numbers. */
  | { readonly kind: "same"; readonly trace: Trace; readonly outputs: ReadonlyMap<string, Numbers> }
  /** It was not, for a reason. */
  | { readonly kind: "refused"; readonly reason: string };

const MAX_ELEMENTS = 1e7;

/** Traces of one source that its own data sends another way. */
const MAX_TRACES = 4;

/**
 * Traces a mutant and runs it, with weights by formula, as a graph and by evaluation.
 * @throws AssertionError where the two differ, or a refusal does not say where and why.
 */
export async function checkMutant(tracer: TracerProcess, { original, text }: Mutant): Promise<Verdict> {
  const { source } = original.request;
  const inputs = tensorsOf(original.inputs);
  let answers: TraceRequest["answers"];
  for (let attempt = 0; attempt < MAX_TRACES; attempt++) {
    const result = await tracer.trace({
      ...original.request,
      overlay: { [source]: text },
      inputs: specsOf(inputs),
      checkpointNames: null,
      ...(answers ? { answers } : {}),
    });
    if (!result.ok) {
      return { kind: "refused", reason: assertToldWhere(result.failure, source) };
    }
    const ran = await run(result.trace, inputs);
    if (!("answers" in ran)) return ran;
    answers = ran.answers;
  }
  return { kind: "refused", reason: "its data sends it another way again and again" };
}

/** A refusal names file, line and reason, and none of the tracer's own frames. @returns it in words. */
function assertToldWhere(failure: TraceFailure, source: string): string {
  const { kind, message, file, line, arguments: values } = failure;
  const reason = message.replace(/\{(\d+)\}/g, (_, index) => values[Number(index)] ?? "");
  assert.ok(message.length > 10, "no reason");
  assert.doesNotMatch(reason, /papertrace\//, "a reason that speaks of the tracer itself");
  const told = `${kind}: ${reason} [${file?.split("/").at(-1)}:${line}]`;
  // A process that had to be ended cannot say where it was; what it was tracing is in the reason.
  const ended = file === null && ["limit", "crashed"].includes(kind) && values.includes(source);
  // A file that lacks the class has no line for it.
  const nowhere = kind === "missing" && file === source && values.length > 0;
  if (!ended && !nowhere) {
    assert.ok(file !== null && line !== null, told);
    const folders = [dirname(source), join(transformersDirectory(), "transformers"), ...packageFolders()];
    assert.ok(
      folders.some(folder => file.startsWith(folder)),
      told,
    );
  }
  return told;
}

async function run(
  trace: Trace,
  inputs: ReturnType<typeof tensorsOf>,
): Promise<Verdict | { readonly answers: NonNullable<TraceRequest["answers"]> }> {
  const bindings = bindSymbols(trace, new Map(Object.entries(inputs)));
  const violated = violatedGuards(trace, bindings);
  if (violated.length > 0) return { kind: "refused", reason: "guards on sizes that these inputs violate" };
  const elements = trace.values.map(({ leaf, shape }) =>
    leaf ? shape.reduce<number>((product, size) => product * sizeHint(size), 1) : 0,
  );
  if (elements.some(count => count > MAX_ELEMENTS))
    return { kind: "refused", reason: "a parameter that is huge" };
  const given = new Map<number, Numbers>();
  trace.values.forEach(({ leaf, shape }, index) => {
    if (leaf?.kind === "input") given.set(index, numbersOf(inputs[leaf.name]!));
    if (leaf?.kind === "parameter") given.set(index, numbersOf(formulaTensor(leaf.name, shape as number[])));
  });
  const guards = trace.guards.flatMap(guard => (guard.kind === "data" ? [guard.value] : []));
  const results = trace.incomplete ? [] : trace.outputs.map(({ value }) => value);
  const outputs = [...new Set([...results, ...guards])];
  if (results.length === 0 && !trace.incomplete)
    return { kind: "refused", reason: "forward gives no tensor" };
  let graph: ReturnType<typeof lower>;
  try {
    graph = lower(trace, NO_WEIGHTS, { outputs, inputs: [...given.keys()] });
  } catch (error) {
    return { kind: "refused", reason: `lower: ${error instanceof Error ? error.message : error}` };
  }
  const feeds: Record<string, Numbers> = {};
  for (const { name, source } of graph.inputs) {
    if (source.kind === "value") feeds[name] = given.get(source.value)!;
    else if (source.kind === "symbol") {
      feeds[name] = { dtype: "int64", shape: [], data: Float64Array.of(bindings.get(source.symbol)!) };
    }
  }
  let lowered: ReadonlyMap<number, Numbers>;
  try {
    lowered = await runGraph(graph, feeds);
  } catch (error) {
    return { kind: "refused", reason: `run: ${error instanceof Error ? error.message : error}` };
  }
  const read = new Map(guards.map(value => [value, toTensor(lowered.get(value)!)] as const));
  const other = violatedDataGuard(trace, read);
  if (other) return { answers: other.answers };
  const evaluated = evaluate(trace, given, outputs, bindings);
  for (const value of outputs) assertAlike(lowered.get(value)!, evaluated.get(value)!);
  return {
    kind: "same",
    trace,
    outputs: new Map(trace.outputs.map(({ name, value }) => [name, lowered.get(value)!])),
  };
}

/** Within 1e-3 of the largest of the finite numbers; what is not finite in one is not in the other. */
function assertAlike(lowered: Numbers, evaluated: Numbers): void {
  assert.deepEqual(lowered.shape, evaluated.shape);
  const finite = evaluated.data.filter(Number.isFinite).map(Math.abs);
  const scale = finite.reduce((a, b) => Math.max(a, b), 1e-3);
  evaluated.data.forEach((expected, i) => {
    const actual = lowered.data[i]!;
    const alike = Number.isFinite(expected)
      ? Math.abs(actual - expected) <= 1e-3 * scale
      : Object.is(actual, expected);
    assert.ok(alike, `element ${i} is ${actual} in the graph and ${expected} by evaluation`);
  });
}
