import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { differenceOf } from "../../src/runtime/compare/difference.ts";
import { Live } from "../../src/runtime/live/live.ts";
import type { LiveModel } from "../../src/runtime/live/types.ts";
import { int64 } from "../../src/runtime/session/numbers.ts";
import type { Provider } from "../../src/shared/run.ts";
import { projectDirectory } from "../support/paths.ts";

// Run by scripts/test.ts, which points the Vulkan loader at an adapter: a GPU, or one in software.

let live: Live;
let cache: string;
const lines: string[] = [];

before(async () => {
  cache = await mkdtemp(join(tmpdir(), "papertrace-gpu-"));
  live = new Live({ cacheDirectory: cache, log: line => lines.push(line) });
});

after(async () => {
  live.dispose();
  await rm(cache, { recursive: true });
});

const open = (provider: Provider): Promise<LiveModel> =>
  live.open({
    source: join(projectDirectory, "media", "sources", "llama.py"),
    class: "LlamaForCausalLM",
    checkpoint: join(projectDirectory, "media", "models", "tiny-llama"),
    transformers: null,
    providers: [provider],
  });

const inputs = { input_ids: int64([5, 17, 42, 9, 101, 3, 77], [1, 7]) };

test("every value of the tiny model on the GPU is the CPU's, and the run says that it was checked", async () => {
  const [gpu, cpu] = [await open("webgpu"), await open("cpu")];
  assert.equal(gpu.provider, "webgpu", gpu.fallback ?? "");
  const taps = cpu.trace.named.map(({ id }) => id);
  assert.ok(taps.length > 50);
  const [computed, expected] = [await gpu.run({ inputs, taps }), await cpu.run({ inputs, taps })];
  assert.ok(differenceOf(computed.output, expected.output).relative < 1e-4);
  for (const id of taps)
    assert.ok(differenceOf(computed.taps.get(id)!, expected.taps.get(id)!).relative < 1e-4, id);
  assert.equal(gpu.fallback, null);
  assert.equal(gpu.check?.agrees, true);
  assert.ok(gpu.check.values >= 50);
  assert.equal(cpu.check, null);
  assert.ok(lines.some(line => line.startsWith("WebGPU agrees with the CPU")));
  for (const model of [gpu, cpu]) model.dispose();
});

test("an intervention on the GPU gives what it gives on the CPU", async () => {
  const [gpu, cpu] = [await open("webgpu"), await open("cpu")];
  const value = cpu.trace.named.find(({ id }) => id === "model.layers.0.mlp")!.id;
  const interventions = [{ value, selector: { axes: [] }, operation: { kind: "zero" } }] as const;
  const [computed, expected] = [
    await gpu.run({ inputs, interventions }),
    await cpu.run({ inputs, interventions }),
  ];
  const plain = await cpu.run({ inputs });
  assert.ok(differenceOf(computed.output, expected.output).relative < 1e-4);
  assert.ok(differenceOf(expected.output, plain.output).relative > 1e-2);
  for (const model of [gpu, cpu]) model.dispose();
});

test("a continuation on the GPU is the CPU's, token for token", async () => {
  const [gpu, cpu] = [await open("webgpu"), await open("cpu")];
  const request = { prompt: [5, 17, 42], tokens: 6 };
  const [computed, expected] = [await gpu.generate(request), await cpu.generate(request)];
  assert.deepEqual(computed.tokens, expected.tokens);
  for (const model of [gpu, cpu]) model.dispose();
});
