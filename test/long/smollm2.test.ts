import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Live } from "../../src/runtime/live/live.ts";
import type { LiveModel } from "../../src/runtime/live/types.ts";
import { userCache } from "../../src/runtime/models/cache.ts";
import { referenceSource } from "../../src/runtime/models/zoo.ts";
import { tracerCacheDirectory } from "../support/paths.ts";
import {
  assertReferenceContinuation,
  assertReferenceLogits,
  referencePrompts,
} from "../support/reference-numbers.ts";

const ID = "smollm2-135m-instruct";
const FOLDER = join(userCache().models, ID);

describe(`${ID} on its reference source`, {
  skip: existsSync(FOLDER) ? false : `${ID} has not been added to the cache`,
}, () => {
  let live: Live;
  let model: LiveModel;
  before(async () => {
    const source = referenceSource("llama");
    assert.ok(source);
    live = new Live({ cacheDirectory: tracerCacheDirectory() });
    model = await live.open({ source, class: "LlamaForCausalLM", checkpoint: FOLDER, transformers: null });
  });
  after(() => live.dispose());

  it("gives the logits that transformers gives, at every length", async () => {
    const prompts = await referencePrompts(ID);
    assert.equal(prompts.length, 9);
    for (const prompt of prompts) await assertReferenceLogits(model, prompt);
  });

  it("continues prompts greedily as transformers does", async () => {
    const prompts = (await referencePrompts(ID)).filter(({ greedy }) => greedy !== undefined);
    assert.equal(prompts.length, 5);
    for (const prompt of prompts) await assertReferenceContinuation(model, prompt);
  });
});
