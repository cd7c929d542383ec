import assert from "node:assert/strict";
import { test } from "node:test";
import { recipesFor } from "../../../src/extension/source/recipes.ts";
import { parsePython } from "../../../src/shared/python/index.ts";

const written = (text: string, name: string) =>
  recipesFor(parsePython(`from torch import nn\n${text}`), name).map(recipe => recipe.written);

const net = (name: string, parameters: string, ...body: readonly string[]) =>
  `class ${name}(nn.Module):\n    def __init__(self, ${parameters}):\n${body.map(line => `        ${line}\n`).join("")}\n`;

test("what a parameter is handed to says what it is, whatever it is called", () => {
  const map = net("Map", "a, b", "self.map = nn.Linear(a, b * 2)");
  assert.deepEqual(written(map, "Map"), ["Map(a=64, b=64)"]);
  const outer = net(
    "Outer",
    "words, c, times",
    "self.e = nn.Embedding(words, c)",
    "self.maps = [Map(c, b=c) for _ in range(times)]",
  );
  assert.deepEqual(written(map + outer, "Outer"), ["Outer(words=100, c=64, times=2)"]);
  assert.deepEqual(written(net("Kept", "a", "self.a = a", "self.g = torch.ones(self.a)"), "Kept"), [
    "Kept(a=64)",
  ]);
  assert.deepEqual(written(net("Free", "a", "print(a)"), "Free"), []);
});

test("a width that is also a number of channels is a width; the size of a table of numbers says least", () => {
  const both = net(
    "Both",
    "a, b",
    "self.c = nn.Conv1d(3, a, 3)",
    "self.m = nn.Linear(a, a)",
    "self.t = torch.zeros(b, a)",
    "self.l = Part(b)",
  );
  assert.deepEqual(written(both + net("Part", "n_layer", "pass"), "Both"), ["Both(a=64, b=2)"]);
});

test("a configuration's fields are what the classes that read them hand them to", () => {
  const config = "@dataclass\nclass Sizes:\n    a: int\n    audio_b: int\n\n";
  const text =
    config +
    net("Net", "sizes: Sizes", "self.m = nn.Linear(sizes.a, 4)", "self.c = nn.Conv1d(sizes.audio_b, 4, 3)");
  assert.deepEqual(written(text, "Net"), ["Net(sizes=Sizes(a=64, audio_b=16))"]);
});

test("a configuration that takes any keyword is given what the source reads of it", () => {
  const config =
    "class Config:\n    def __init__(self, width, **others):\n        self.width = width\n        self.set = 1\n\n";
  const body = [
    "self.m = nn.Linear(config.width, config.inner)",
    "self.n = config.set",
    "if config.kind == 'deep':",
    "    pass",
  ];
  assert.deepEqual(written(config + net("Net", "config", ...body), "Net"), [
    "Net(config=Config(width=64, inner=64, kind='deep'))",
  ]);
});

test("several are given where they are asked for by their numbers", () => {
  const stages = net(
    "Stages",
    "layers, dims: List[int]",
    "self.a = layers[3]",
    "self.b = nn.Linear(dims[0], dims[1])",
  );
  assert.deepEqual(written(stages, "Stages"), ["Stages(layers=[2, 2, 2, 2], dims=[64, 64])"]);
});

test("a layer of torch.nn with another forward is built as that layer is", () => {
  assert.deepEqual(written("class Cast(nn.Linear):\n    def forward(self, x):\n        return x\n", "Cast"), [
    "Cast(in_features=64, out_features=64)",
  ]);
});

test("of an enumeration the first is taken, of a switch the plain state", () => {
  const text = `class Kind(enum.Enum):\n    A = 1\n\n${net("Net", "kind: Kind, quant: bool, lora_rank: int, temperature", "pass")}`;
  assert.deepEqual(written(text, "Net"), [
    "Net(kind=list(Kind)[0], quant=False, lora_rank=0, temperature=1.0)",
  ]);
});
