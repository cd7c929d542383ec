import assert from "node:assert/strict";
import { test } from "node:test";
import { neighboursOf } from "../../../src/extension/source/neighbours.ts";
import { recipesFor } from "../../../src/extension/source/recipes.ts";
import { fromParser } from "../../../src/extension/source/settings.ts";
import { parsePython } from "../../../src/shared/python/index.ts";

const files: Readonly<Record<string, string>> = {
  "/w/nets/__init__.py": "from .block import Block\n",
  "/w/nets/layers/attention.py": `
from torch import nn
class Attention(nn.Module):
    def __init__(self, dim, heads: int):
        super().__init__()
    def forward(self, x):
        return x
`,
  "/w/nets/block.py": `
from torch import nn
from .layers.attention import Attention
class Block(nn.Module):
    def __init__(self, attention: Attention, eps=1e-5):
        super().__init__()
    def forward(self, x):
        return x
`,
  "/w/nets/parts.py": `
from torch import nn
class Part(nn.Module):
    def __init__(self, recipe):
        super().__init__()
    def forward(self, x):
        return x
class Reader(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.layers = cfg.lm_layers, cfg.lm_width, cfg.lm_name
    def forward(self, x):
        return x
class Runner(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.sizes = args.enc_in, args.dropout_rate, args.verbose
    def forward(self, x):
        return x
`,
  "/w/nets/whole.py": `
from torch import nn
from .parts import Part
class Whole(nn.Module):
    def __init__(self, depth=2):
        super().__init__()
        self.part = Part([depth])
    def forward(self, x):
        return self.part(x)
def _make(depth, width):
    return Whole(depth)
def whole_base():
    return _make(2, 4)
`,
  "/w/train.py": `
import argparse
from nets.parts import Runner
parser = argparse.ArgumentParser()
parser.add_argument("-e", "--enc-in", type=int, default=7)
parser.add_argument("--dropout_rate", type=float, default=0.1)
parser.add_argument("--verbose", action="store_true")
`,
  "/w/nets/kinds.py": `
import enum
class Kind(enum.Enum):
    NEAR = 1
class Sizes:
    def __init__(self, dim):
        pass
`,
  "/w/nets/base.py": `
from torch import nn
from .kinds import Sizes
class Base(nn.Module):
    def __init__(self, sizes: Sizes):
        super().__init__()
`,
  "/w/nets/machine.py": `
from torch import nn
from nets import kinds
from .base import Base
class Bits:
    pass
class Machine(nn.Module):
    def __init__(self, bits):
        super().__init__()
    def forward(self, x):
        return x
class Dotted(nn.Module):
    def __init__(self, sizes: kinds.Sizes, kind: kinds.Kind):
        super().__init__()
    def forward(self, x):
        return x
Shape = kinds.Sizes
class Named(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
    def forward(self, x):
        return x
class Derived(Base):
    def forward(self, x):
        return x
`,
  "/w/use.py": `
from nets.machine import Machine, Bits
machine = Machine(Bits())
`,
  "/w/settings.py": `
class LmConfig:
    lm_layers: int = 3
    lm_width: int = 8
    lm_name: str = "small"
`,
  "/w/README.md": `
Use it so:

\`\`\`python
import torch
from nets import Block
from nets.layers.attention import Attention

block = Block(Attention(8, heads = 2))
out = block(torch.randn(1, 4, 8))
\`\`\`
`,
};

const around = (path: string) =>
  neighboursOf(path, parsePython(files[path]!), {
    folders: ["/w"],
    nearby: Object.entries(files).map(([at, text]) => ({ path: at, text })),
    read: async at => files[at] ?? null,
  });

async function ways(path: string, className: string) {
  return recipesFor(parsePython(files[path]!), className, await around(path)).map(({ from, open }) => [
    from,
    open.construct,
    open.sample,
  ]);
}

test("a README says how a class is built and what it is called on", async () => {
  assert.deepEqual(await ways("/w/nets/block.py", "Block"), [
    [
      "call",
      '(Attention := __import__("importlib").import_module("nets.layers.attention").Attention, Block(Attention(8, heads = 2)))[-1]',
      "torch.randn(1, 4, 8)",
    ],
    ["guess", "Block(attention=Attention(dim=64, heads=4))", undefined],
  ]);
});

test("a class that nothing says how to build is run as part of one elsewhere that builds it", async () => {
  assert.deepEqual(await ways("/w/nets/parts.py", "Part"), [
    ["defaults", 'eval("Whole()", vars(__import__("importlib").import_module("nets.whole")))', undefined],
    ["call", 'eval("whole_base()", vars(__import__("importlib").import_module("nets.whole")))', undefined],
  ]);
});

test("a configuration is the class near it that has what the source reads", async () => {
  assert.deepEqual(await ways("/w/nets/parts.py", "Reader"), [
    ["configuration", 'Reader(cfg=__import__("importlib").import_module("settings").LmConfig())', undefined],
  ]);
});

test("options of a command line are what a script's parser gives them", async () => {
  const [[, construct]] = (await ways("/w/nets/parts.py", "Runner")) as [[string, string]];
  assert.equal(
    construct,
    'Runner(args=__import__("types").SimpleNamespace(enc_in=7, dropout_rate=0.1, verbose=False))',
  );
  assert.deepEqual(
    [
      ...fromParser(
        parsePython('p.add_argument("--lr", default=make())\np.add_argument("--on", action="store_false")'),
      ),
    ],
    [["on", "True"]],
  );
});

test("what lies around is told apart: own classes first, imported ones by their local names", async () => {
  const { source, configurations } = await around("/w/nets/block.py");
  assert.equal(source.find("Attention")?.source.path, "/w/nets/layers/attention.py");
  assert.equal(source.find("Whole"), null);
  assert.deepEqual(
    configurations.map(({ python }) => python),
    ['__import__("importlib").import_module("settings").LmConfig'],
  );
});

test("a class of another module is named as the source or the module of its constructor names it", async () => {
  assert.deepEqual(await ways("/w/nets/machine.py", "Dotted"), [
    ["guess", "Dotted(sizes=kinds.Sizes(dim=64), kind=list(kinds.Kind)[0])", undefined],
  ]);
  assert.deepEqual(await ways("/w/nets/machine.py", "Named"), [
    ["guess", "Named(shape=Shape(dim=64))", undefined],
  ]);
  assert.deepEqual(await ways("/w/nets/machine.py", "Derived"), [
    ["guess", 'Derived(sizes=__import__("importlib").import_module("nets.kinds").Sizes(dim=64))', undefined],
  ]);
});

test("what another source imports from this one is this one's own", async () => {
  assert.deepEqual(await ways("/w/nets/machine.py", "Machine"), [["call", "Machine(Bits())", undefined]]);
});
