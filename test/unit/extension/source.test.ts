import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chooseRun, modelTypeOf, smallConfig } from "../../../src/extension/source/choice.ts";
import { isFoundation, moduleClasses, outline, usesTorch } from "../../../src/extension/source/outline.ts";
import {
  ArgumentsMissingError,
  resolveTarget,
  type TargetWorld,
  TransformersMissingError,
} from "../../../src/extension/source/target.ts";
import type { CheckpointInfo } from "../../../src/runtime/models/checkpoint.ts";
import { parsePython } from "../../../src/shared/python/index.ts";
import { transformersDirectory } from "../../support/paths.ts";

const own = `"""A small model.

class NotThis(nn.Module):
    pass
"""
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads: int = 4, *, bias=dict(a=1, b=2)):
        super().__init__()
        self.q_proj = nn.Linear(dim, dim)

    def forward(self, x):
        return self.q_proj(x)


@dataclass
class Settings:
    dim: int = 64


class Block(
    nn.Module,
):
    def __init__(self, dim: int):
        self.attention = Attention(dim)


class Tiny(Block):
    def __init__(self, dim=32):
        super().__init__(dim)
        self.block = Block(dim)

x = 1
`;

test("the outline finds top-level classes, their lines and what they need", () => {
  const classes = outline(own);
  assert.deepEqual(
    classes.map(({ name, bases, required }) => ({ name, bases, required })),
    [
      { name: "Attention", bases: ["nn.Module"], required: ["dim"] },
      { name: "Settings", bases: [], required: null },
      { name: "Block", bases: ["nn.Module"], required: ["dim"] },
      { name: "Tiny", bases: ["Block"], required: [] },
    ],
  );
  const lines = own.split("\n");
  for (const { name, line, endLine } of classes) {
    assert.match(lines[line]!, new RegExp(`^class ${name}`));
    assert.notEqual(lines[endLine - 1]!.trim(), "");
  }
  assert.deepEqual(
    moduleClasses(classes).map(({ name }) => name),
    ["Attention", "Block", "Tiny"],
  );
});

test("what others build on, and does nothing itself, is told apart", () => {
  const classes = outline(
    ["class Base(PreTrainedModel):", "    config: Config", "class Model(Base):", "    def forward(self, x):"]
      .concat([
        "        return x",
        "class Same(Model):",
        "    pass",
        "class Head(Generic, Base):",
        "    pass",
      ])
      .join("\n"),
  );
  assert.deepEqual(
    classes.filter(entry => isFoundation(entry, classes)).map(({ name }) => name),
    ["Base"],
  );
});

test("text that is being typed still has its other classes", () => {
  const broken = own.replace("return self.q_proj(x)", "return self.q_proj(");
  assert.deepEqual(
    moduleClasses(outline(broken)).map(({ name }) => name),
    ["Attention", "Block", "Tiny"],
  );
});

test("files that have nothing to do with PyTorch are told apart", () => {
  assert.ok(usesTorch(own));
  assert.ok(!usesTorch("class Query(Layer):\n    key = 1\n"));
});

const file = (text: string, path = "/w/own.py", configuration: string | null = null) => ({
  path,
  syntax: parsePython(text),
  configuration: configuration === null ? null : parsePython(configuration),
  neighbours: null,
});

test("a class that can be built alone is built alone", () => {
  assert.deepEqual(chooseRun(file(own), "Tiny", null), {
    class: "Tiny",
    checkpoint: false,
    config: null,
    recipes: [{ from: "defaults", written: "Tiny()", line: null, open: { defaults: { dim: 32 } } }],
    missing: [],
  });
});

test("a part that needs arguments is reached through the class that builds it", () => {
  assert.equal(chooseRun(file(own), "Attention", null)?.class, "Tiny");
});

/** Nothing says what the only class is built with. */
const unknown = own.slice(0, own.indexOf("@dataclass")).replaceAll("dim, heads", "recipe, heads");

test("where nothing can be built without arguments, they are named", () => {
  assert.deepEqual(chooseRun(file(unknown), "Attention", null)?.missing, ["recipe"]);
});

test("a file without modules runs nothing", () => {
  assert.equal(chooseRun(file("import torch\nclass A:\n    pass\n"), "A", null), null);
});

const llama = join(transformersDirectory(), "transformers", "models", "llama");
const gpt2 = join(transformersDirectory(), "transformers", "models", "gpt2");
const modeling = (folder: string, name: string) => {
  const path = join(folder, `modeling_${name}.py`);
  const configuration = readFileSync(join(folder, `configuration_${name}.py`), "utf8");
  return file(readFileSync(path, "utf8"), path, configuration);
};
const smol = { modelType: "llama", architectures: ["LlamaForCausalLM"] };

