import assert from "node:assert/strict";
import { test } from "node:test";
import { citationsIn, formatArxivId } from "../../../src/shared/papers/index.ts";
import { parsePython } from "../../../src/shared/python/index.ts";

function cited(source: string, ...titles: (string | null)[]): string[] {
  return citationsIn(parsePython(source), titles).map(
    ({ start, end, arxiv, title }) =>
      `${source.slice(start, end).replace(/\s+/g, " ")} → ${arxiv ? formatArxivId(arxiv) : `#${title}`}`,
  );
}

test("arXiv ids are found in docstrings and comments, in the forms that people write", () => {
  assert.deepEqual(
    cited(`"""As in https://arxiv.org/abs/1706.03762v5, and arXiv:2002.05202."""
# see arxiv.org/pdf/1607.06450.pdf and arXiv: cs/0112017
x = 1910.07467  # a number in code is none, and neither is 1910.07467 alone
`),
    [
      "https://arxiv.org/abs/1706.03762v5 → 1706.03762v5",
      "arXiv:2002.05202 → 2002.05202",
      "arxiv.org/pdf/1607.06450.pdf → 1607.06450",
      "arXiv: cs/0112017 → cs/0112017",
    ],
  );
});

test("titles are found whatever their case, punctuation and line breaks", () => {
  const source = `# From "attention is
#   all-you need": the block.
class A:
    """GLU variants improve transformer"""
attention_is_all_you_need = 1
`;
  assert.deepEqual(cited(source, "Attention Is All You Need", "GLU Variants Improve Transformer", null), [
    "attention is # all-you need → #0",
    "GLU variants improve transformer → #1",
  ]);
});

test("a short title is ordinary words, and a title inside longer words is none", () => {
  assert.deepEqual(cited("# attention please\n", "Attention Please"), []);
  assert.deepEqual(cited("# the inattention is all you needed\n", "Attention Is All You Need"), []);
});
