import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { evaluate } from "../../../src/runtime/primitives/evaluate.ts";
import type { Numbers } from "../../../src/runtime/primitives/numbers.ts";
import { PRIMITIVES } from "../../../src/runtime/primitives/table.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { evaluateSize } from "../../../src/shared/size.ts";
import type { InputSpec, Trace } from "../../../src/shared/trace.ts";
import { NO_WEIGHTS, numbersOf, runGraph } from "../../support/graphs.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

/** What PyTorch gives for the calls of function_cases.py; scripts/fixtures/primitives.py says what the fields mean. */
interface Fixture {
  readonly calls: readonly (readonly [key: string, label: string, text: string])[];
}

const folder = fixturesDirectory("primitives");
const fixture = JSON.parse(readFileSync(join(folder, "functions.json"), "utf8")) as Fixture;
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

let expected: Map<string, Numbers>;
let pool: Map<string, Numbers>;
let fixed: Trace;
let free: Trace;

before(async () => {
  const stored = await readSafetensors(join(folder, "functions.safetensors"));
  const all = [...stored].map(([name, tensor]) => [name, numbersOf(tensor)] as const);
  pool = new Map(all.flatMap(([name, x]) => (name.startsWith("pool/") ? [[name.slice(5), x]] : [])));
  expected = new Map(all.filter(([name]) => !name.startsWith("pool/")));
  fixed = await traceOf(fixture.calls, size => size);
  const some = fixture.calls.filter(
    ([key], index) => index % 4 === 0 && !/antialias|expand\(2, 3, 4\)\[0\]/.test(key),
  );
  free = await traceOf(some, size => (size >= 2 ? { symbol: `n${size}`, hint: size } : size));
});

/** Arguments that are weights: their sizes are a model's own. */
const WEIGHTS = new Set(["k1", "k2", "k2full", "k3", "four"]);

async function traceOf(
  calls: Fixture["calls"],
  dimension: (size: number) => InputSpec["shape"][number],
): Promise<Trace> {
  const names = [...pool.keys()];
  const result = await tracer.trace({
    source: join(folder, "function_cases.py"),
    class: "Functions",
    config: null,
    arguments: {},
    call: `model(dict(${names.map(name => `${name}=${name}`).join(", ")}), ${JSON.stringify(calls)})`,
    transformers: null,
    checkpointNames: null,
    inputs: names.map(name => ({
      name,
      dtype: pool.get(name)!.dtype,
      shape: WEIGHTS.has(name) ? pool.get(name)!.shape : pool.get(name)!.shape.map(dimension),
    })),
  });
  assert.ok(result.ok, JSON.stringify(result));
  assert.ok(!result.trace.incomplete);
  return result.trace;
}

const sizes = new Map(Array.from({ length: 20 }, (_, n) => [`n${n}`, n]));

function given(trace: Trace): Map<number, Numbers> {
  return new Map(
    trace.values.flatMap(({ leaf }, index) => (leaf ? [[index, pool.get(leaf.name)!] as const] : [])),
  );
}

function disagreements(trace: Trace, values: ReadonlyMap<number, Numbers>): string[] {
  return trace.outputs.flatMap(({ name, value }) => {
    const [wanted, found] = [expected.get(name)!, values.get(value)!];
    const shape = trace.values[value]!.shape.map(size => evaluateSize(size, sizes));
    if (shape.every(size => size !== undefined) && String(shape) !== String(wanted.shape)) {
      return [`${name}: traced as [${shape}], not [${wanted.shape}]`];
    }
    if (String(found.shape) !== String(wanted.shape))
      return [`${name}: [${found.shape}], not [${wanted.shape}]`];
    const at = wanted.data.findIndex((x, i) => !near(found.data[i]!, x, wanted));
    return at < 0 ? [] : [`${name}: element ${at} is ${found.data[at]}, not ${wanted.data[at]}`];
  });
}

/** Integers and what is not finite are equal; floats are off by 2e-5 of the largest in the tensor at most. */
function near(found: number, wanted: number, { dtype, data }: Numbers): boolean {
  if (found === wanted || Object.is(found, wanted)) return true;
  if (!dtype.includes("float")) return false;
  const scale = data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1);
  return Math.abs(found - wanted) <= 2e-5 * scale;
}

/** Results that one graph has at most: the time to make a session grows faster than a graph does. */
const IN_ONE_GRAPH = 150;

for (const [about, traceOfIt] of [
  ["of fixed sizes", () => fixed],
  ["of free sizes", () => free],
] as const) {
  test(`every function of the tracing torch gives PyTorch's numbers as a graph ${about}`, async () => {
    const trace = traceOfIt();
    const outputs = [...new Set(trace.outputs.map(({ value }) => value))];
    const leaves = given(trace);
    const found = new Map<number, Numbers>();
    for (let start = 0; start < outputs.length; start += IN_ONE_GRAPH) {
      const graph = lower(trace, NO_WEIGHTS, { outputs: outputs.slice(start, start + IN_ONE_GRAPH) });
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, source }) => [
          name,
          source.kind === "symbol"
            ? { dtype: "int64" as const, shape: [], data: Float64Array.of(sizes.get(source.symbol)!) }
            : leaves.get((source as { value: number }).value)!,
        ]),
      );
      for (const [value, numbers] of await runGraph(graph, feeds)) found.set(value, numbers);
    }
    assert.deepEqual(disagreements(trace, found), []);
  });

  test(`every function of the tracing torch gives PyTorch's numbers by evaluation ${about}`, () => {
    const trace = traceOfIt();
    const outputs = trace.outputs.map(({ value }) => value);
    assert.deepEqual(disagreements(trace, evaluate(trace, given(trace), outputs, sizes)), []);
  });
}

test("every result of the calls is an output of the trace", () => {
  const keys = new Set(fixed.outputs.map(({ name }) => name));
  const first = fixture.calls.map(([key]) => `${key}/0`).filter(key => expected.has(key));
  assert.deepEqual(
    first.filter(key => !keys.has(key)),
    [],
  );
  assert.ok(first.length > 1000);
});

/** Rows that have tests of their own: grouped products with experts, loops. */
const ELSEWHERE = new Set(["grouped_mm", "scan"]);

test("every row of the table of primitives is among what these functions are composed of", () => {
  const met = new Set(fixed.operations.concat(free.operations).map(({ primitive }) => primitive));
  const left = Object.keys(PRIMITIVES).filter(name => !met.has(name as never) && !ELSEWHERE.has(name));
  assert.deepEqual(left, []);
});
