import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionsOnly, joinCells } from "../../../src/shared/python/index.ts";

test("cells become one source, and what is meant for IPython becomes empty lines", () => {
  const { text, starts } = joinCells([
    "!pip install torch \\\n  --quiet\n%matplotlib inline\nimport torch",
    "%%bash\nls",
    "%%time\nfiles = !ls\nx = 5 % 3\nif x:\n    %timeit f()\ntorch.nn?",
  ]);
  assert.deepEqual(starts, [0, 4, 6]);
  assert.deepEqual(text.split("\n"), [
    ...["", "", "", "import torch"],
    ...["", ""],
    ...["", "", "x = 5 % 3", "if x:", "    pass", ""],
  ]);
});

test("definitions stay with the assignments that they need, at their places", () => {
  const source = [
    "import torch",
    "WIDTH = 3",
    "UNUSED = 4",
    "try:",
    "    import einops",
    "except ImportError:",
    "    einops = None",
    "class A(torch.nn.Module):",
    "    def __init__(self, width=WIDTH):",
    "        self.width = width",
    "model = A()",
    "for step in range(3):",
    "    train(model)",
    'if __name__ == "__main__":',
    "    def late(): pass",
  ];
  const kept = definitionsOnly(source.join("\n")).split("\n");
  assert.equal(kept.length, source.length);
  for (const [line, text] of source.entries())
    assert.equal(kept[line]!.trimEnd(), [2, 10, 11, 12, 13, 14].includes(line) ? "" : text, `line ${line}`);
});

test("a branch that gives a needed name its value stays; a loop does not", () => {
  const kept = definitionsOnly(
    [
      "if torch.cuda.is_available():",
      '    device = "cuda"',
      "else:",
      '    device = "cpu"',
      "x = torch.ones(3, device=device)",
      "for i in range(3):",
      "    y = x",
      "def f():",
      "    return x, y",
    ].join("\n"),
  ).split("\n");
  assert.equal(kept[0], "if torch.cuda.is_available():");
  assert.equal(kept[3], '    device = "cpu"');
  assert.equal(kept[4], "x = torch.ones(3, device=device)");
  assert.equal(kept[5]!.trim(), "");
});
