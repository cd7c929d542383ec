import assert from "node:assert/strict";
import { test } from "node:test";
import katex from "katex";
import { component, componentIds, components, isComponentId } from "../../../src/shared/catalogue/index.ts";

/** Every id, with ◇ for those that recognition finds from the structure of a trace. */
const LIST =
  "bag-of-words word2vec tokenizer token-embedding◇ positional-encoding◇ rotary-embedding◇ relative-position◇ patch-embedding◇ audio-frontend contextual-embedding transformer-block◇ residual-connection◇ layer-norm◇ rms-norm◇ self-attention◇ multi-head-attention◇ qkv-projection◇ attention-mask◇ softmax◇ cross-attention◇ grouped-query-attention◇ sliding-window-attention◇ flash-attention kv-cache◇ feed-forward◇ activation-function◇ gated-linear-unit◇ mixture-of-experts◇ router◇ lm-head◇ sampling cross-entropy pooling◇ encoder decoder encoder-decoder dropout".split(
    " ",
  );

const ATTENTION_VIEW = [
  "self-attention",
  "multi-head-attention",
  "qkv-projection",
  "attention-mask",
  "softmax",
  "cross-attention",
  "grouped-query-attention",
  "sliding-window-attention",
];

test("the catalogue holds exactly the components of the list, in its order", () => {
  const ids = LIST.map(id => id.replace("◇", ""));
  assert.deepEqual([...componentIds], ids);
  assert.deepEqual(
    components.map(entry => entry.id),
    ids,
  );
});

test("those marked ◇ are the ones that recognition finds", () => {
  assert.deepEqual(
    components.map(entry => entry.id + (entry.recognised ? "◇" : "")),
    LIST,
  );
});

test("attention and its parts run in the attention view, everything else in the general one", () => {
  assert.deepEqual(
    components.filter(entry => entry.view === "attention").map(entry => entry.id),
    ATTENTION_VIEW,
  );
});

test("every entry is named and explained in two or three sentences in both languages", () => {
  for (const { id, name, aliases, explanation } of components) {
    assert.match(name.en, /^[\x20-\x7e]{3,}$/, id);
    assert.match(name.ko, /[가-힣]/, id);
    assert.ok(aliases.en.length > 0 && aliases.ko.length > 0, `${id} has no aliases`);
    const english = explanation.en.split(/(?<=[.!?])\s+(?=[A-Z])/);
    assert.ok(english.length >= 2 && english.length <= 3, `${id}: ${english.length} English sentences`);
    const korean = explanation.ko.split(/(?<=\.)\s+/);
    assert.ok(korean.length >= 2 && korean.length <= 3, `${id}: ${korean.length} Korean sentences`);
    for (const sentence of korean) assert.match(sentence, /니다\.$/, `${id}: not in 합니다체: ${sentence}`);
  }
});

test("every formula is one that KaTeX sets", () => {
  for (const { id, formula } of components) {
    assert.doesNotThrow(() => katex.renderToString(formula, { throwOnError: true, strict: "error" }), id);
  }
});

test("no name or alias belongs to two components", () => {
  const owners = new Map<string, string>();
  for (const { id, name, aliases } of components) {
    for (const word of new Set(
      [name.en, name.ko, ...aliases.en, ...aliases.ko].map(alias => alias.toLowerCase()),
    )) {
      assert.equal(owners.get(word), undefined, `“${word}” names ${owners.get(word)} and ${id}`);
      owners.set(word, id);
    }
  }
});

test("class and attribute hints belong to one component each", () => {
  for (const kind of ["classes", "names"] as const) {
    const owners = new Map<string, string>();
    for (const { id, hints } of components) {
      for (const hint of hints[kind]) {
        assert.equal(owners.get(hint), undefined, `${hint} hints at ${owners.get(hint)} and ${id}`);
        owners.set(hint, id);
      }
    }
  }
});

test("papers have plausible years and arXiv ids", () => {
  for (const { id, paper } of components) {
    assert.ok(paper.title.length > 5 && paper.authors.length > 2, id);
    assert.ok(paper.year >= 1940 && paper.year <= 2026, id);
    if (paper.arxiv === null) continue;
    assert.match(paper.arxiv, /^\d{4}\.\d{4,5}$/, id);
    assert.equal(
      Number(paper.arxiv.slice(0, 2)),
      paper.year % 100,
      `${id}: ${paper.arxiv} is not of ${paper.year}`,
    );
  }
});

test("an id from outside is recognised or refused", () => {
  assert.equal(component("softmax").name.en, "Softmax");
  assert.equal(isComponentId("softmax"), true);
  assert.equal(isComponentId("toString"), false);
  assert.throws(() => component("nothing" as never), /no component “nothing”/);
});
