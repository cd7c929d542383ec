import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";
import { measure } from "../../../src/runtime/panel/measure.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "papertrace-length-"));
const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => {
  live.dispose();
  rmSync(folder, { recursive: true });
});

const SOURCE = `import torch
from torch import nn

block_size = 8


class Bigram(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(65, 16)
        self.out = nn.Linear(16, 65)
        self.register_buffer("tril", torch.tril(torch.ones(block_size, block_size)))

    def forward(self, idx):
        B, T = idx.shape
        h = self.table(idx)
        weights = (h @ h.transpose(-2, -1)).masked_fill(self.tril[:T, :T] == 0, float("-inf")).softmax(-1)
        return self.out(weights @ h)
`;

async function open(source: string): Promise<LiveModel> {
  const file = join(folder, "bigram.py");
  writeFileSync(file, source);
  return await live.open({
    source: file,
    class: "Bigram",
    checkpoint: null,
    construct: "Bigram()",
    arguments: {},
    transformers: null,
  });
}

const TEXT = "the animal did not cross the street because it was too tired to walk";
const run = (model: LiveModel, prompt: string) =>
  measure(
    model,
    { component: "embedding", module: "", head: 0, prompt, interventions: [], decoderStart: 0, overlay: {} },
    null,
    async file => readFileSync(file, "utf8"),
    new AbortController().signal,
  );

test("of a text that is longer than a source takes, what it takes is run", async () => {
  const model = await open(SOURCE);
  const whole = (await model.tokenize(TEXT)).length;
  assert.ok(whole > 8);
  const { tokens, pass } = await run(model, TEXT);
  assert.deepEqual([tokens.length, pass.given.omitted], [8, whole - 8]);
  const short = await run(model, "the animal did");
  assert.equal(short.pass.given.omitted, 0);
  model.dispose();
});

test("where an assertion bounds a text, it is cut there", async () => {
  const model = await open(
    SOURCE.replace("B, T = idx.shape", "B, T = idx.shape\n        assert T < 8 or T > 99"),
  );
  const fitting = await run(model, TEXT);
  assert.equal(fitting.tokens.length, 7);
  model.dispose();
});
