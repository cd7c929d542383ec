import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";
import { userCache } from "../../../src/runtime/models/cache.ts";
import { zooDirectory } from "../../../src/runtime/models/zoo.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import {
  assertClose,
  assertReferenceContinuation,
  assertReferenceLogits,
  LLAMA_SOURCES,
  lossOf,
  referencePrompts,
} from "../../support/reference-numbers.ts";

const TINY = "tiny-llama";
const TINY_FOLDER = join(zooDirectory(), TINY);
const SMOLLM2 = "smollm2-135m-instruct";
const SMOLLM2_FOLDER = join(userCache().models, SMOLLM2);
const SMOLLM2_MISSING = existsSync(SMOLLM2_FOLDER) ? false : `${SMOLLM2} has not been added to the cache`;

let live: Live;
before(() => {
  live = new Live({ cacheDirectory: tracerCacheDirectory() });
});
after(() => live.dispose());

for (const { name, request } of LLAMA_SOURCES) {
  describe(`${TINY} on ${name}`, () => {
    let model: LiveModel;
    before(async () => {
      model = await live.open({ ...request, checkpoint: TINY_FOLDER });
    });
    after(() => model.dispose());

    it("gives the logits that PyTorch gives, at every length", async () => {
      const prompts = await referencePrompts(TINY);
      assert.equal(prompts.length, 9);
      for (const prompt of prompts) await assertReferenceLogits(model, prompt);
    });

    it("continues prompts greedily as PyTorch does", async () => {
      const prompts = (await referencePrompts(TINY)).filter(({ greedy }) => greedy !== undefined);
      assert.equal(prompts.length, 5);
      for (const prompt of prompts) await assertReferenceContinuation(model, prompt);
    });

    it("has the loss of its model card on stories that it has not seen", async () => {
      const path = join(fixturesDirectory("models"), `${TINY}-held-out.json`);
      const { ids, loss } = JSON.parse(await readFile(path, "utf8")) as { ids: number[][]; loss: number };
      const ours = await lossOf(model, ids);
      assertClose(ours, loss, 1e-4);
      const card = await readFile(join(TINY_FOLDER, "README.md"), "utf8");
      assert.equal(ours.toFixed(3), /loss (\d\.\d+) nats/.exec(card)?.[1]);
    });
  });

  it(`${SMOLLM2} on ${name} gives the logits that PyTorch gives`, { skip: SMOLLM2_MISSING }, async () => {
    const model = await live.open({ ...request, checkpoint: SMOLLM2_FOLDER });
    const prompts = (await referencePrompts(SMOLLM2)).filter(({ text }) => text !== undefined);
    assert.equal(prompts.length, 5);
    for (const prompt of prompts) await assertReferenceLogits(model, prompt);
    model.dispose();
  });
}
