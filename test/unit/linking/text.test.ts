import assert from "node:assert/strict";
import { test } from "node:test";
import { linkText } from "../../../src/shared/linking/index.ts";
import { unmark } from "../../support/marked-text.ts";

/** Each line: a sentence with its mentions in brackets, and their components in order. */
const LINKED: readonly (readonly [sentence: string, ...components: string[]])[] = [
  ["Plain [attention] is all that this layer uses.", "self-attention"],
  ["[Self-attention] relates positions of one sequence.", "self-attention"],
  ["We plot the [attention weights] and the [attention scores].", "self-attention", "self-attention"],
  ["The [attention] mechanism and the [attention] operation.", "self-attention", "self-attention"],
  ["We call it “[Scaled Dot-Product Attention]”.", "self-attention"],
  [
    "[Multi-head attention] and [multi-head self-attention] agree.",
    "multi-head-attention",
    "multi-head-attention",
  ],
  ["Each [attention head] attends elsewhere.", "multi-head-attention"],
  [
    "A [causal mask] differs from a [padding mask] and an [attention mask].",
    "attention-mask",
    "attention-mask",
    "attention-mask",
  ],
  ["It uses [masked attention] in training.", "attention-mask"],
  ["We project the [queries, keys and values] h times.", "qkv-projection"],
  ["The [key and value projections] are shared.", "qkv-projection"],
  ["all of the [keys, values and queries] come from one place", "qkv-projection"],
  ["An [FFN], an [MLP] or a [feed-forward layer] follows.", "feed-forward", "feed-forward", "feed-forward"],
  [
    "[SwiGLU], [GEGLU] and the [gated linear unit] multiply.",
    "gated-linear-unit",
    "gated-linear-unit",
    "gated-linear-unit",
  ],
  [
    "[GELU], [ReLU] and [Swish] are [activation functions].",
    "activation-function",
    "activation-function",
    "activation-function",
    "activation-function",
  ],
  ["with a [ReLU activation] in between", "activation-function"],
  [
    "[RoPE] turns features; [rotary position embeddings] are relative.",
    "rotary-embedding",
    "rotary-embedding",
  ],
  [
    "We add a [relative position bias] and [relative position embeddings].",
    "relative-position",
    "relative-position",
  ],
  ["We add a [parameter-free position representation].", "positional-encoding"],
  ["directly after adding [positional]- to [patch embeddings]", "positional-encoding", "patch-embedding"],
  [
    "The [linear embeddings of these patches], or [embedded patches], are a sequence.",
    "patch-embedding",
    "patch-embedding",
  ],
  ["stacked [point-wise, fully connected layers] follow", "feed-forward"],
  ["[Globally average-pooling] them works as well.", "pooling"],
  ["Two strided convolutions are the [convolutional stem] for speech.", "audio-frontend"],
  ["[BPE] and [SentencePiece] are used for [tokenization].", "tokenizer", "tokenizer", "tokenizer"],
  [
    "[Multi-query attention] and [grouped-query attention] save memory.",
    "grouped-query-attention",
    "grouped-query-attention",
  ],
  [
    "In a [mixture of experts], each [expert] sees few tokens and the [router] picks two [experts].",
    "mixture-of-experts",
    "mixture-of-experts",
    "router",
    "mixture-of-experts",
  ],
  [
    "The [gating network] of the [MoE layer] decides the [routing].",
    "router",
    "mixture-of-experts",
    "router",
  ],
  ["[Layer normalization] comes before the block ([pre-norm]).", "layer-norm", "layer-norm"],
  [
    "[Layer normalization] helps. The [normalization] is applied before each block.",
    "layer-norm",
    "layer-norm",
  ],
  ["[RMSNorm] drops the mean.", "rms-norm"],
  ["With [tied embeddings] the [language modeling head] has no weights of its own.", "lm-head", "lm-head"],
  ["[Greedy decoding], [beam search] and [nucleus sampling] differ.", "sampling", "sampling", "sampling"],
  ["We decode with a [temperature] of 0.7.", "sampling"],
  [
    "A [Transformer layer] equals a [Transformer block] or a [decoder layer].",
    "transformer-block",
    "transformer-block",
    "transformer-block",
  ],
  [
    "The [encoder] feeds the [decoder] of an [encoder-decoder] model.",
    "encoder",
    "decoder",
    "encoder-decoder",
  ],
  ["a [decoder-only] language model", "decoder"],
  [
    "In [encoder-decoder attention] the [keys and values] come from the [encoder].",
    "cross-attention",
    "qkv-projection",
    "encoder",
  ],
  ["[Attention](Q, K, V) = [softmax](QK) V", "self-attention", "softmax"],
  ["[LayerNorm](x + Sublayer(x))", "layer-norm"],
  ["A [KV cache] stores [key and value vectors].", "kv-cache", "qkv-projection"],
  [
    "[Sliding window attention] and [FlashAttention] with [online softmax].",
    "sliding-window-attention",
    "flash-attention",
    "flash-attention",
  ],
  [
    "The [positional encodings] are added to the [input embeddings].",
    "positional-encoding",
    "token-embedding",
  ],
  ["The [[CLS] token] is used for [mean pooling].", "pooling", "pooling"],
  ["a [log-mel spectrogram] enters a [convolutional stem]", "audio-frontend", "audio-frontend"],
  ["Its [perplexity] is the exponential of the [cross-entropy].", "cross-entropy", "cross-entropy"],
  ["[Dropout] is applied to each [residual connection].", "dropout", "residual-connection"],
  ["A [drop-out] rate of 0.1; [Drop-out] layers follow.", "dropout", "dropout"],
  [
    "The [queries (Q), keys (K) and values (V)] differ from the [query q and key k].",
    "qkv-projection",
    "qkv-projection",
  ],
  ["Its [self-attention mask] and the [lower triangular mask]", "attention-mask", "attention-mask"],
  ["[Attn](Q, K, V) and [cross-attn] are short names.", "self-attention", "cross-attention"],
  ["where p = [softmax]j(zj) in the text of a formula", "softmax"],
  ["The [key-value (KV) cache] grows with [past keys and values].", "kv-cache", "kv-cache"],
  [
    "We use [GQA] with eight KV heads and [SWA] in every second layer.",
    "grouped-query-attention",
    "sliding-window-attention",
  ],
  ["A [sliding window] of 4,096 tokens bounds what a layer attends to.", "sliding-window-attention"],
  ["[T5 relative bias] and [relative position vectors]", "relative-position", "relative-position"],
  [
    "In a [mixture-of-experts layer] an [expert] is an [FFN], and [gating] picks the [experts].",
    "mixture-of-experts",
    "mixture-of-experts",
    "feed-forward",
    "router",
    "mixture-of-experts",
  ],
  ["We [share the input and output embeddings].", "lm-head"],
  ["[Weight sharing] of [input embeddings] and head", "lm-head", "token-embedding"],
  ["encoded by [bpe] with an [mlp] behind it", "tokenizer", "feed-forward"],
  ["[Tanh] as the non-linearity, or [hard-swish]", "activation-function", "activation-function"],
  ["a single [BERT encoder layer]", "transformer-block"],
  ["The lengths of the query and [key-value cache] differ.", "kv-cache"],
  ["The [key (K ), query (Q), and value (V )] matrices are split.", "qkv-projection"],
  ["Next, the [attn] computation over Q, K and V follows.", "self-attention"],
  ["[multi-head cross-attention] over the [encoder]", "cross-attention", "encoder"],
  ["y = [sof tmax](q · K)", "softmax"],
  ["we normalise by [RMSNorm]k,l(C) as in [LayerNorm]i(C)", "rms-norm", "layer-norm"],
  ["built from recurrent and [Transformer blocks]", "transformer-block"],
  [
    "[top-p], [top-k] and [min-p sampling], or [typical decoding]",
    "sampling",
    "sampling",
    "sampling",
    "sampling",
  ],
  ["uses [attention]\u00b9 as its footnote says", "self-attention"],
];

