import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { bindSymbols, violatedGuards } from "../../../src/runtime/onnx/guards.ts";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { evaluate } from "../../../src/runtime/primitives/evaluate.ts";
import { fill, type Numbers } from "../../../src/runtime/primitives/numbers.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { formatSize } from "../../../src/shared/size.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { runGraph } from "../../support/graphs.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import { checkpointOf } from "../../support/weights.ts";

interface Fixture {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly {
    readonly batch: number;
    readonly length: number;
    readonly outputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  }[];
}

const folder = fixturesDirectory("tracer");
const fixtures: Record<string, Fixture> = JSON.parse(readFileSync(join(folder, "loops.json"), "utf8"));
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

async function traceOf(name: string, batch = 3, length = 7): Promise<Trace> {
  const result = await tracer.trace({
    source: join(folder, "loops.py"),
    class: name,
    config: null,
    arguments: {},
    transformers: null,
    checkpointNames: null,
    inputs: [
      {
        name: "x",
        dtype: "float32",
        shape: [{ symbol: "batch_size", hint: batch }, { symbol: "sequence", hint: length }, 6],
      },
    ],
  });
  assert.ok(result.ok, JSON.stringify(result));
  return result.trace;
}

/** The formula of scripts/fixtures/loops.py. */
function wave(shape: readonly number[], phase: number): Numbers {
  return fill("float32", shape, i => Math.fround(0.5 * Math.sin(1.3 * i + phase)));
}

function weightsOf(fixture: Fixture): Record<string, Numbers> {
  return Object.fromEntries(
    Object.entries(fixture.parameters).map(([name, shape], i) => [name, wave(shape, 0.7 * i)]),
  );
}

function agree(
  actual: Numbers | undefined,
  expected: { shape: readonly number[]; data: ArrayLike<number> },
  about: string,
) {
  assert.deepEqual(actual?.shape, expected.shape, about);
  Array.from(expected.data).forEach((x, i) => {
    assert.ok(Math.abs(actual.data[i]! - x) < 1e-5, `${about}: element ${i} is ${actual.data[i]}, not ${x}`);
  });
}

function loopsIn(trace: Trace): number {
  return trace.operations.filter(({ primitive }) => primitive === "scan").length;
}

/** Loops over the length in every form that is one operation, and the lengths that need a graph of their own. */
const ROLLED: Readonly<Record<string, readonly number[]>> = {
  SelectiveScan: [],
  Recurrent: [],
  Backwards: [],
  FromNothing: [1],
  Shifted: [1],
  Chunked: [],
  Sums: [],
  PerRow: [],
  Layers: [],
};
/** Loops that are written out for each length. */
const UNROLLED = ["Stops", "Decides", "Counts", "ThirdOf"];

async function compare(
  name: string,
  trace: Trace,
  { batch, length, outputs: expected }: Fixture["cases"][number],
) {
  const parameters = weightsOf(fixtures[name]!);
  const outputs = trace.outputs.map(({ value }) => value);
  const graph = lower(trace, await checkpointOf(parameters), { outputs });
  const x = wave([batch, length, 6], 0.2);
  const results = await runGraph(graph, { x });
  const given = new Map(
    trace.values.flatMap(({ leaf }, i) =>
      leaf ? [[i, leaf.kind === "input" ? x : parameters[leaf.name]!] as const] : [],
    ),
  );
  const evaluated = evaluate(trace, given, outputs, bindSymbols(trace, new Map([["x", x]])));
  const about = `${name} of ${batch} × ${length}`;
  assert.equal(expected.length, outputs.length);
  expected.forEach((tensor, i) => {
    agree(results.get(outputs[i]!), tensor, about);
    agree(evaluated.get(outputs[i]!), tensor, `${about}, evaluated`);
  });
}

function fits(trace: Trace, batch: number, length: number): boolean {
  const bindings = bindSymbols(trace, new Map([["x", { shape: [batch, length, 6] }]]));
  return violatedGuards(trace, bindings).length === 0;
}

for (const [name, own] of Object.entries(ROLLED)) {
  test(`${name}: one graph gives PyTorch's numbers at every length, and so does evaluation`, async () => {
    const trace = await traceOf(name);
    assert.ok(loopsIn(trace) > 0);
    for (const each of fixtures[name]!.cases) {
      const { batch, length } = each;
      assert.equal(fits(trace, batch, length), !own.includes(length), `${batch} × ${length}`);
      await compare(name, fits(trace, batch, length) ? trace : await traceOf(name, batch, length), each);
    }
  });
}

