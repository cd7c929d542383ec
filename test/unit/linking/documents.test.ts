import assert from "node:assert/strict";
import { test } from "node:test";
import { linkDocument, linkText, type PageText } from "../../../src/shared/linking/index.ts";
import { pageOf } from "../../support/page-text.ts";

const surfaces = (...pages: readonly PageText[]) =>
  linkDocument(pages).flatMap(mentions => mentions.map(({ surface }) => surface));

/** Text of a page that names no component. */
const PROSE = Array.from(
  { length: 40 },
  (_, index) => `Line ${index} says something about the measurements that were taken on that day.`,
);
const NETWORKS = [
  "Deep learning has changed the field; we train neural networks with backpropagation.",
  "Our neural network is a Transformer model whose self-attention is pre-trained.",
];

test("a document that is not about neural networks has no components", () => {
  const other = [
    "The key/value pairs are read back; the routing network has twelve routers and an encoder.",
    "We restrict attention to words of the database, and each node needs attention.",
    "A rotary encoder reports the position of the shaft to the decoder on the board.",
    "Of the students, the dropout was highest where the perplexity was.",
  ];
  assert.deepEqual(surfaces(pageOf(...other, ...PROSE)), []);
  assert.deepEqual(surfaces(pageOf(...other, ...PROSE), pageOf(...PROSE), pageOf(...PROSE)), []);
});

test("one that is has them on every page, also where that page says nothing of networks", () => {
  const pages = [pageOf(...NETWORKS, ...PROSE), pageOf("The encoder feeds the decoder.", ...PROSE)];
  assert.deepEqual(surfaces(...pages), ["self-attention", "encoder", "decoder"]);
});

test("a page about networks has them in a book about something else", () => {
  const book = Array.from({ length: 12 }, () => pageOf(...PROSE));
  assert.deepEqual(surfaces(...book, pageOf(...NETWORKS, "A dropout of 0.1 is used.", ...PROSE)), [
    "self-attention",
    "dropout",
  ]);
});

test("what names nothing else is linked in any document", () => {
  assert.deepEqual(surfaces(pageOf("We compare bag-of-words vectors.", ...PROSE)), ["bag-of-words vectors"]);
});

test("attention is a component where the document speaks of it as a part of networks", () => {
  const convolutions = "The convolutional neural network is trained on images by deep learning.";
  const line = "The loss puts its attention on what is hard.";
  assert.deepEqual(surfaces(pageOf(convolutions, convolutions, line, ...PROSE)), []);
  assert.deepEqual(surfaces(pageOf(convolutions, "An attention module is added.", line, ...PROSE)), [
    "attention",
    "attention",
  ]);
});

test("an MLP is a feed-forward network where Transformers are spoken of", () => {
  const long = Array.from({ length: 5 }, () => pageOf(...PROSE));
  const recommender = pageOf(
    "Deep learning: a neural network recommends by an MLP.",
    "An MLP it is.",
    ...PROSE,
  );
  assert.deepEqual(surfaces(recommender, ...long), []);
  assert.deepEqual(surfaces(recommender, pageOf(...NETWORKS), ...long), ["MLP", "MLP", "self-attention"]);
});

test("a temperature is that of decoding where a document speaks of how tokens are drawn", () => {
  const line = "At a higher temperature it stays coherent.";
  const decoding = "Nucleus sampling, greedy decoding and beam search are compared with top-p sampling.";
  assert.deepEqual(surfaces(pageOf(...NETWORKS, line, ...PROSE)), ["self-attention"]);
  assert.deepEqual(surfaces(pageOf(...NETWORKS, ...PROSE, line, ...PROSE, decoding)).slice(1, 2), [
    "temperature",
  ]);
});

test("an abbreviation is defined before its term as well as after", () => {
  for (const definition of [
    "where MSA denotes the multi-head self-attention",
    "MSA (multi-head self-attention)",
    "multi-head self-attention, MSA for short",
  ]) {
    const found = linkText(`${definition}, and MSA(Q) comes first.`);
    assert.equal(found.filter(({ component }) => component === "multi-head-attention").length, 3, definition);
  }
});

test("a compound keeps the hyphen at which a line breaks it", () => {
  const { text } = pageOf(
    "a mixture-of-",
    "experts model, min-",
    "p sampling, task-",
    "specific, not infor-",
    "mation",
  );
  assert.equal(text, "a mixture-of-experts model, min-p sampling, task-specific, not information");
});
