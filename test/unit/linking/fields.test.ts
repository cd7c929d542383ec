import assert from "node:assert/strict";
import { test } from "node:test";
import { linkDocument, linkText } from "../../../src/shared/linking/index.ts";
import { unmark } from "../../support/marked-text.ts";
import { pageOf } from "../../support/page-text.ts";

/** Each line: a sentence as one field writes it, with its mentions in brackets, and their components in order. */
const SENTENCES: readonly (readonly [sentence: string, ...components: string[]])[] = [
  // Speech.
  ["The waveform passes a [convolutional frontend] of seven layers.", "audio-frontend"],
  ["To tell speakers from noise, [attention] gives a mask for each.", "self-attention"],
  ["[Attention] modules give element-wise masks.", "self-attention"],
  ["An LSTM/CNN-based audio decoder follows the U-Net encoder."],
  ["The encoder of the U-Net reaches a [decoder].", "decoder"],
  ["a [PReLU] and a [layer-wise normalization] over all channels", "activation-function", "layer-norm"],
  [
    "each has a [SELU activation function] or [tanh nonlinearities]",
    "activation-function",
    "activation-function",
  ],
  // Graphs and pictures.
  ["αij = exp([LeakyReLU](eij)) weighs the neighbours", "activation-function"],
  ["A graph-based pooling layer selects channels of the embedding."],
  ["Blocks of two convolutions and a [shortcut] with BN.", "residual-connection"],
  ["Networks are prone to shortcut learning."],
  ["The last max pooling layer is replaced."],
  // Reinforcement learning and recurrence.
  ["We compare with the cross-entropy method and minimise the [cross-entropy].", "cross-entropy"],
  ["[Layer norm] helps. The input gates are used together with normalization.", "layer-norm"],
  ["We test it on multi-query associative recall."],
  // Language models.
  ["LoRA adapts the [query and value attention projection matrices].", "qkv-projection"],
  ["The next token is drawn by [multinomial sampling].", "sampling"],
  ["We use [temperature] 0 for all models.", "sampling"],
  ["random sampling with a [temperature] of 0.9 and [top k] of 40", "sampling", "sampling"],
  ["noise is added to the [embeddings of training tokens]", "token-embedding"],
  // Minds.
  ["We test whether attention of language models is a cognitive ability."],
];

test("terms are told apart in the words of many fields", () => {
  for (const [marked, ...components] of SENTENCES) {
    const { text, spans } = unmark(marked);
    assert.deepEqual(
      linkText(text).map(({ surface, component }) => [surface, component]),
      spans.map(([start, end], index) => [text.slice(start, end), components[index]]),
      text,
    );
  }
});

const surfaces = (...lines: readonly string[]) =>
  linkDocument([pageOf(...lines)])
    .flat()
    .map(({ surface }) => surface);

/** Sentences of a paper about separating sources by a network of convolutions. */
const CONVOLUTIONS = Array.from(
  { length: 30 },
  (_, index) =>
    `Convolution ${index} of this neural network has a kernel of eight samples and a stride of four.`,
);

test("the encoder of a convolutional network is none though the paper compares it with a Transformer", () => {
  const stack = "The encoder has six encoder blocks, and the decoder mirrors the encoder/decoder pair.";
  assert.deepEqual(surfaces(...CONVOLUTIONS, "Others use a transformer.", stack), []);
  const about = Array.from({ length: 4 }, (_, index) => `Transformer ${index} is deeper.`);
  assert.deepEqual(surfaces(...CONVOLUTIONS, ...about, stack), [
    "encoder",
    "encoder blocks",
    "decoder",
    "encoder/decoder",
  ]);
});

test("experts are those of a mixture also where a long paper names one and speaks of gates", () => {
  const pages = (...lines: readonly string[]) =>
    linkDocument([
      pageOf("Related work has a mixture of", "experts, trained by deep learning with a neural network."),
      ...Array.from({ length: 4 }, () => pageOf(...lines)),
    ])
      .slice(1)
      .flat()
      .map(({ surface }) => surface);
  const line = "Shared experts and task-specific experts are combined.";
  assert.deepEqual(pages(line, line), []);
  assert.deepEqual(
    new Set(pages(line, line, "A gating network weighs them.")),
    new Set(["experts", "gating network"]),
  );
});
