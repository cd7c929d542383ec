import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import type { TraceFailure } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const source = join(fixturesDirectory("tracer"), "unsaved.py");
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

/** What is said of a module whose `__init__` and `forward` do this; line 7 is the first of `__init__`, then forward's. */
async function refused(init: readonly string[], forward: readonly string[]): Promise<TraceFailure> {
  const text = [
    "import torch",
    "from torch import nn",
    "class Case(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    "        self.size = 8",
    ...init.map(line => `        ${line}`),
    "    def forward(self, x):",
    ...forward.map(line => `        ${line}`),
    "",
  ].join("\n");
  const result = await tracer.trace({
    source,
    class: "Case",
    config: null,
    transformers: null,
    overlay: { [source]: text },
    inputs: [
      {
        name: "x",
        dtype: "float32",
        shape: [{ symbol: "batch_size", hint: 2 }, { symbol: "sequence", hint: 5 }, 8],
      },
    ],
    checkpointNames: null,
  });
  assert.ok(!result.ok, text);
  return result.failure;
}

/** [what `__init__` does, what `forward` does, line, operation, what is said]. */
const MISTAKES: readonly (readonly [string[], string[], number, string | null, RegExp])[] = [
  [
    ["self.l = nn.Linear(7, 3)"],
    ["x = x * 2", "return self.l(x)"],
    10,
    "nn.functional.linear",
    /RuntimeError at unsaved\.py:10: .*8 is not 7 \(in torch\.nn\.functional\.linear\(float32\[batch_size=2, sequence=5, 8\], float32\[3, 7\]/,
  ],
  [
    [],
    ["return x @ torch.zeros(2, 7, 3)"],
    8,
    "Tensor.__matmul__",
    /unsaved\.py:8: .*\(in float32\[batch_size=2, sequence=5, 8\] @ float32\[2, 7, 3\]\)$/,
  ],
  [[], ["return x.view(2, -1, 3)"], 8, "Tensor.view", /shape \(2, -1, 3\) is invalid for a tensor of shape/],
  [[], ["return x + torch.zeros(3)"], 8, "Tensor.__add__", /sizes of these shapes do not match/],
  [
    [],
    ["return torch.cat([x, torch.zeros(2, 4, 7)], dim=1)"],
    8,
    "torch.cat",
    /must match except in dimension 1/,
  ],
  [
    [],
    ["return x[:, :, 9]"],
    8,
    "Tensor.__getitem__",
    /index 9 is out of bounds for dimension 2 with size 8/,
  ],
  [[], ["return self.seize * x"], 8, null, /no attribute 'seize'. Did you mean: 'size'\?/],
  [[], ["return x.tranpose(1, 2)"], 8, null, /no attribute 'tranpose'. Did you mean: 'transpose'\?/],
  [
    ["self.l = nn.Linear(8)"],
    ["return x"],
    7,
    null,
    /missing 1 required positional argument: 'out_features'/,
  ],
  [["self.l = nn.Linear(8 / 2, 3)"], ["return x"], 7, null, /must be integers, but got float 4\.0/],
  [["self.d = nn.Dropout(1.5)"], ["return x"], 7, null, /has to be between 0 and 1, but got 1\.5/],
  [
    [],
    ["return nn.functional.dropout(x, -0.1)"],
    8,
    "nn.functional.dropout",
    /between 0 and 1, but got -0\.1/,
  ],
  [[], ["return x / (5 % (x.shape[1] - 5))"], 8, null, /ZeroDivisionError/],
  [[], ["return x.transpose(1)"], 8, "Tensor.transpose", /transpose\(\) missing 1 required .*'dim1'/],
];

for (const [init, forward, line, operation, reason] of MISTAKES) {
  test(`${[...init, ...forward].join("; ")}: refused with its line and reason`, async () => {
    const failure = await refused(init, forward);
    assert.equal(failure.file, source);
    assert.equal(failure.line, line);
    assert.equal(failure.operation, operation);
    const told = failure.message.replace(/\{(\d+)\}/g, (_, index) => failure.arguments[Number(index)] ?? "");
    assert.match(told, reason);
  });
}

/** What asks for training while the model runs, the call that is refused for it, and what to do instead. */
const TRAINING: [string, string, RegExp][] = [
  ["return F.dropout(x, 0.2)", "nn.functional.dropout", /pass training=self\.training/],
  ["return F.dropout(x, 0.2, True)", "nn.functional.dropout", /pass training=self\.training/],
  ["return F.dropout2d(x)", "nn.functional.dropout2d", /pass training=self\.training/],
  ["return F.alpha_dropout(x, training=True)", "nn.functional.alpha_dropout", /pass training=self/],
  ["return torch.dropout(x, 0.2, True)", "torch.dropout", /pass train=self\.training/],
  ["return F.rrelu(x, training=True)", "nn.functional.rrelu", /pass training=self\.training/],
  [
    "return F.batch_norm(x, torch.zeros(x.shape[1]), torch.ones(x.shape[1]), training=True)",
    "nn.functional.batch_norm",
    /pass training=self\.training/,
  ],
  [
    "return F.scaled_dot_product_attention(x, x, x, dropout_p=0.1)",
    "nn.functional.scaled_dot_product_attention",
    /pass dropout_p=dropout if self\.training else 0\.0/,
  ],
  ["self.norm.train()", "nn.Module.train", /leave the call out/],
  ["self.train(True)", "nn.Module.train", /leave the call out/],
  ["self.drop.training = True; return self.drop(x)", "nn.functional.dropout", /as in training/],
  ["self.norm.training = True; return self.norm(x)", "nn.functional.batch_norm", /as in training/],
];

for (const [line, operation, instead] of TRAINING) {
  test(`${line}: refused, for the model is in eval mode`, async () => {
    const init = ["self.norm = nn.BatchNorm1d(5)", "self.drop = nn.Dropout()"];
    const failure = await refused(init, ["F = nn.functional", line]);
    assert.equal(failure.operation, operation);
    assert.equal(failure.line, 11);
    assert.match(failure.message.replace("{1}", failure.arguments[1] ?? ""), instead);
  });
}

test("a class that is built with too little, or called with too much, is refused at its own method", async () => {
  const trace = (text: string) =>
    tracer.trace({
      source,
      class: "Case",
      config: null,
      transformers: null,
      overlay: { [source]: text },
      inputs: [{ name: "x", dtype: "float32", shape: [2, 3] }],
      checkpointNames: null,
    });
  const head = "import torch\nfrom torch import nn\nclass Case(nn.Module):\n";
  const built = await trace(`${head}    def __init__():\n        pass\n`);
  assert.ok(!built.ok);
  assert.deepEqual([built.failure.file, built.failure.line], [source, 4]);
  const called = await trace(`${head}    size = 3\n    def forward(self, y):\n        return y\n`);
  assert.ok(!called.ok);
  assert.deepEqual([called.failure.file, called.failure.line, called.failure.kind], [source, 5, "missing"]);
  const nulls = await trace(`${head}    def forward(self, x):\n        return x\0\n`);
  assert.ok(!nulls.ok);
  assert.deepEqual([nulls.failure.line, nulls.failure.kind], [5, "syntax"]);
});
