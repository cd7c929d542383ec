import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bindingsOf, specsOf } from "../../src/runtime/live/inputs.ts";
import type { Live } from "../../src/runtime/live/live.ts";
import { bindSymbols, violatedGuards } from "../../src/runtime/onnx/guards.ts";
import { numbers } from "../../src/runtime/session/numbers.ts";
import { writeTensors } from "../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import type { Trace } from "../../src/shared/trace.ts";
import { formulaBits, formulaTensor, SPREAD } from "./formula-weights.ts";
import { fixturesDirectory } from "./paths.ts";

/** A case of test/fixtures/tracer/packages; scripts/fixtures/packages.py says what the fields mean. */
export interface PackageCase {
  readonly source: string;
  readonly construct: string;
  readonly call: string | null;
  readonly parameters: string;
  readonly runs: readonly ExpectedRun[];
}

interface ExpectedRun {
  readonly inputs: Readonly<Record<string, string>>;
  readonly shape: readonly number[];
  readonly stride: number;
  readonly values: readonly number[];
  readonly deviation: number;
}

/** Largest difference, in standard deviations of what PyTorch gives. */
const TOLERANCE = 1e-3;

export function packageCases(name: string): Readonly<Record<string, PackageCase>> {
  const file = join(fixturesDirectory("tracer"), "packages", `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, PackageCase>;
}

export interface CheckOptions {
  /** Folders in which the source and its imports are looked for. */
  readonly folders: readonly string[];
  readonly transformers?: string | null;
}

/**
 * Traces a case's class, gives it the formula's weights and compares every run with PyTorch's figures.
 * @returns for every run, the guards of the first trace that its sizes violate: none where that trace served.
 */
export async function checkCase(
  live: Live,
  name: string,
  given: PackageCase,
  options: CheckOptions,
): Promise<number[]> {
  const { folders, transformers = null } = options;
  const source = folders.map(folder => join(folder, given.source)).find(path => existsSync(path));
  assert.ok(source, `${given.source} is in none of ${folders.join(", ")}`);
  const request = {
    source,
    class: name,
    construct: given.construct,
    ...(given.call ? { call: given.call } : {}),
    packages: folders,
    transformers,
  };
  const folder = await mkdtemp(join(tmpdir(), "papertrace-package-"));
  try {
    const tree = await live.modules({ ...request, config: null, checkpointNames: null });
    assert.ok(tree.ok, tree.ok ? "" : `${tree.failure.message} ${tree.failure.arguments.join(" ")}`);
    await writeWeights(folder, tree.trace, given);
    const first = tensorsOf(given.runs[0]!.inputs);
    const specs = specsOf(first);
    const model = await live.open({
      ...request,
      checkpoint: folder,
      inputs: specs,
      sizes: bindingsOf(specs, first),
    });
    const violated: number[] = [];
    for (const run of given.runs) {
      const inputs = tensorsOf(run.inputs);
      const { output } = await model.run({ inputs });
      assertNear(output, run, name);
      violated.push(
        violatedGuards(model.trace, bindSymbols(model.trace, new Map(Object.entries(inputs)))).length,
      );
    }
    model.dispose();
    return violated;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeWeights(folder: string, trace: Trace, given: PackageCase): Promise<void> {
  const parameters = trace.parameters
    .filter(parameter => parameter.kind === "parameter")
    .map(({ name, shape }) => [name, shape] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash("sha256").update(JSON.stringify(parameters)).digest("hex");
  assert.equal(digest, given.parameters, "other parameters than PyTorch has");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), "{}");
  const tensors = new Map(parameters.map(([name, shape]) => [name, formulaTensor(name, shape)]));
  await writeTensors(join(folder, "model.safetensors"), tensors);
}

export function tensorsOf(inputs: ExpectedRun["inputs"]): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, form]) => {
      const [kind, sizes] = form.split(" ") as [string, string];
      return [name, argument(name, kind, sizes.split(",").map(Number))];
    }),
  );
}

/** `argument` of scripts/fixtures/packages.py. */
function argument(name: string, kind: string, shape: readonly number[]): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const whole = (value: (bits: number) => number): Tensor => {
    const data = BigInt64Array.from(formulaBits(name, count), bits => BigInt(value(bits)));
    return { dtype: "int64", shape, data: new Uint8Array(data.buffer) };
  };
  const float = (value: (index: number) => number): Tensor => {
    const data = Float32Array.from({ length: count }, (_, index) => value(index));
    return { dtype: "float32", shape, data: new Uint8Array(data.buffer) };
  };
  const drawn = () =>
    new Float32Array(formulaTensor(name, shape).data.slice().buffer).map(value => value / SPREAD);
  const bits = formulaBits(name, count);
  const rows = shape.at(-1) ?? 1;
  if (kind === "f") {
    const values = drawn();
    return float(index => values[index]! * Math.fround(1.7));
  }
  if (kind === "u") {
    const values = drawn();
    return float(index => Math.fround(values[index]! + 1) / 2);
  }
  if (kind === "t") return whole(each => (each % 899) + 1);
  if (kind === "tf") return float(index => (bits[index]! % 899) + 1);
  if (kind === "o") return float(() => 1);
  if (kind === "oi") return whole(() => 1);
  if (kind === "b" || kind === "ob") {
    const data = Uint8Array.from(bits, (each, index) =>
      Number(kind === "ob" || index % rows === 0 || each % 10 >= 3),
    );
    return { dtype: "bool", shape, data };
  }
  return whole(each => each % Number(kind.slice(1)));
}

function assertNear(output: Tensor, expected: ExpectedRun, name: string): void {
  assert.deepEqual(output.shape, expected.shape, `${name}: shape`);
  const values = numbers(output);
  let worst = 0;
  for (const [index, value] of expected.values.entries()) {
    worst = Math.max(worst, Math.abs(Number(values[index * expected.stride]) - value));
  }
  const scaled = worst / Math.max(expected.deviation, 1e-6);
  assert.ok(scaled < TOLERANCE, `${name}: off by ${scaled} deviations`);
}
