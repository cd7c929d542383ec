import assert from "node:assert/strict";
import { test } from "node:test";
import { callSites } from "../../../src/extension/source/call-sites.ts";
import { recipesFor } from "../../../src/extension/source/recipes.ts";
import { parsePython } from "../../../src/shared/python/index.ts";

const source = `
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, dim, heads: int):
        super().__init__()
        self.inner = Net(dim, heads)

class Encoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()

BASE = {"d": 8, "n": 3}

def main(seed):
    torch.manual_seed(seed)
    cfg = dict(BASE, k=2)
    net = Encoder(cfg).eval()
    x = torch.randn(2, 3, cfg["d"])
    y = net(x)

def other(cfg):
    return Encoder(cfg)

if __name__ == "__main__":
    n = Net(8, heads=2).to("cpu")
    print(n(torch.zeros(1, 4, 8)))
`;

test("a call under __main__ says what a class is built with and called on", () => {
  assert.deepEqual(callSites(source, "Net"), [
    {
      construct: "Net(8, heads=2)",
      written: "Net(8, heads=2)",
      sample: "torch.zeros(1, 4, 8)",
      line: source.split("\n").findIndex(line => line.includes("n = Net(")),
    },
  ]);
});

test("assignments that a call needs come along, and a function's own parameter cannot be told", () => {
  const [site, ...others] = callSites(source, "Encoder");
  assert.deepEqual(others, []);
  assert.equal(site!.construct, '(BASE := {"d": 8, "n": 3}, cfg := dict(BASE, k=2), Encoder(cfg))[-1]');
  assert.equal(
    site!.sample,
    '*(BASE := {"d": 8, "n": 3}, cfg := dict(BASE, k=2), x := torch.randn(2, 3, cfg["d"]), ())[-1], x',
  );
});

test("what is done to a configuration before a class is built with it comes along", () => {
  const source = `
import argparse
class Net(nn.Module):
    pass

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=8)
    args = parser.parse_args()
    cfg = Net.get_default_config()
    cfg.depth, cfg["width"] = 2, args.width
    cfg.model_type = "nano"
    cfg["width"] = args.width
    for i in range(3):
        cfg[i] = i
    net = Net(cfg)
`;
  const [site] = callSites(source, "Net");
  assert.equal(
    site!.construct,
    '(cfg := Net.get_default_config(), setattr(cfg, "model_type", "nano"), parser := argparse.ArgumentParser(), parser.add_argument("--width", type=int, default=8), args := parser.parse_args(), cfg.__setitem__("width", args.width), Net(cfg))[-1]',
  );
});

test("what is computed from what was computed before is told once, however much rests on it", () => {
  const steps = Array.from({ length: 40 }, (_, i) => `a${i + 2} = a${i} + a${i + 1}`);
  const source = `class Net(nn.Module):\n    pass\n\na0 = 1\na1 = 2\n${steps.join("\n")}\nnet = Net(a41)\n`;
  const [site] = callSites(source, "Net");
  const told = site!.construct.slice(1, -"[-1]".length - 1).split(", ");
  assert.equal(told.length, 43);
  assert.deepEqual([told[0], told.at(-2), told.at(-1)], ["a1 := 2", "a41 := a39 + a40", "Net(a41)"]);
});

const recipes = (text: string, name: string) =>
  recipesFor(parsePython(`from torch import nn\n${text}`), name).map(({ from, written }) => [from, written]);

test("a configuration class gives the argument that is annotated with it, or called config", () => {
  const config = "class NetConfig:\n    width: int = 4\n\n";
  const net = (parameter: string) =>
    `class Net(nn.Module):\n    def __init__(self, ${parameter}):\n        pass\n`;
  const expected = [["configuration", "Net(config=NetConfig())"]];
  assert.deepEqual(recipes(config + net("config"), "Net"), expected);
  assert.deepEqual(recipes(net("config: NetConfig"), "Net"), expected);
  assert.deepEqual(recipes(net("config"), "Net"), []);
});

test("usual names have usual sizes, said to be a guess; other names are not guessed", () => {
  const net = (parameters: string) =>
    `class Net(nn.Module):\n    def __init__(self, ${parameters}):\n        pass\n`;
  assert.deepEqual(recipes(net("dim, num_heads: int, dropout=0.1"), "Net"), [
    ["guess", "Net(dim=64, num_heads=4)"],
  ]);
  assert.deepEqual(recipes(net("dim, recipe"), "Net"), []);
  assert.deepEqual(recipes(net("dim: Tensor"), "Net"), []);
});

