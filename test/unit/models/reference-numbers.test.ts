import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";
import { referenceSource, zooDirectory } from "../../../src/runtime/models/zoo.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import {
  assertClose,
  assertReferenceContinuation,
  assertReferenceLogits,
  lossOf,
  referencePrompts,
} from "../../support/reference-numbers.ts";

const ID = "tiny-llama";
const FOLDER = join(zooDirectory(), ID);

describe(`${ID} on its reference source`, () => {
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

  it("has the loss of its model card on stories that it has not seen", async () => {
    const path = join(fixturesDirectory("models"), "tiny-llama-held-out.json");
    const { ids, loss } = JSON.parse(await readFile(path, "utf8")) as { ids: number[][]; loss: number };
    assertClose(await lossOf(model, ids), loss, 1e-4);
  });
});
