import assert from "node:assert/strict";
import { test } from "node:test";
import { linkText } from "../../../src/shared/linking/index.ts";
import { mentionsOf, type PaperLinks } from "../../../src/webviews/paper/links.ts";
import { overview } from "../../../src/webviews/paper/overview.ts";
import { pageOf } from "../../support/page-text.ts";

function linksOf(...pages: string[]): PaperLinks {
  const texts = pages.map(page => pageOf(...page.split("\n")));
  const mentions = texts.map(({ text }, index) =>
    linkText(text).map(mention => ({ ...mention, page: index + 1, boxes: [], corner: [0, 0] as const })),
  );
  const place = (index: number) => ({ page: index + 1, boxes: [], corner: [0, 0] as const });
  return { pages: pages.length, texts, mentions, equations: [], place };
}

const paper = linksOf(
  "A title on attention\n1 Introduction\nAttention and dropout are old.\n2 Method",
  "The softmax follows. Attention again, attention and attention.\n3 Training\nWith dropout, dropout and a softmax.",
);

test("each component stands once, under the section that mentions it most, with its total", () => {
  const shown = overview(paper).map(({ title, components }) => [
    title,
    components.map(({ component, count, first }) => `${component} ${count} p${first.page}`),
  ]);
  assert.deepEqual(shown, [
    ["2 Method", ["softmax 2 p2", "self-attention 5 p2"]],
    ["3 Training", ["dropout 3 p2"]],
  ]);
});

test("a paper without headings has one list", () => {
  assert.deepEqual(
    overview(linksOf("Softmax and dropout.")).map(({ title, components }) => [title, components.length]),
    [[null, 2]],
  );
  assert.deepEqual(overview(linksOf("Nothing here.")), []);
});

test("counts and order of mentions are those of the paper", () => {
  assert.deepEqual(
    (["self-attention", "dropout", "softmax"] as const).map(id => mentionsOf(paper, id).length),
    [5, 3, 2],
  );
  assert.deepEqual(
    mentionsOf(paper, "dropout").map(({ page }) => page),
    [1, 2, 2],
  );
});