test("a class without a constructor takes what its base takes", () => {
  const text =
    "class A(nn.Module):\n    def __init__(self, dim):\n        pass\n\nclass B(A):\n    pass\n\nclass C(nn.Module):\n    pass\n";
  assert.deepEqual(recipes(text, "B"), [["guess", "B(dim=64)"]]);
  assert.deepEqual(recipes(text, "C"), [["defaults", "C()"]]);
});

test("what a configuration class has no default for is guessed by name", () => {
  const config = "@dataclass\nclass ModelArgs:\n    d_model: int\n    n_layer: int\n    expand: int = 2\n\n";
  const net = "class Net(nn.Module):\n    def __init__(self, args: ModelArgs):\n        pass\n";
  assert.deepEqual(recipes(config + net, "Net"), [["guess", "Net(args=ModelArgs(d_model=64, n_layer=2))"]]);
  assert.deepEqual(recipes(config.replace("n_layer", "recipe") + net, "Net"), []);
});

test("a function that makes an object of a class says how it is built", () => {
  const net =
    "class Net(nn.Module):\n    def __init__(self, block, stages):\n        pass\n\nclass Part(nn.Module):\n    def __init__(self, recipe):\n        pass\n\n";
  const makers =
    "def net18(block=Part):\n    model = Net(block, [2, 2])\n    return model\n\ndef make(vocab_size, N=6):\n    return Net(Part(1), N)\n";
  assert.deepEqual(recipes(net + makers, "Net"), [
    ["call", "net18()"],
    ["guess", "make(vocab_size=100)"],
  ]);
  assert.deepEqual(recipes(net + makers, "Part"), [["call", "Part(1)"]]);
});

test("what has large sizes can be built smaller, with its configuration", () => {
  const text =
    "from torch import nn\n@dataclass\nclass ModelArgs:\n    dim: int = 4096\n    n_layers: int = 32\n    n_heads: int = 2\n    eps: float = 1e-5\n\nclass Net(nn.Module):\n    def __init__(self, args: ModelArgs, layer_id, vocab_size=50000):\n        pass\n\nclass Small(nn.Module):\n    def __init__(self, dim=8):\n        pass\n";
  const smaller = (name: string) => recipesFor(parsePython(text), name)[0]?.open.smaller;
  assert.equal(smaller("Net"), "Net(args=ModelArgs(dim=64, n_layers=2), layer_id=0, vocab_size=100)");
  assert.equal(smaller("Small"), undefined);
});

test("a configuration without a class is guessed from what the source reads of it", () => {
  const net = (body: string) =>
    `class Net(nn.Module):\n    def __init__(self, cfg):\n        ${body.replaceAll("; ", "\n        ")}\n`;
  assert.deepEqual(
    recipes(net('self.n = nn.Linear(cfg["emb_dim"], cfg["n_heads"]); a = cfg["recipe"]'), "Net"),
    [["guess", 'Net(cfg={"emb_dim": 64, "n_heads": 4, "recipe": None})']],
  );
  assert.deepEqual(
    recipes(net("self.n = nn.Linear(cfg.n_embd, 4); cfg.check(); self.kind = cfg.kind"), "Net"),
    [["guess", "Net(cfg=SimpleNamespace(n_embd=64, kind=None))"]],
  );
});

test("parts that are handed in are built of their own parts", () => {
  const text = `
class Attention(nn.Module):
    def __init__(self, heads: int, d_model: int):
        pass

class Layer(nn.Module):
    def __init__(self, attn: Attention, dropout: float):
        pass

class Encoder(nn.Module):
    def __init__(self, layer: Layer, n_layers: int):
        pass

class Endless(nn.Module):
    def __init__(self, inner: "Endless"):
        pass
`;
  assert.deepEqual(recipes(text, "Encoder"), [
    ["guess", "Encoder(layer=Layer(attn=Attention(heads=4, d_model=64), dropout=0.0), n_layers=2)"],
  ]);
  assert.deepEqual(recipes(text, "Endless"), []);
});