test("a file of the checkpoint's architecture runs with its weights, as the class that was saved", () => {
  const choice = chooseRun(modeling(llama, "llama"), "LlamaAttention", smol);
  assert.deepEqual(choice, {
    class: "LlamaForCausalLM",
    checkpoint: true,
    config: null,
    recipes: [],
    missing: [],
  });
});

test("another architecture runs with random weights and a small config of its own kind", () => {
  const choice = chooseRun(modeling(gpt2, "gpt2"), "GPT2Attention", smol);
  assert.deepEqual(choice, {
    class: "GPT2LMHeadModel",
    checkpoint: false,
    config: { model_type: "gpt2", n_embd: 64, n_layer: 2, n_head: 4 },
    recipes: [],
    missing: [],
  });
});

test("the model type is read from the file, the configuration beside it, or the file's name", () => {
  assert.equal(modelTypeOf(file('class C:\n    model_type = "mine"\n')), "mine");
  assert.equal(modelTypeOf(file(own, "/w/own.py", 'class C:\n    model_type = "beside"\n')), "beside");
  assert.equal(modelTypeOf(file(own, "/w/modeling_named.py")), "named");
  assert.equal(modelTypeOf(file(own)), null);
});

test("small sizes replace declared numbers only", () => {
  const text =
    "class C:\n    hidden_size: int = 4_096\n    head_dim: int | None = None\n    num_layers=12,\n";
  assert.deepEqual(smallConfig(parsePython(text)), { hidden_size: 64, num_layers: 2 });
});

const checkpoint: CheckpointInfo = {
  id: "smol",
  label: "Smol",
  folder: "/cache/models/smol",
  origin: "cache",
  architecture: "LlamaForCausalLM",
  modelType: "llama",
  parameters: 1,
  bytes: 1,
  precision: "float32",
  licence: null,
  card: { example: "Once upon a time" },
  problem: null,
};

function world(overrides: Partial<TargetWorld> = {}): TargetWorld {
  return {
    model: async () => checkpoint,
    transformers: async () => "/site",
    example: async () => null,
    proven: () => undefined,
    written: () => null,
    neighbours: async () => null,
    packages: async () => [],
    readText: async path => (existsSync(path) ? readFileSync(path, "utf8") : own),
    readOptional: async path => (existsSync(path) ? readFileSync(path, "utf8") : null),
    providers: ["cpu"],
    ...overrides,
  };
}

test("a target holds the checkpoint's folder, the unsaved text and where transformers is", async () => {
  const path = join(llama, "modeling_llama.py");
  const overlay = { [path]: `${readFileSync(path, "utf8")}\n# changed\n` };
  const state = { source: { file: path, class: "LlamaAttention" }, model: null };
  const target = await resolveTarget(state, overlay, world());
  assert.deepEqual(target, {
    open: {
      source: path,
      class: "LlamaForCausalLM",
      checkpoint: checkpoint.folder,
      transformers: "/site",
      overlay,
      providers: ["cpu"],
    },
    model: { id: "smol", label: "Smol" },
    examplePrompt: "Once upon a time",
  });
});

test("source that imports transformers is refused where there is none", async () => {
  const state = { source: { file: join(llama, "modeling_llama.py"), class: "LlamaAttention" }, model: null };
  const without = world({ transformers: async () => null });
  await assert.rejects(resolveTarget(state, {}, without), TransformersMissingError);
});

test("a class of one's own runs with random weights and the arguments that were given", async () => {
  const state = { source: { file: "/w/own.py", class: "Attention" }, model: null };
  const asked = world({ readText: async () => unknown, transformers: async () => null });
  await assert.rejects(
    resolveTarget(state, {}, asked),
    (error: unknown) => error instanceof ArgumentsMissingError && error.missing.join() === "recipe",
  );
  const target = await resolveTarget(
    state,
    {},
    {
      ...asked,
      example: async () => ({ construct: "Attention(8)", inputs: { x: "float32[batch, 8]" } }),
    },
  );
  assert.equal(target.model, null);
  assert.equal(target.open.checkpoint, null);
  assert.equal(target.open.construct, "Attention(8)");
  assert.deepEqual(target.open.inputs, [
    { name: "x", dtype: "float32", shape: [{ symbol: "batch_size", hint: 3 }, 8] },
  ]);
});

test("without any model the reader is told where to get one", async () => {
  const state = { source: null, model: null };
  await assert.rejects(resolveTarget(state, {}, world({ model: async () => null })), /Models view/);
});
