import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { componentOfClass, componentOfName } from "../../../src/shared/linking/index.ts";
import { linkPython } from "../../../src/shared/linking/python.ts";
import { transformersDirectory } from "../../support/paths.ts";

const SOURCE = `"""class Attention: self.mlp is not code here."""
from x.softmax import Attention  # softmax

class TinyAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.q_proj = nn.Linear(8, 8)
        self.norm = TinyRMSNorm(8)
        self.drop = nn.Dropout(config.attention_dropout)

    def forward(self, x):
        residual = x
        x = self.norm(x)
        weights = F.softmax(
            self.q_proj(x), dim=-1
        )
        text = f"softmax {x}"
        return residual + self.drop(weights @ x)

def rotate_half(x):
    return x
`;

test("classes, attributes, calls and statements are found with their place and class", () => {
  const lines = SOURCE.split("\n");
  const found = linkPython(SOURCE).map(mention => {
    assert.equal(lines[mention.line - 1]!.slice(mention.column, mention.endColumn), mention.name);
    assert.equal(SOURCE.slice(mention.start, mention.start + mention.name.length), mention.name);
    return `${mention.line} ${mention.kind} ${mention.class} ${mention.name} ${mention.component}`;
  });
  assert.deepEqual(found, [
    "4 class TinyAttention TinyAttention self-attention",
    "7 attribute TinyAttention q_proj qkv-projection",
    "8 attribute TinyAttention norm rms-norm",
    "9 attribute TinyAttention drop dropout",
    "12 statement TinyAttention residual residual-connection",
    "13 call TinyAttention norm rms-norm",
    "14 call TinyAttention softmax softmax",
    "15 call TinyAttention q_proj qkv-projection",
    "18 statement TinyAttention residual residual-connection",
    "18 call TinyAttention drop dropout",
    "20 call null rotate_half rotary-embedding",
  ]);
});

test("a class means what its name ends with, the longest hint first", () => {
  const expected: Readonly<Record<string, string | null>> = {
    LlamaAttention: "self-attention",
    BertSelfAttention: "self-attention",
    T5LayerCrossAttention: "cross-attention",
    LlamaFlashAttention2: "flash-attention",
    LlamaDecoderLayer: "transformer-block",
    BertLayer: "transformer-block",
    GPT2MLP: "feed-forward",
    Qwen2MoeSparseMoeBlock: "mixture-of-experts",
    Qwen2MoeModel: null,
    ViTPatchEmbeddings: "patch-embedding",
    LlamaRotaryEmbedding: "rotary-embedding",
    BertPooler: "pooling",
    T5LayerNorm: "layer-norm",
    LlamaRMSNorm: "rms-norm",
    LlamaConfig: null,
  };
  for (const [name, component] of Object.entries(expected))
    assert.equal(componentOfClass(name), component, name);
});

test("a name means what it is or what it ends with", () => {
  assert.equal(componentOfName("encoder_attn_layer_norm"), "layer-norm");
  assert.equal(componentOfName("q_proj"), "qkv-projection");
  assert.equal(componentOfName("past_key"), null);
  assert.equal(componentOfName("hidden_states"), null);
});

test("a source in the middle of an edit is read as far as it goes", () => {
  const source =
    "class MyMLP(nn.Module):\n    def forward(self, x:\n        return self.act_fn('unfinished\n";
  assert.deepEqual(
    linkPython(source).map(mention => [mention.line, mention.component]),
    [
      [1, "feed-forward"],
      [3, "activation-function"],
    ],
  );
  assert.deepEqual(linkPython('x = """never closed\nself.mlp(x)'), []);
});

test("Windows line ends, continued lines and strings over lines keep the places", () => {
  const source = 'a = """one\r\ntwo"""\r\nb = 1 + \\\r\n  self.mlp(a)\r\n';
  assert.deepEqual(
    linkPython(source).map(({ line, column, name }) => [line, column, name]),
    [[4, 7, "mlp"]],
  );
});

test("in transformers' own files, classes get the component they are", context => {
  const llama = join(transformersDirectory(), "transformers/models/llama/modeling_llama.py");
  if (!existsSync(llama)) return context.skip("transformers is not unpacked");
  const classes = linkPython(readFileSync(llama, "utf8"))
    .filter(mention => mention.kind === "class")
    .map(mention => [mention.name, mention.component]);
  assert.deepEqual(classes, [
    ["LlamaRMSNorm", "rms-norm"],
    ["LlamaRotaryEmbedding", "rotary-embedding"],
    ["LlamaMLP", "feed-forward"],
    ["LlamaAttention", "self-attention"],
    ["LlamaDecoderLayer", "transformer-block"],
  ]);
});
