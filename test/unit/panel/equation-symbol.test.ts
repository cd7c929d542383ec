import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { locateSymbol } from "../../../src/runtime/panel/equation-symbol.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "papertrace-equation-"));
after(() => rmSync(folder, { recursive: true }));

const source = join(folder, "model.py");
writeFileSync(
  source,
  `import torch
from torch import nn


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(32, 8)
        self.up = nn.Linear(8, 32)

    def forward(self, x):
        return self.down(torch.relu(self.up(x)))


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 32)
        self.up = nn.Linear(8, 32)
        self.down = nn.Linear(32, 8)

    def forward(self, x):
        return self.down(torch.relu(self.gate(x)) * self.up(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.mlp = FeedForward()
        self.gated = Gated()

    def forward(self, hidden):
        return self.gated(self.mlp(self.norm(hidden)))
`,
);

test("symbols stand for what a module is given and for its matrices as they are used, with numbers; never for one of several", async () => {
  const live = new Live({ cacheDirectory: tracerCacheDirectory() });
  const model = await live.open({
    source,
    class: "Model",
    checkpoint: null,
    arguments: {},
    inputs: [{ name: "hidden", dtype: "float32", shape: [1, 5, 8] }],
    transformers: null,
  });
  try {
    const name = (path: string, symbol: Parameters<typeof locateSymbol>[2]) =>
      locateSymbol(model.trace, path, symbol)?.name ?? null;
    assert.equal(name("mlp", "input"), "x");
    assert.equal(name("mlp", "weight-1"), "mlp.up.weight");
    assert.equal(name("mlp", "weight-2"), "mlp.down.weight");
    assert.equal(name("mlp", "bias-1"), "mlp.up.bias");
    assert.equal(name("norm", "scale"), "norm.weight");
    assert.equal(name("norm", "shift"), "norm.bias");
    for (const symbol of ["weight-1", "weight-2", "bias-1"] as const)
      assert.equal(name("gated", symbol), null);
    const { value } = locateSymbol(model.trace, "mlp", "weight-1")!;
    const hidden = { dtype: "float32", shape: [1, 5, 8], data: new Uint8Array(160) } as const;
    const { summaries } = await model.tap({ inputs: { hidden }, summaries: [value] });
    const summary = summaries.get(value)!;
    assert.deepEqual(summary.shape, [32, 8]);
    assert.ok(summary.statistics.std > 0.1 && summary.statistics.std < 1);
  } finally {
    model.dispose();
    await live.dispose();
  }
});
