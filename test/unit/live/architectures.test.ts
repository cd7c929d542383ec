import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { specsOf } from "../../../src/runtime/live/inputs.ts";
import { Live } from "../../../src/runtime/live/live.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { bindSymbols, violatedGuards } from "../../../src/runtime/onnx/guards.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import { type ArchitectureCase, readCase, writeCheckpoint } from "../../support/formula-weights.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const TEXT = ["gpt2", "bert", "bert-question", "llama", "qwen3", "mixtral", "t5"];
const NAMES = [...TEXT, "vit", "videomae", "yolos", "git", "paligemma", "gemma3", "whisper", "wav2vec2"];

/** Largest difference, in standard deviations of what PyTorch gives. */
const TOLERANCE = 1e-4;

const FIXTURES = fixturesDirectory("architectures");

let cache: string;
let live: Live;
const cases = new Map<string, ArchitectureCase>();

before(async () => {
  cache = await mkdtemp(join(tmpdir(), "papertrace-architectures-"));
  // No trace is there beforehand, so that each one that is made can be counted; the interpreter need not start from nothing.
  const { snapshots } = cacheAt(tracerCacheDirectory());
  await mkdir(snapshots, { recursive: true });
  await symlink(snapshots, cacheAt(cache).snapshots, "dir");
  live = new Live({ cacheDirectory: cache });
  for (const name of NAMES) {
    const fixture = join(FIXTURES, name);
    cases.set(name, await readCase(fixture));
    await writeCheckpoint(fixture, checkpointOf(name), cases.get(name)!);
  }
});

after(async () => {
  live.dispose();
  await rm(cache, { recursive: true });
});

for (const name of NAMES) {
  test(`transformers' own ${name} gives PyTorch's numbers for one row and for two padded ones, in one graph`, async () => {
    const first = await readExpected(name, "first");
    const second = await readExpected(name, "second");
    const model = await open(name, first.inputs);
    const opened = await traces();
    for (const { inputs, output } of [first, second]) {
      assert.deepEqual(violatedGuards(model.trace, bindSymbols(model.trace, shapesOf(inputs))), []);
      const result = await model.run({ inputs });
      assertNear(result.output, output);
    }
    assert.notDeepEqual(first.output.shape, second.output.shape);
    assert.deepEqual(await traces(), opened, "another trace was made for the second arguments");
    model.dispose();
  });
}

test("transformers' own llama gives PyTorch's logits at lengths 1, 5, 11 and 300, in one graph", async () => {
  const lengths = await readSafetensors(join(FIXTURES, "llama", "lengths.safetensors"));
  const row = Array.from(numbers(lengths.get("input_ids")!));
  const model = await open("llama");
  const opened = await traces();
  for (const length of [1, 5, 11, 300]) {
    const { output } = await model.run({ inputs: { input_ids: int64(row.slice(0, length), [1, length]) } });
    const last = lengths.get(`output.${length}`)!;
    assert.deepEqual(output.shape, [1, length, last.shape[2]]);
    const data = output.data.subarray(output.data.byteLength - last.data.byteLength);
    assertNear({ ...last, data }, last);
  }
  assert.deepEqual(await traces(), opened, "another trace was made for one of the lengths");
  model.dispose();
});

describe("greedy continuations of transformers' own sources", () => {
  for (const name of ["llama", "gpt2", "qwen3"]) {
    test(`${name} continues as PyTorch does, with keys and values kept and without`, async () => {
      const { prompt, tokens } = cases.get(name)!.greedy!;
      const model = await open(name);
      const continued = async (cached: boolean) => {
        const before = await traces();
        const result = await model.generate({ prompt, tokens: tokens.length, temperature: 0, cache: cached });
        assert.deepEqual(result.tokens, tokens);
        assert.equal(result.promptTokens, prompt.length);
        return (await traces()).length - before.length;
      };
      assert.ok((await continued(true)) > 0);
      // What serves without a cache had not been traced: the first continuation did not fall back on it.
      assert.ok((await continued(false)) > 0, "keys and values were not kept");
      model.dispose();
    });
  }
});

const checkpointOf = (name: string) => join(cache, "checkpoints", name);

function open(name: string, inputs?: Readonly<Record<string, Tensor>>): Promise<LiveModel> {
  const { source, class: className } = cases.get(name)!;
  const transformers = transformersDirectory();
  return live.open({
    source: join(transformers, "transformers", ...source.split("/")),
    class: className,
    checkpoint: checkpointOf(name),
    transformers,
    ...(inputs ? { inputs: specsOf(inputs) } : {}),
  });
}

/** Every trace that has been made, by the file that keeps it. */
async function traces(): Promise<string[]> {
  return (await readdir(cacheAt(cache).traces)).sort();
}

async function readExpected(
  name: string,
  which: "first" | "second",
): Promise<{ inputs: Record<string, Tensor>; output: Tensor }> {
  const tensors = await readSafetensors(join(FIXTURES, name, `${which}.safetensors`));
  const output = tensors.get("output")!;
  tensors.delete("output");
  return { inputs: Object.fromEntries(tensors), output };
}

const shapesOf = (inputs: Readonly<Record<string, Tensor>>) => new Map(Object.entries(inputs));

function assertNear(actual: Tensor, expected: Tensor): void {
  assert.deepEqual(actual.shape, expected.shape);
  const [ours, theirs] = [numbers(actual), Array.from(numbers(expected))];
  const mean = theirs.reduce((sum, value) => sum + value, 0) / theirs.length;
  const deviation = Math.sqrt(theirs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / theirs.length);
  assert.ok(deviation > 0);
  const largest = Math.max(...theirs.map((value, i) => Math.abs(ours[i]! - value)));
  assert.ok(
    largest <= TOLERANCE * deviation,
    `differs by ${largest}, with a standard deviation of ${deviation}`,
  );
}
