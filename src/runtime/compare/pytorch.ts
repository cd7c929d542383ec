import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DType, Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { writtenDifference } from "../../shared/provider.ts";
import type { InputSpec, NamedValue, Trace } from "../../shared/trace.ts";
import { bindingsOf, concretise, specsOf, symbolsOf } from "../live/inputs.ts";
import type { LiveModel, OpenRequest } from "../live/types.ts";
import { outputValue } from "../live/values.ts";
import { readSafetensors, writeTensors } from "../weights/safetensors.ts";
import { differenceOfAny, isSameShape, toleranceOf } from "./difference.ts";
import { describeStep, type PyTorchDone, type PyTorchRequest } from "./protocol.ts";
import { type PythonOptions, runPython, tracerFolder } from "./python-process.ts";
import { weightPlaces } from "./weight-places.ts";

/** One value, here and in PyTorch. */
export interface ComparedValue {
  readonly id: string;
  /** The assignment or the call; null for the output of the whole. */
  readonly place: { readonly file: string; readonly line: number } | null;
  readonly shape: readonly number[];
  /** Shape in PyTorch; where it is another, the difference is infinite. */
  readonly expectedShape: readonly number[];
  readonly dtype: DType;
  /** See `Difference`. */
  readonly absolute: number;
  readonly relative: number;
  readonly tolerance: number;
}

export interface Comparison {
  /** In the order in which they are computed. */
  readonly values: readonly ComparedValue[];
  /** The first that differs by more than its tolerance: what follows from it differs too. */
  readonly first: ComparedValue | null;
  /** Values that have no counterpart, and why. */
  readonly left: readonly { readonly id: string; readonly reason: string }[];
  /** Outputs of the whole, by name, that are compared under none of their ids. */
  readonly outputsLeft: readonly string[];
  readonly torch: string;
  readonly python: string;
}

export interface CompareOptions extends Omit<PythonOptions, "onStep"> {
  readonly open: (request: OpenRequest, signal?: AbortSignal) => Promise<LiveModel>;
  readonly onProgress?: (message: string, fraction: number | null) => void;
}

/**
 * Runs a source on the same inputs here and in PyTorch, with the same weights, and compares every value that has a name.
 * A source that loops over a free size is traced for these sizes, so that every iteration has values of its own.
 * @param inputs forward's arguments by name.
 * @throws Error that says why one of the two could not be run.
 */
