import assert from "node:assert/strict";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { differenceOf } from "../../src/runtime/compare/difference.ts";
import { Live } from "../../src/runtime/live/live.ts";
import type { LiveModel } from "../../src/runtime/live/types.ts";
import { cacheAt, userCache } from "../../src/runtime/models/cache.ts";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { providerName } from "../../src/shared/provider.ts";
import type { Provider } from "../../src/shared/run.ts";
import { projectDirectory } from "../support/paths.ts";

/** Largest difference from the CPU's: products rounded to ten bits, as NVIDIA's libraries may, come to 3e-4 and more. */
const TOLERANCE = 1e-4;

const inputs = { input_ids: int64([5, 17, 42, 9, 101, 3, 77], [1, 7]) };

/** What has to hold on every provider that uses a GPU: it serves, and its numbers are the CPU's. */
export function describeProvider(
  provider: Provider,
  { skip }: { readonly skip?: string | false } = {},
): void {
  describe(`the tiny model on ${providerName(provider)}`, () => {
    let live: Live;
    let cache: string;
    const lines: string[] = [];

    before(async () => {
      cache = await mkdtemp(join(tmpdir(), "papertrace-gpu-"));
      // Providers are where this person has got them.
      await symlink(userCache().providers, cacheAt(cache).providers, "dir");
      live = new Live({ cacheDirectory: cache, log: line => lines.push(line) });
    });

    after(async () => {
      live.dispose();
      await rm(cache, { recursive: true });
    });

    const open = (on: Provider): Promise<LiveModel> =>
      live.open({
        source: join(projectDirectory, "media", "sources", "llama.py"),
        class: "LlamaForCausalLM",
        checkpoint: join(projectDirectory, "media", "models", "tiny-llama"),
        transformers: null,
        providers: [on],
      });

    test("every value is the CPU's, and the run says that it was checked", { skip }, async () => {
      const [gpu, cpu] = [await open(provider), await open("cpu")];
      assert.equal(gpu.provider, provider, gpu.fallback ?? "");
      const taps = cpu.trace.named.map(({ id }) => id);
      assert.ok(taps.length > 50);
      const [computed, expected] = [await gpu.run({ inputs, taps }), await cpu.run({ inputs, taps })];
      assert.ok(differenceOf(computed.output, expected.output).relative < TOLERANCE);
      for (const id of taps)
        assert.ok(differenceOf(computed.taps.get(id)!, expected.taps.get(id)!).relative < TOLERANCE, id);
      assert.equal(gpu.fallback, null);
      assert.equal(gpu.check?.agrees, true);
      assert.ok(gpu.check.values >= 50);
      assert.equal(cpu.check, null);
      assert.ok(lines.some(line => line.startsWith(`${providerName(provider)} agrees with the CPU`)));
      for (const model of [gpu, cpu]) model.dispose();
    });

    test("an intervention gives what it gives on the CPU", { skip }, async () => {
      const [gpu, cpu] = [await open(provider), await open("cpu")];
      const value = cpu.trace.named.find(({ id }) => id === "model.layers.0.mlp")!.id;
      const interventions = [{ value, selector: { axes: [] }, operation: { kind: "zero" } }] as const;
      const [computed, expected] = [
        await gpu.run({ inputs, interventions }),
        await cpu.run({ inputs, interventions }),
      ];
      const plain = await cpu.run({ inputs });
      assert.ok(differenceOf(computed.output, expected.output).relative < TOLERANCE);
      assert.ok(differenceOf(expected.output, plain.output).relative > 1e-2);
      for (const model of [gpu, cpu]) model.dispose();
    });

    test("a continuation is the CPU's, token for token", { skip }, async () => {
      const [gpu, cpu] = [await open(provider), await open("cpu")];
      const request = { prompt: [5, 17, 42], tokens: 6 };
      const [computed, expected] = [await gpu.generate(request), await cpu.generate(request)];
      assert.deepEqual(computed.tokens, expected.tokens);
      for (const model of [gpu, cpu]) model.dispose();
    });
  });
}
