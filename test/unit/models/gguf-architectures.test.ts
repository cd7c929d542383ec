import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { chooseSource } from "../../../src/runtime/live/source.ts";
import { describeCheckpoint } from "../../../src/runtime/models/checkpoint.ts";
import { GGUF_ARCHITECTURES } from "../../../src/runtime/models/gguf-architectures.ts";
import { repack } from "../../../src/runtime/models/repack.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

interface Expected {
  readonly class: string;
  readonly logits: readonly number[];
  /** Shape, sum, sum of squares. */
  readonly tensors: Readonly<Record<string, readonly [readonly number[], number, number]>>;
}

const { ids, models } = JSON.parse(
  readFileSync(join(fixturesDirectory("gguf"), "expected.json"), "utf8"),
) as {
  readonly ids: readonly number[];
  readonly models: Readonly<Record<string, Expected>>;
};

describe("architectures of GGUF", () => {
  let root: string;
  let live: Live;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-gguf-"));
    live = new Live({ cacheDirectory: tracerCacheDirectory() });
  });
  after(async () => {
    live.dispose();
    await rm(root, { recursive: true });
  });

  it("have a small model each", () => {
    assert.deepEqual(Object.keys(models).sort(), Object.keys(GGUF_ARCHITECTURES).sort());
  });

  for (const [name, expected] of Object.entries(models)) {
    it(`${name} has transformers' tensors and gives its logits`, async () => {
      const folder = join(root, name);
      await repack(join(fixturesDirectory("gguf"), `${name}.gguf`), folder);

      const tensors = await readSafetensors(join(folder, "model.safetensors"));
      for (const each of tensors.keys()) if (each.endsWith(".padding")) tensors.delete(each);
      assert.deepEqual([...tensors.keys()].sort(), Object.keys(expected.tensors).sort());
      for (const [key, [shape, sum, squares]] of Object.entries(expected.tensors)) {
        const values = Array.from(numbers(tensors.get(key)!));
        assert.deepEqual(tensors.get(key)!.shape, shape, key);
        const near = (found: number, wanted: number) =>
          assert.ok(Math.abs(found - wanted) < 1e-4, `${key}: ${found} for ${wanted}`);
        near(
          values.reduce((total, value) => total + value, 0),
          sum,
        );
        near(
          values.reduce((total, value) => total + value * value, 0),
          squares,
        );
      }

      const info = await describeCheckpoint(folder, folder, "folder");
      assert.equal(info.problem, null);
      assert.equal(info.architecture, expected.class);
      const transformers = transformersDirectory();
      const { source, class: className } = await chooseSource(info, transformers);
      const model = await live.open({ source, class: className, checkpoint: folder, transformers });
      const { output } = await model.run({ inputs: { input_ids: int64([...ids], [1, ids.length]) } });
      model.dispose();
      const logits = numbers(output);
      assert.equal(logits.length, expected.logits.length);
      const largest = Math.max(...expected.logits.map((value, i) => Math.abs(logits[i]! - value)));
      assert.ok(largest < 1e-4, `${largest}`);
    });
  }

  it("SentencePiece's scores become merges, best first", async () => {
    const { model } = JSON.parse(await readFile(join(root, "gemma", "tokenizer.json"), "utf8"));
    assert.deepEqual(model.merges, [
      ["a", "b"],
      ["ab", "c"],
    ]);
  });
});
