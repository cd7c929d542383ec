import assert from "node:assert/strict";
import { test } from "node:test";
import { linkPython } from "../../../src/shared/linking/python.ts";
import { parsePython } from "../../../src/shared/python/index.ts";

const found = (source: string) =>
  linkPython(source).map(({ line, kind, name, class: around }) => `${line} ${kind} ${around}.${name}`);

test("nested classes and functions have the innermost class around them", () => {
  const source = `class OuterModel(nn.Module):
    class InnerMLP(nn.Module):
        def forward(self, x):
            def local(y):
                return F.softmax(y)
            return local(x)
    def forward(self, x):
        return self.q_proj(x)

def after(x):
    return F.softmax(x)
`;
  assert.deepEqual(found(source), [
    "2 class InnerMLP.InnerMLP",
    "5 call InnerMLP.softmax",
    "8 call OuterModel.q_proj",
    "11 call null.softmax",
  ]);
});

test("decorators are code, and what they decorate keeps its class", () => {
  const source = `@nn.softmax
@softmax(1)
class TinyMLP(nn.Module):
    @helpers.softmax(2)
    def q_proj(self): pass
`;
  assert.deepEqual(found(source), [
    "1 attribute null.softmax",
    "2 call null.softmax",
    "3 class TinyMLP.TinyMLP",
    "4 call TinyMLP.softmax",
    "5 call TinyMLP.q_proj",
  ]);
});

test("strings, comments, imports and settings name nothing", () => {
  const source = `from softmax import softmax
text = "class TinyMLP: self.q_proj(x)" f"{softmax(x)}"  # self.q_proj(x)
"""
class TinyMLP(nn.Module):
    residual = x
"""
size = config.q_proj + self.config.q_proj
`;
  assert.deepEqual(found(source), []);
});

test("an attribute is what its class is, wherever in the file and however the class is wrapped", () => {
  const source = `def use(self):
    return self.mix(x), other.mix

class Holder:
    def __init__(self):
        self.mix: nn.Module = layers.LlamaAttention(8).to(device) if True else None
        self.self = BertSelfAttention(8)
        self.position_embeddings = nn.Embedding(8, 8)
`;
  const components = linkPython(source).map(({ name, component }) => `${name} ${component}`);
  assert.deepEqual(components, [
    "mix self-attention",
    "mix self-attention",
    "self self-attention",
    "position_embeddings positional-encoding",
  ]);
});

test("adding the residual is a statement, in place too", () => {
  assert.deepEqual(found("x += residual\nresidual += x\ny = x + residual\nz = f(residual)\n"), [
    "1 statement null.residual",
    "2 statement null.residual",
    "3 statement null.residual",
  ]);
});

test("places are UTF-16 code units in the text, whatever stands before them", () => {
  const source = 'ключ = "𝒙𝒚"; é = self.q_proj(x)  # 𝒛\r\n𝒙 = self.k_proj(x)\r\n';
  const lines = source.split("\n");
  const mentions = linkPython(source);
  assert.deepEqual(
    mentions.map(({ line, column, endColumn, start }) => [
      line,
      lines[line - 1]!.slice(column, endColumn),
      source.slice(start, start + 6),
    ]),
    [
      [1, "q_proj", "q_proj"],
      [2, "k_proj", "k_proj"],
    ],
  );
});

test("after an edit, mentions below have moved and attributes mean what the new text says", () => {
  const source = `class TinyBlock(nn.Module):
    def __init__(self):
        self.mix = TinyMLP(8)

class TinyModel(nn.Module):
    def forward(self, x):
        return self.mix(x)
`;
  const before = parsePython(source);
  assert.equal(linkPython(before).at(-1)?.component, "feed-forward");
  const edited = source.replace("TinyMLP(8)", "\\\n            TinyAttention(8)");
  const after = linkPython(parsePython(edited, before));
  assert.deepEqual(after, linkPython(edited));
  assert.deepEqual([after.at(-1)?.component, after.at(-1)?.line], ["self-attention", 8]);
});
