import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComponentId } from "../../../src/shared/catalogue/index.ts";
import { definingSentence, linkText } from "../../../src/shared/linking/index.ts";

function define(component: ComponentId, ...pages: string[]) {
  return definingSentence(pages, pages.map(linkText), component);
}

test("a sentence whose subject is the term explains it", () => {
  const first = "We use multi-head attention everywhere in this long model of ours.";
  const second =
    "It helps. Multi-head attention allows the model to\nattend to several places (e.g. Fig. 2) at once. More follows.";
  const definition = define("multi-head-attention", first, second);
  assert.equal(definition?.page, 1);
  assert.equal(
    definition.sentence,
    "Multi-head attention allows the model to attend to several places (e.g. Fig. 2) at once.",
  );
  assert.equal(definition.mention.surface, "Multi-head attention");
});

test("a sentence that introduces the term stands in, any other does not", () => {
  const text = "It is fast. We compute it in a way that is sometimes called intra-attention in older work.";
  assert.equal(
    define("self-attention", text)?.sentence,
    "We compute it in a way that is sometimes called intra-attention in older work.",
  );
  assert.equal(
    define("self-attention", "We stack attention twelve times and train for three days on it."),
    null,
  );
  assert.equal(define("dropout", "Attention is a weighted mean of the values of all positions."), null);
});