const NOT_LINKED: readonly string[] = [
  "We pay attention to details, and this has received much attention from the community.",
  "Deep learning has attracted considerable attention.",
  "the head of the department and a layer of abstraction",
  "The Transformer, BERT, GPT-2 and the Switch Transformer are models.",
  "BERT stands for Bidirectional Encoder Representations from Transformers.",
  "Activations are stored in float16.",
  "Batch normalization is applied after each convolution.",
  "a recurrent decoder and an LSTM encoder with gates",
  "an RNN encoder-decoder",
  "a denoising autoencoder and a variational auto-encoder",
  "pre-trained by masked language modeling, where 15 % are replaced by [MASK]",
  "A classification head is added on top; the MLP head has two classes.",
  "The mixing temperature of the multilingual data sampling is 0.3.",
  "The room temperature was 20 degrees.",
  "We normalise by the batch statistics: group normalization.",
  "See https://example.org/attention/softmax.html for more.",
  "Human experts rated the routing of parcels.",
  "We drop out 15 % of the tokens, and four boys drop out of school.",
  "Evaluated with a sliding window of stride 512, the scores are lower.",
  "A sliding-window detector slides over the picture.",
  "We report accuracy on VQA v2, GQA and VizWiz.",
  "Checkpoints are combined by stochastic weight averaging (SWA).",
  "Weight sharing across layers, as in convolutions, saves memory.",
  "A max pooling layer with stride 2 follows each convolution.",
  "The contrastive loss has a temperature of 0.07.",
  "We plot t-SNE with a perplexity of 30.",
  "Attention is what the human visual system directs.",
  "A key/value store and its keys and values in a database.",
  "A rotary encoder reports the angle; the H.264 encoder of the camera is a video codec.",
  "The router forwards packets, and routers exchange routing tables.",
  "p* = arg min p over all distributions from which we sample",
  "Classifiers are trained with a different temperature of the last layer for metric learning.",
  "At each sliding-window location, the layer proposes anchors for the regression head.",
  "This operation requires more attention; we restrict our attention to the first case.",
  "See code.example.com/p/word2vec/softmax for more.",
  "MLP-Mixer is a model; masked image modeling is a task; the gradient norm is clipped.",
  "A recurrent network, an LSTM and a GRU: the encoder reads, the decoder writes, feed-forward networks do not.",
];

