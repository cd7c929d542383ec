import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckedProgram, type RunningProgram } from "../../../src/runtime/session/checked-program.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import type { ProgramSpec } from "../../../src/runtime/session/protocol.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import type { Provider } from "../../../src/shared/run.ts";
import { float32, tinyTrace } from "./tiny-trace.ts";

const OUTPUT = tinyTrace().outputs[0]!.value;

/** A program for each provider whose every value is what `compute` gives for it. */
function programs(
  compute: Partial<Record<Provider, (run: number, value: number) => number[] | Tensor>>,
  providers: readonly Provider[] = ["webgpu"],
  takes: Partial<Record<Provider, number>> = {},
) {
  const clock = { time: 0 };
  const runs: Provider[] = [];
  const disposed: Provider[] = [];
  const lines: string[] = [];
  const spec: ProgramSpec = {
    key: "tiny",
    trace: tinyTrace(),
    weights: "/",
    providers,
    purpose: "inspect",
  };
  const inPlace: (readonly [Provider, boolean])[] = [];
  const make = async ({ providers: [provider] }: ProgramSpec): Promise<RunningProgram> => ({
    trace: spec.trace,
    loaded: { provider: provider!, fallback: null, activations: "float32" },
    inPlace: null,
    run: async (_, values) => {
      runs.push(provider!);
      clock.time += takes[provider!] ?? 0;
      const run = runs.filter(each => each === provider).length;
      return new Map(
        values.map(value => {
          const given = compute[provider!]!(run, value);
          return [value, Array.isArray(given) ? float32([given.length], given) : given];
        }),
      );
    },
    release: () => undefined,
    dispose: async () => {
      disposed.push(provider!);
    },
  });
  const load = (asked: ProgramSpec, wanted: boolean) => {
    inPlace.push([asked.providers[0]!, wanted]);
    return make(asked);
  };
  const loaded = CheckedProgram.load(
    spec,
    load,
    line => lines.push(line),
    () => clock.time,
  );
  return { loaded, runs, disposed, lines, inPlace };
}

async function output(program: CheckedProgram): Promise<number[]> {
  return Array.from(numbers((await program.run({}, [OUTPUT])).get(OUTPUT)!));
}

test("the first run is checked, later ones now and then, and the CPU's copy is given up in between", async () => {
  const { loaded, runs, disposed, lines } = programs({ cpu: () => [1, 2], webgpu: () => [1, 2.0001] });
  const program = await loaded;
  assert.equal(program.serving.provider, "webgpu");
  for (let run = 0; run < 60; run++) assert.deepEqual(await output(program), numbersOf([1, 2.0001]));
  assert.equal(runs.filter(provider => provider === "cpu").length, 2);
  assert.deepEqual(disposed, ["cpu", "cpu"]);
  const { provider, fallback, check } = program.serving;
  assert.deepEqual([provider, fallback, check?.agrees, check?.checks], ["webgpu", null, true, 2]);
  // the output, and every other named value of the trace
  assert.equal(check?.values, new Set(tinyTrace().named.map(({ value }) => value)).size);
  assert.match(lines[0]!, /^WebGPU agrees with the CPU: \d+ values, largest difference 5\.0e-5\.$/);
});

test("where a check takes long, more is run before the next, and no more is loaded than it needs", async () => {
  const same = { cpu: () => [1], webgpu: () => [1] };
  const { loaded, runs, inPlace } = programs(same, ["webgpu"], { cpu: 10, webgpu: 1 });
  const program = await loaded;
  const checks = () => runs.filter(provider => provider === "cpu").length;
  for (let run = 0; run < 201; run++) await output(program);
  assert.equal(checks(), 1);
  await output(program);
  assert.equal(checks(), 2);
  assert.deepEqual(inPlace, [
    ["webgpu", true],
    ["cpu", false],
    ["cpu", false],
  ]);
});

