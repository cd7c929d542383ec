import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Live } from "../../src/runtime/live/live.ts";
import { int64, numbers } from "../../src/runtime/session/numbers.ts";
import { describeProvider } from "./provider-suite.ts";

// Run by scripts/test.ts, which points the Vulkan loader at an adapter: a GPU, or one in software.
describeProvider("webgpu");

const MASKS = `
from torch import nn

class Masks(nn.Module):
    def forward(self, input_ids):
        seen = input_ids > 2
        pairs = seen[:, None, :, None] & seen[:, None, None, :]
        early = (input_ids < 6)[:, None, None, :]
        return (pairs & early).float()
`;

test("masks of several shapes are joined as PyTorch joins them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "papertrace-masks-"));
  const source = join(folder, "masks.py");
  await writeFile(source, MASKS);
  const live = new Live({ cacheDirectory: join(folder, "cache") });
  try {
    const ids = [1, 3, 8, 4, 5, 2, 7, 9, 4, 4, 3, 0, 6, 5, 1, 4];
    const inputs = { input_ids: int64(ids, [2, 8]) };
    const model = await live.open({
      source,
      class: "Masks",
      checkpoint: null,
      transformers: null,
      providers: ["webgpu"],
    });
    const { output } = await model.run({ inputs });
    assert.equal(model.provider, "webgpu", model.fallback ?? "");
    const rows = [ids.slice(0, 8), ids.slice(8)];
    assert.deepEqual(
      Array.from(numbers(output)),
      rows.flatMap(row => row.flatMap(a => row.map(b => Number(a > 2 && b > 2 && b < 6)))),
    );
  } finally {
    live.dispose();
    await rm(folder, { recursive: true });
  }
});