export async function compareWithPyTorch(
  request: OpenRequest,
  inputs: Readonly<Record<string, Tensor>>,
  options: CompareOptions,
): Promise<Comparison> {
  const { open, onProgress, signal, ...python } = options;
  const folder = await mkdtemp(join(tmpdir(), "papertrace-compare-"));
  onProgress?.(t("Running the trace"), null);
  let model: LiveModel | null = null;
  try {
    model = await openFor(request, inputs, open, signal);
    const { trace } = model;
    const named = trace.named.filter(({ value }) => !trace.values[value]!.uninitialised);
    const ids = [...new Set(named.map(({ id }) => id))];
    const run = await model.run({ inputs, taps: ids }, signal);
    const { request: traced, weights } = await model.recipe(signal);
    await writeTensors(join(folder, "inputs.safetensors"), new Map(Object.entries(inputs)));
    const asked: PyTorchRequest = {
      ...traced,
      configFile: request.checkpoint && join(request.checkpoint, "config.json"),
      tracer: tracerFolder(),
      files: trace.files.map(({ path }) => path),
      weights: await weightPlaces(weights, join(folder, "weights.safetensors")),
      inputs: join(folder, "inputs.safetensors"),
      output: join(folder, "output.safetensors"),
      values: ids,
    };
    const done = await runPython(asked, {
      ...python,
      signal,
      onStep: step => onProgress?.(describeStep(step), step.of ? step.done / step.of : null),
    });
    const expected = await readSafetensors(asked.output);
    return compare(trace, named, id => run.taps.get(id), done, expected);
  } finally {
    model?.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openFor(
  request: OpenRequest,
  inputs: Readonly<Record<string, Tensor>>,
  open: CompareOptions["open"],
  signal?: AbortSignal,
): Promise<LiveModel> {
  const specs: readonly InputSpec[] = request.inputs ?? specsOf(inputs);
  const sizes = bindingsOf(specs, inputs);
  const model = await open({ ...request, inputs: specs, sizes }, signal);
  if (!model.trace.operations.some(({ primitive }) => primitive === "scan")) return model;
  model.dispose();
  return open({ ...request, inputs: concretise(specs, symbolsOf(specs), sizes) }, signal);
}

function compare(
  trace: Trace,
  named: readonly NamedValue[],
  here: (id: string) => Tensor | undefined,
  { values, torch, python }: PyTorchDone,
  expected: ReadonlyMap<string, Tensor>,
): Comparison {
  const found = new Map(values.map((value, i) => [value.id, { ...value, tensor: expected.get(String(i)) }]));
  const compared: ComparedValue[] = [];
  const left: { id: string; reason: string }[] = [];
  const seen = new Set<string>();
  for (const value of named) {
    const { id, variable } = value;
    if (seen.has(id)) continue;
    seen.add(id);
    const actual = here(id);
    const other = found.get(id);
    const place = placeOf(trace, value);
    if (!actual) left.push({ id, reason: t("it was not computed here") });
    else if (!other?.tensor) left.push({ id, reason: t("PyTorch took a way that does not compute it") });
    else if (variable !== null && place !== null && other.line !== place.line)
      left.push({
        id,
        reason: t("PyTorch assigns it in line {0}, the trace in line {1}", other.line ?? "?", place.line),
      });
    else {
      const { dtype, shape } = actual;
      const expectedShape = other.tensor.shape;
      const difference = differenceOfAny(actual, other.tensor);
      compared.push({ id, place, shape, expectedShape, dtype, tolerance: toleranceOf(dtype), ...difference });
    }
  }
  const first = compared.find(({ relative, tolerance }) => relative > tolerance) ?? null;
  const outputsLeft = outputsBut(new Set(compared.map(({ id }) => id)), trace);
  return { values: compared, first, left, outputsLeft, torch, python };
}

/**
 * The outputs that have none of these ids. What a cache holds has no name as an output, and is not asked for; the model's
 * answer is in any case.
 */
function outputsBut(ids: ReadonlySet<string>, trace: Trace): string[] {
  const answer = outputValue(trace);
  return trace.outputs
    .filter(({ value }) => {
      const own = trace.named.filter(named => named.value === value);
      const asked = value === answer || own.some(named => named.module === 0 && named.variable === null);
      return asked && !own.some(({ id }) => ids.has(id));
    })
    .map(({ name }) => name);
}

function placeOf(trace: Trace, { place }: NamedValue): ComparedValue["place"] {
  const at = place === null ? undefined : trace.places[place];
  return at ? { file: trace.files[at.file]!.path, line: at.line } : null;
}

/** Whether a comparison shows that both compute the same: what was not compared shows nothing. */
export function isAgreement({ values, first, outputsLeft }: Comparison): boolean {
  return values.length > 0 && first === null && outputsLeft.length === 0;
}

/** What a comparison says, in a sentence or two. */
export function describeComparison(comparison: Comparison): string {
  const { left } = comparison;
  const said = verdict(comparison);
  return left.length === 0 ? said : `${said} ${t("{0} values could not be compared.", left.length)}`;
}

function verdict({ values, first, outputsLeft, torch }: Comparison): string {
  if (values.length === 0)
    return t("Nothing could be compared with PyTorch {0}: this says nothing of the numbers here.", torch);
  if (first !== null) {
    const name = first.id || t("the output");
    return isSameShape(first.shape, first.expectedShape)
      ? t(
          "{0} differs from PyTorch {1} by {2}, more than {3}; it is the first of {4} values.",
          name,
          torch,
          writtenDifference(first.relative),
          first.tolerance,
          values.length,
        )
      : t(
          "{0} differs from PyTorch {1}: {2}; it is the first of {3} values.",
          name,
          torch,
          describeShapes(first)!,
          values.length,
        );
  }
  if (outputsLeft.length > 0)
    return t(
      "Output {0} could not be compared with PyTorch {1}; {2} values on the way to it agree.",
      outputsLeft.join(", "),
      torch,
      values.length,
    );
  const largest = Math.max(...values.map(({ relative }) => relative));
  return t(
    "{0} values agree with PyTorch {1}; the largest difference is {2}.",
    values.length,
    torch,
    writtenDifference(largest),
  );
}

/** Both shapes of a value, in words; null where they are one. */
export function describeShapes({ shape, expectedShape }: ComparedValue): string | null {
  if (isSameShape(shape, expectedShape)) return null;
  return t("its shape is [{0}] in PyTorch, [{1}] here", expectedShape.join(", "), shape.join(", "));
}