test("what names a component is linked, with its own span and the most specific id", () => {
  for (const [marked, ...components] of LINKED) {
    const { text, spans } = unmark(marked);
    const mentions = linkText(text);
    assert.deepEqual(
      mentions.map(({ surface, component }) => [surface, component]),
      spans.map(([start, end], index) => [text.slice(start, end), components[index]]),
      text,
    );
  }
});

test("what only looks like a component is not", () => {
  for (const sentence of NOT_LINKED) assert.deepEqual(linkText(sentence), [], sentence);
});

test("a word broken at the end of a line is one word, plurals and spellings are one term", () => {
  const surfaces = (text: string) => linkText(text).map(mention => [mention.surface, mention.component]);
  assert.deepEqual(surfaces("layer normali-\nzation"), [["layer normali-\nzation", "layer-norm"]]);
  assert.deepEqual(surfaces("self-at-\ntention"), [["self-at-\ntention", "self-attention"]]);
  assert.deepEqual(surfaces("multi-\nhead attention"), [["multi-\nhead attention", "multi-head-attention"]]);
  assert.deepEqual(surfaces("feedforward networks"), [["feedforward networks", "feed-forward"]]);
  assert.deepEqual(surfaces("MULTIHEAD SELF-ATTENTION"), [
    ["MULTIHEAD SELF-ATTENTION", "multi-head-attention"],
  ]);
  assert.deepEqual(surfaces("attention-based models"), [["attention", "self-attention"]]);
});

test("the mark of a footnote belongs to no term", () => {
  const surfaces = (text: string) => linkText(text).map(mention => mention.surface);
  assert.deepEqual(surfaces("uses softmax2 here.\n1Attention is meant."), ["softmax", "Attention"]);
  assert.deepEqual(surfaces("GPT2softmax and softmax123 and a2softmax"), []);
});

test("an abbreviation counts in the document that defines it, and only there", () => {
  const text = "Multi-Head Self-Attention (MSA) comes first. MSA is followed by more.";
  assert.deepEqual(
    linkText(text).map(mention => mention.surface),
    ["Multi-Head Self-Attention", "MSA", "MSA"],
  );
  const indexed = linkText("Self-attention (SA) heads give [SA1(z); SAk(z)], not SAkura nor SA2.");
  assert.deepEqual(
    indexed.map(mention => mention.surface),
    ["Self-attention", "SA", "SA", "SAk", "SA"],
  );
  assert.deepEqual(linkText("MSA is followed by more."), []);
});

test("an abbreviation is not linked inside the name of something else", () => {
  const text = "A multi-layer perceptron (MLP) is meant, not MLP-Mixer nor S2-MLP, but the MLP itself.";
  assert.deepEqual(
    linkText(text).map(mention => [mention.surface, mention.start]),
    [
      ["multi-layer perceptron", 2],
      ["MLP", 26],
      ["MLP", text.lastIndexOf("MLP")],
    ],
  );
});

test("experts and routing mean something only where a mixture of experts is spoken of", () => {
  assert.deepEqual(linkText("The experts chose the routing."), []);
  assert.equal(linkText("A mixture of experts. The experts chose the routing.").length, 3);
});

test("offsets are code points of the text, also after emoji and Hangul", () => {
  const text = "😀😀 어텐션 and 𝒬 softmax";
  const points = Array.from(text);
  const mentions = linkText(text);
  assert.deepEqual(
    mentions.map(mention => mention.component),
    ["self-attention", "softmax"],
  );
  for (const { start, end, surface } of mentions) assert.equal(points.slice(start, end).join(""), surface);
});

test("mentions come in order and never overlap, whatever the text", () => {
  const text = "masked multi-head self-attention softmax feed-forward encoder-decoder attention ".repeat(400);
  const mentions = linkText(text);
  assert.equal(mentions.length, 1600);
  for (let at = 1; at < mentions.length; at++) assert.ok(mentions[at]!.start >= mentions[at - 1]!.end);
});
