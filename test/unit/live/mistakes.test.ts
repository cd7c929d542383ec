import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { SourceError } from "../../../src/runtime/live/source-error.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "papertrace-mistakes-"));
const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => {
  live.dispose();
  rmSync(folder, { recursive: true });
});

const SOURCE = `from torch import nn


class Mix(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(32, 8)

    def forward(self, x):
        v = self.project(x)
        weights = (v @ v.transpose(-2, -1)).softmax(-1)
        return weights @ v
`;

const request = (source: string) => {
  const file = join(folder, "mix.py");
  writeFileSync(file, source);
  return {
    source: file,
    class: "Mix",
    checkpoint: null,
    construct: "Mix()",
    transformers: null,
  };
};

test("a mistake in a source that took any length is told, though one length would hide it", async () => {
  const trace = await live.shapes(request(SOURCE));
  assert.deepEqual(
    trace.symbols.map(({ name }) => name),
    ["batch_size", "sequence"],
  );
  const mistaken = request(SOURCE.replace("weights @ v\n", "weights @ v.transpose(-2, -1)\n"));
  const isAtLine = (error: unknown) => error instanceof SourceError && error.failure.line === 12;
  await assert.rejects(live.shapes(mistaken), isAtLine);
  await assert.rejects(live.open(mistaken), isAtLine);
});
