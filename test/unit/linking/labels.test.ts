import assert from "node:assert/strict";
import { test } from "node:test";
import { compareMentions, labelledPapers } from "../../../scripts/bench/linking-labels.ts";
import { type ComponentId, isComponentId } from "../../../src/shared/catalogue/index.ts";

test("four papers are labelled, two of them held out, with components of the catalogue", () => {
  const papers = labelledPapers();
  assert.deepEqual(papers.map(({ set }) => set).sort(), ["held-out", "held-out", "tuned", "tuned"]);
  const pages = papers.flatMap(paper => Object.values(paper.pages));
  assert.ok(pages.length >= 16);
  assert.ok(pages.filter(labels => labels.length === 0).length >= 3);
  const labelled = pages.flat().flatMap(({ component }) => component ?? []);
  assert.deepEqual(
    labelled.filter(id => !isComponentId(id)),
    [],
  );
});

const TEXT = "Attention pays attention to a soft-\nmax of queries and keys.";

function mention(surface: string, component: ComponentId, from = 0) {
  const start = TEXT.indexOf(surface, from);
  return { start, end: start + surface.length, surface, component, quads: [] };
}

function compare(...mentions: readonly ReturnType<typeof mention>[]) {
  const labels = [
    { surface: "Attention", occurrence: 1, component: "self-attention" },
    { surface: "max of", occurrence: 1, component: ["softmax", "sampling"] },
    { surface: "keys", occurrence: 1, component: null },
  ];
  const { counts } = compareMentions({ pages: { 1: labels } }, [{ page: 1, text: TEXT, mentions }]);
  const at = (component: ComponentId) => Object.values(counts.get(component)!);
  return {
    attention: at("self-attention"),
    softmax: at("softmax"),
    qkv: at("qkv-projection"),
    sampling: at("sampling"),
  };
}

test("a mention is right where it overlaps a label of its component", () => {
  const { attention, softmax } = compare(
    mention("Attention pays", "self-attention"),
    mention("max", "softmax"),
  );
  assert.deepEqual(
    [attention, softmax],
    [
      [1, 0, 0],
      [1, 0, 0],
    ],
  );
});

test("a label is missed where nothing or another component overlaps it, and that is wrong", () => {
  const { attention, softmax, sampling } = compare(mention("Attention", "softmax"));
  assert.deepEqual(
    [attention, softmax, sampling],
    [
      [0, 0, 1],
      [0, 1, 1],
      [0, 0, 0],
    ],
  );
});

test("any of a label's components will do, and what may be anything is not counted", () => {
  const { softmax, sampling, qkv } = compare(mention("max", "sampling"), mention("keys", "qkv-projection"));
  assert.deepEqual(
    [softmax, sampling, qkv],
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  );
});

test("a mention where there is no label is wrong", () => {
  assert.deepEqual(compare(mention("attention", "self-attention")).attention, [0, 1, 1]);
});
