import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CopiedLine, copiedText } from "../../../src/shared/linking/index.ts";

/** A line of a column that is 200 wide, 10 high, at a number of lines of 12 from the top. */
function at(row: number, text: string, place: Partial<CopiedLine> = {}): CopiedLine {
  const top = 12 * row;
  return { text, left: 0, right: 200, top, bottom: top + 10, spaced: false, ...place };
}

describe("copied text", () => {
  test("makes one line of a paragraph, and words that were broken whole", () => {
    const lines = [
      at(0, "Scaled dot-product atten-"),
      at(1, "tion is fast. Self-"),
      at(2, "attention is it."),
    ];
    assert.equal(copiedText(lines), "Scaled dot-product attention is fast. Self-attention is it.");
  });

  test("has spaces where a browser printed them as control characters", () => {
    assert.equal(copiedText([at(0, "멀티\u0001헤드\u0001 어텐션")]), "멀티 헤드 어텐션");
  });

  test("keeps the hyphen of a word that the paper writes with one elsewhere", () => {
    const lines = [at(0, "without task-"), at(1, "specific lay-"), at(2, "ers")];
    const isCompound = (word: string) => word === "task-specific";
    assert.equal(copiedText(lines, isCompound), "without task-specific layers");
  });

  test("begins a line where a paragraph begins: after a short line, at an indent, after a gap", () => {
    const short = [at(0, "One line"), at(1, "ends here.", { right: 90 }), at(2, "Another begins")];
    assert.equal(copiedText(short), "One line ends here.\nAnother begins");
    const indent = [at(0, "One line"), at(1, "ends here."), at(2, "Another begins", { left: 12 })];
    assert.equal(copiedText(indent), "One line ends here.\nAnother begins");
    assert.equal(copiedText([at(0, "3 Method"), at(2.5, "We use it.")]), "3 Method\nWe use it.");
  });

  test("begins a line at another size: a heading, a caption", () => {
    const heading = at(0, "3.2 Attention", { bottom: 14, right: 120 });
    assert.equal(
      copiedText([heading, at(1.4, "An attention function")]),
      "3.2 Attention\nAn attention function",
    );
  });

  test("goes on in the next column, though a sentence may end there", () => {
    const next = { left: 230, right: 430 };
    const lines = [
      at(40, "the feature-"),
      at(41, "based ap-"),
      at(0, "proach, such", next),
      at(1, "as ELMo.", next),
    ];
    assert.equal(copiedText(lines), "the feature-based approach, such as ELMo.");
    const ended = [at(41, "All of it."), at(0, "Another", { left: 242, right: 430 }), at(1, "begins.", next)];
    assert.equal(copiedText(ended), "All of it.\nAnother begins.");
  });

  test("keeps the rows of a table apart", () => {
    const rows = [at(0, "BERT 84.6", { spaced: true }), at(1, "GPT 82.1", { spaced: true })];
    assert.equal(copiedText(rows), "BERT 84.6\nGPT 82.1");
  });

  test("spells ligatures out", () => {
    assert.equal(copiedText([at(0, "ﬁne, eﬃcient")]), "fine, efficient");
  });
});