for (const name of UNROLLED) {
  test(`${name}: iterations that are not the same are written out, for one length`, async () => {
    const trace = await traceOf(name);
    assert.equal(loopsIn(trace), 0);
    for (const each of fixtures[name]!.cases) {
      const { batch, length } = each;
      assert.equal(fits(trace, batch, length), false);
      await compare(name, await traceOf(name, batch, length), each);
    }
  });
}

test("a trace is as long for a long text as for a short one", async () => {
  const [short, long] = [await traceOf("SelectiveScan", 2, 5), await traceOf("SelectiveScan", 2, 300)];
  assert.equal(long.operations.length, short.operations.length);
  assert.equal(long.values.length, short.values.length);
});

test("a value of a loop has one name, and all iterations along a new first axis", async () => {
  const trace = await traceOf("SelectiveScan");
  const ids = trace.named.map(({ id }) => id);
  assert.deepEqual(
    (await traceOf("SelectiveScan", 2, 12)).named.map(({ id }) => id),
    ids,
  );
  assert.deepEqual(
    ids.filter(id => id.startsWith(":state") || id.startsWith(":result")),
    [":state#0", ":state#1", ":result#0"],
  );
  const named = (id: string) => trace.named.find(each => each.id === id)!.value;
  const [state, result] = [named(":state#1"), named(":result#0")];
  assert.deepEqual(trace.values[state]!.shape.map(formatSize), ["sequence", "batch_size", "6", "4"]);
  const outputs = [state, result, ...trace.outputs.map(({ value }) => value)];
  const graph = lower(trace, await checkpointOf(weightsOf(fixtures.SelectiveScan!)), { outputs });
  const values = await runGraph(graph, { x: wave([2, 11, 6], 0.2) });
  const [states, results, all, last] = outputs.map(value => values.get(value)!);
  assert.deepEqual(states!.data.slice(-2 * 6 * 4), last!.data);
  assert.deepEqual(results!.shape, [11, 2, 6, 1]);
  results!.data.forEach((x, i) => {
    const [step, rest] = [Math.floor(i / 12), i % 12];
    assert.equal(x, all!.data[rest * 11 + step]);
  });
});

test("an intervention at one step of a loop acts on those after it", async () => {
  const trace = await traceOf("Recurrent");
  const { value } = trace.named.find(({ id }) => id === ":hidden#1")!;
  const parameters = weightsOf(fixtures.Recurrent!);
  const weights = await checkpointOf(parameters);
  const [weight, bias] = [parameters["step.weight"]!, parameters["step.bias"]!];
  const [output] = trace.outputs;
  const length = 5;
  const x = wave([1, length, 6], 0.2);
  const at = { step: 2, channel: 4 };

  const scaled = (hidden: number[], step: number) =>
    hidden.map((h, channel) => (step === at.step && channel === at.channel ? h * 2 + 1 : h));
  const expected: number[] = [];
  let hidden = Array.from({ length: 6 }, () => 0);
  for (let step = 0; step < length; step++) {
    const next = hidden.map((_, row) => {
      const product = hidden.reduce(
        (sum, h, column) => sum + h * weight.data[row * 6 + column]!,
        bias.data[row]!,
      );
      return Math.tanh(product + x.data[step * 6 + row]!);
    });
    hidden = scaled(next, step);
    expected.push(...hidden);
  }
  const graph = lower(trace, weights, {
    outputs: [output!.value, value],
    interventions: [{ value, axes: [0, 2], kind: "affine" }],
  });
  const number = (dtype: "float32" | "int64", data: number): Numbers => fill(dtype, [], () => data);
  const values = await runGraph(graph, {
    x,
    "intervention.0.factor": number("float32", 2),
    "intervention.0.amount": number("float32", 1),
    "intervention.0.index.0": number("int64", at.step),
    "intervention.0.index.2": number("int64", at.channel),
  });
  agree(values.get(output!.value), { shape: [1, length, 6], data: expected }, "output");
  agree(values.get(value), { shape: [length, 1, 6], data: expected }, "hidden");

  const patch = wave([length, 1, 6], 0.9);
  const patched = lower(trace, weights, {
    outputs: [output!.value],
    interventions: [{ value, axes: [], kind: "tensor" }],
  });
  const replaced = await runGraph(patched, { x, "intervention.0.tensor": patch });
  agree(replaced.get(output!.value), { shape: [1, length, 6], data: patch.data }, "patched");
});
