import assert from "node:assert/strict";
import { test } from "node:test";
import { sectionsOf } from "../../../src/shared/linking/index.ts";

const titles = (...pages: string[]) => sectionsOf(pages).map(section => section.title);

test("numbered headings follow one another down to the second level", () => {
  const text =
    "Title\n1 Introduction\nText of it.\n2 Method\n2.1 Self-Attention\n2.1.1 Scale\n2.1.2 Mask\n2.2 Training\n3 결과";
  assert.deepEqual(titles(text), [
    "1 Introduction",
    "2 Method",
    "2.1 Self-Attention",
    "2.2 Training",
    "3 결과",
  ]);
});

test("rows of tables and numbers out of order are no headings", () => {
  assert.deepEqual(
    titles("1 Introduction\n8 Heads and more\n2.3 Loose number\n27 Million parameters\n2 Method"),
    ["1 Introduction", "2 Method"],
  );
});

test("appendices have letters, after the references only", () => {
  assert.deepEqual(
    titles(
      "1 Introduction\nA Note by someone\n2 End",
      "References\n[1] A. Author.",
      "A Proofs\nA.1 First Lemma",
    ),
    ["1 Introduction", "2 End", "A Proofs", "A.1 First Lemma"],
  );
});

test("places are code points", () => {
  const text = "😀 title\n1 Introduction\nmore";
  const [section] = sectionsOf(["", text]);
  assert.equal(section!.page, 1);
  assert.equal(Array.from(text).slice(section!.start).join("").startsWith("1 Introduction"), true);
});
