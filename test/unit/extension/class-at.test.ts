import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { classAt } from "../../../src/extension/source/class-at.ts";
import { parsePython } from "../../../src/shared/python/index.ts";
import { transformersDirectory } from "../../support/paths.ts";

const SOURCE = `import torch

def unused(x):
    return x

def direct(x):
    return torch.softmax(x)

def through(x):
    return direct(x)

def circular(x):
    return circular(other(x))

def other(x):
    return circular(x)

class Plain:
    def run(self):
        return direct(1)

class First(nn.Module):
    def forward(self, x):
        return get_interface("x", through)(x)

class Second(nn.Module):
    def forward(self, x):
        return direct(x)
`;

test("a line runs in the class around it, a function in the first module class that uses it", () => {
  const document = parsePython(SOURCE);
  const lines = SOURCE.split("\n");
  const at = (text: string) => classAt(document, lines.indexOf(text))?.name ?? null;
  assert.equal(at("        return direct(x)"), "Second");
  assert.equal(at("def through(x):"), "First");
  assert.equal(at("    return torch.softmax(x)"), "First", "through another function, and first in the file");
  assert.equal(at("def unused(x):"), null);
  assert.equal(at("    return circular(other(x))"), null);
  assert.equal(at("        return direct(1)"), null, "a class that is no module runs nothing");
  assert.equal(at("import torch"), null);
});

test("the functions of transformers' Llama run in its attention", context => {
  const llama = join(transformersDirectory(), "transformers/models/llama/modeling_llama.py");
  if (!existsSync(llama)) return context.skip("transformers is not unpacked");
  const source = readFileSync(llama, "utf8");
  const lines = source.split("\n");
  const document = parsePython(source);
  const softmax = lines.findIndex(line => line.includes("nn.functional.softmax("));
  assert.equal(classAt(document, softmax)?.name, "LlamaAttention");
  const rotate = lines.findIndex(line => line.startsWith("def rotate_half"));
  assert.equal(classAt(document, rotate + 2)?.name, "LlamaAttention");
});
