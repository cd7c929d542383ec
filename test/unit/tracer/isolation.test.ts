import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const folder = fixturesDirectory("tracer");
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

const HEAD = "import torch\nfrom torch import nn\n";

/** Traces a text under a name, `forward(x)` on a float32 tensor [batch of this size, 4]. */
async function traced(name: string, text: string, batch = 2): Promise<Trace> {
  const source = join(folder, `${name}.py`);
  const result = await tracer.trace({
    source,
    class: "Case",
    config: null,
    transformers: null,
    overlay: { [source]: text },
    inputs: [{ name: "x", dtype: "float32", shape: [batch, 4] }],
    checkpointNames: null,
  });
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.failure));
  return result.trace;
}

const primitives = (trace: Trace) => trace.operations.map(({ primitive }) => primitive);

const PLAIN = `${HEAD}class Case(nn.Module):\n    def forward(self, x):\n        return x + 1\n`;

for (const patch of [
  "torch.Tensor.__add__ = None",
  "torch.relu = torch.tanh",
  "nn.Linear.forward = lambda self, x: x",
  "torch.Tensor.halved = lambda self: self / 2",
  "import builtins; builtins.sum = lambda items: 0",
]) {
  test(`what \`${patch}\` changes is as it was for the next source`, async () => {
    const before = primitives(await traced("plain", PLAIN));
    assert.ok(before.includes("add"));
    const changed = `${HEAD}class Case(nn.Module):\n    def forward(self, x):\n        ${patch}\n        return x * 3\n`;
    await traced("patching", changed);
    assert.deepEqual(primitives(await traced("plain", PLAIN)), before);
    const asking = `${HEAD}import builtins, math\nclass Case(nn.Module):\n    def __init__(self):\n        super().__init__()
        self.l = nn.Linear(4, 4)
    def forward(self, x):
        assert math.sqrt(16) == 4 and builtins.sum([1, 2]) == 3 and not hasattr(x, "halved")
        return torch.relu(nn.functional.gelu(self.l(x)))\n`;
    const shown = primitives(await traced("asking", asking));
    assert.deepEqual(shown.slice(-3), ["linear", "gelu", "relu"]);
  });
}

test("a source that patches at import does so in every trace of it", async () => {
  const patching = `${HEAD}import torch.nn.functional as F\nF.gelu = torch.tanh\nclass Case(nn.Module):
    def forward(self, x):
        return F.gelu(x)\n`;
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(primitives(await traced("importing", patching)), ["tanh"]);
  }
});

test("tensors that a module keeps at its top are made anew for every trace", async () => {
  const keeping = `${HEAD}CACHE = {}\nLAST = []\nclass Case(nn.Module):
    def forward(self, x):
        if "steps" not in CACHE:
            CACHE["steps"] = torch.arange(x.shape[0]).float()
        steps = CACHE["steps"]
        LAST.append(x)
        return x + steps.unsqueeze(-1) + LAST[0]\n`;
  for (const batch of [2, 2, 3]) {
    const trace = await traced("keeping", keeping, batch);
    assert.deepEqual(trace.values[trace.outputs[0]!.value]!.shape, [batch, 4]);
    const inputs = trace.values.flatMap(({ leaf }) => (leaf?.kind === "input" ? [leaf.name] : []));
    assert.deepEqual(inputs, ["x"]);
    assert.ok(trace.named.some(({ variable }) => variable === "steps"));
  }
});
