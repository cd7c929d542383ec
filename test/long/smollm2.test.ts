import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Live } from "../../src/runtime/live/live.ts";
import type { LiveModel } from "../../src/runtime/live/types.ts";
import { userCache } from "../../src/runtime/models/cache.ts";
import { tracerCacheDirectory } from "../support/paths.ts";
import {
  assertReferenceContinuation,
  assertReferenceLogits,
  LLAMA_SOURCES,
  referencePrompts,
} from "../support/reference-numbers.ts";

const ID = "smollm2-135m-instruct";
const FOLDER = join(userCache().models, ID);
const skip = existsSync(FOLDER) ? false : `${ID} has not been added to the cache`;

for (const { name, request } of LLAMA_SOURCES) {
  describe(`${ID} on ${name}`, () => {
    let live: Live | undefined;
    let model: LiveModel;
    before(async () => {
      if (skip) return;
      live = new Live({ cacheDirectory: tracerCacheDirectory() });
      model = await live.open({ ...request, checkpoint: FOLDER });
    });
    after(() => live?.dispose());

    it("gives the logits that PyTorch gives, at every length", { skip }, async () => {
      const prompts = await referencePrompts(ID);
      assert.equal(prompts.length, 9);
      for (const prompt of prompts) await assertReferenceLogits(model, prompt);
    });

    it("continues prompts greedily as PyTorch does", { skip }, async () => {
      const prompts = (await referencePrompts(ID)).filter(({ greedy }) => greedy !== undefined);
      assert.equal(prompts.length, 5);
      for (const prompt of prompts) await assertReferenceContinuation(model, prompt);
    });
  });
}