test("a provider that drifts is left for the CPU, whose numbers are given, and the sentence says by how much", async () => {
  const { loaded, runs, disposed, lines } = programs({
    cpu: () => [3, 4],
    webgpu: run => (run > 50 ? [3, 4.5] : [3, 4]),
  });
  const program = await loaded;
  for (let run = 0; run < 50; run++) await output(program);
  assert.equal(program.serving.fallback, null);
  assert.deepEqual(await output(program), [3, 4]);
  const { provider, fallback, check } = program.serving;
  assert.deepEqual([provider, check?.agrees], ["cpu", false]);
  assert.match(
    fallback!,
    /^WebGPU drifts from the CPU: .+ differs by 1\.3e-1, more than 0\.001\. The CPU computes/,
  );
  assert.equal(lines.at(-1), fallback);
  assert.deepEqual(disposed, ["cpu", "webgpu"]);
  const before = runs.length;
  assert.deepEqual(await output(program), [3, 4]);
  assert.deepEqual(runs.slice(before), ["cpu"]);
});

test("a value that drifts is found beside one of a coarser type that differs by more, within what that allows", async () => {
  const half = (value: number): Tensor => ({
    dtype: "float16",
    shape: [1],
    data: new Uint8Array(Float16Array.of(value).buffer),
  });
  const { loaded } = programs({
    cpu: (_, value) => (value === OUTPUT ? [1] : half(1)),
    webgpu: (_, value) => (value === OUTPUT ? [1.008] : half(1.015)),
  });
  const program = await loaded;
  assert.deepEqual(await output(program), [1]);
  const { provider, fallback, check } = program.serving;
  assert.deepEqual([provider, check?.agrees], ["cpu", false]);
  assert.match(fallback!, / differs by 8\.0e-3, more than 0\.001\. The CPU computes/);
});

test("a value of another shape drifts", async () => {
  const { loaded, disposed } = programs({ cpu: () => [1, 2], webgpu: () => [1, 2, 3] });
  const program = await loaded;
  assert.deepEqual(await output(program), [1, 2]);
  assert.match(program.serving.fallback!, /drifts from the CPU: .+ differs by ∞/);
  assert.deepEqual(disposed, ["webgpu"]);
});

test("a run of whole numbers alone is not said to agree, and the next one is checked in its place", async () => {
  const { loaded, runs, lines } = programs({
    cpu: () => [1, 2],
    webgpu: run => (run < 3 ? int64([7], [1]) : [1, 2]),
  });
  const program = await loaded;
  await output(program);
  await output(program);
  const check = () => program.serving.check;
  assert.equal(check(), null);
  assert.deepEqual(runs, ["webgpu", "webgpu"]);
  assert.deepEqual(lines, ["WebGPU was not compared with the CPU: a run gave no floating-point numbers."]);
  await output(program);
  assert.deepEqual([check()?.agrees, check()?.checks], [true, 1]);
});

test("a provider that fails is left for the CPU, and the sentence says why", async () => {
  const { loaded } = programs({
    cpu: () => [5],
    webgpu: () => {
      throw new Error("device lost\nat somewhere");
    },
  });
  const program = await loaded;
  assert.deepEqual(await output(program), [5]);
  assert.equal(program.serving.fallback, "WebGPU failed: device lost. The CPU computes instead.");
});

test("what the CPU refuses too is no fault of the provider", async () => {
  const refuse = () => {
    throw new Error("input_ids is missing");
  };
  const { loaded, disposed } = programs({ cpu: refuse, webgpu: refuse });
  const program = await loaded;
  await assert.rejects(output(program), /input_ids is missing/);
  assert.deepEqual([program.serving.provider, program.serving.fallback], ["webgpu", null]);
  assert.deepEqual(disposed, ["cpu"]);
});

test("nothing is checked where the CPU serves", async () => {
  const { loaded, runs } = programs({ cpu: () => [7] }, ["cpu"]);
  const program = await loaded;
  assert.deepEqual(await output(program), [7]);
  assert.deepEqual(program.serving, { provider: "cpu", fallback: null, check: null });
  assert.deepEqual(runs, ["cpu"]);
});

function numbersOf(values: readonly number[]): number[] {
  return Array.from(Float32Array.from(values));
}
