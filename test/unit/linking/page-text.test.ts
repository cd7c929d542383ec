import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fragments,
  linkDocument,
  linkText,
  pageText,
  quadsOf,
  type TextItem,
} from "../../../src/shared/linking/index.ts";

/** A run of upright 10-point text; `width` as a text face would set it unless said. */
function run(str: string, x: number, y: number, options: Partial<TextItem> = {}): TextItem {
  return {
    str,
    transform: [10, 0, 0, 10, x, y],
    width: 5 * str.length,
    height: 10,
    fontName: "f1",
    hasEOL: false,
    ...options,
  };
}

const lineEnd = { hasEOL: true };

test("lines become lines, and every code point leads back to its item", () => {
  const items = [run("First line", 0, 100, lineEnd), run("second ", 0, 88), run("😀 half", 40, 88)];
  const page = pageText(items);
  assert.equal(page.text, "First line\nsecond 😀 half");
  Array.from(page.text).forEach((point, at) => {
    const item = page.itemOf[at]!;
    const origin = items[item]?.str.codePointAt(page.unitOf[at]!);
    assert.equal(origin, point === "\n" ? undefined : point.codePointAt(0));
  });
});

test("a broken word is joined, a compound keeps its hyphen, a capital begins something new", () => {
  const joined = (first: string, second: string) =>
    pageText([run(first, 0, 100, lineEnd), run(second, 0, 88)]).text;
  assert.equal(joined("layer normali-", "zation"), "layer normalization");
  assert.equal(joined("multi-", "head attention"), "multi-head attention");
  assert.equal(joined("GPT-", "Neo"), "GPT-\nNeo");
  assert.equal(joined("a dash -", "and more"), "a dash -\nand more");
  assert.equal(joined("attention-", "based models"), "attention-based models");
});

test("ligatures are spelled out and both letters lead to the ligature", () => {
  const page = pageText([run("e\ufb03cient", 0, 0)]);
  assert.equal(page.text, "efficient");
  assert.deepEqual([...page.unitOf.slice(0, 5)], [0, 1, 1, 1, 2]);
});

test("slanted letters of formulas read as letters, and lead to themselves", () => {
  const page = pageText([run("\u{1d444}\u{1d43e}\u{1d449}", 0, 0)]);
  assert.equal(page.text, "QKV");
  assert.deepEqual([...page.unitOf], [0, 2, 4]);
  assert.deepEqual(fragments(page, 1, 2), [[{ item: 0, from: 2, to: 4 }]]);
});

test("a space that its font gives as a control character is one, a formula's bracket is not", () => {
  const line = [run("layer", 0, 100), run("\u0001", 25, 100), run("normalization", 30, 100)];
  assert.equal(pageText(line).text, "layer normalization");
  const formula = [run("f", 0, 100), run("\u0001", 5, 100, { fontName: "f2" }), run("x", 10, 100)];
  assert.equal(pageText(formula).text, "f\u0001x");
});

test("a run that jumps to another place without a line end begins a line; an index does not", () => {
  assert.equal(
    pageText([run("left column", 0, 100), run("right column", 300, 700)]).text,
    "left column\nright column",
  );
  assert.equal(
    pageText([run("d", 0, 100), run("k", 5, 98, { transform: [7, 0, 0, 7, 5, 98], height: 7 })]).text,
    "dk",
  );
  assert.equal(
    pageText([run("up", 0, 0), run("stamp", 20, 0, { transform: [0, 10, -10, 0, 20, 0] })]).text,
    "up\nstamp",
  );
});

test("marked content and empty runs leave no trace", () => {
  assert.equal(
    pageText([{ type: "beginMarkedContent" }, run("", 0, 0), run("a", 0, 0), run("", 0, 0, lineEnd)]).text,
    "a",
  );
});

test("a mention over two lines has a fragment and a quad on each", () => {
  const page = pageText([run("we use multi-", 0, 100, lineEnd), run("head attention here", 0, 88)]);
  const [mention] = linkText(page.text);
  assert.equal(mention!.surface, "multi-head attention");
  const parts = fragments(page, mention!.start, mention!.end);
  assert.deepEqual(
    parts.map(line => line.map(({ item, from, to }) => page.items[item]!.str.slice(from, to)).join("")),
    ["multi-", "head attention"],
  );
  const [first, second] = quadsOf(page, mention!.start, mention!.end);
  assert.ok(first![0] > 25 && first![2] <= 65.01, "the end of the first line");
  assert.ok(first![1] < 100 && first![5] > 100, "about the first baseline");
  assert.ok(Math.abs(second![0]) < 0.01 && second![1] < 88 && second![5] > 88, "the beginning of the second");
});

test("corners go around: lower left, lower right, upper right, upper left, also where text is turned", () => {
  const upright = pageText([run("softmax", 10, 20)]);
  const [quad] = quadsOf(upright, 0, 7);
  const [x1, y1, x2, y2, x3, y3, x4, y4] = quad!;
  assert.deepEqual([x1, x4, y1, y3], [10, 10, y2, y4]);
  assert.ok(x2 === x3 && Math.abs(x2 - 45) < 0.01 && y4 > y1);
  const turned = pageText([run("softmax", 10, 20, { transform: [0, 10, -10, 0, 10, 20] })]);
  const [up] = quadsOf(turned, 0, 7);
  assert.ok(Math.abs(up![3] - 55) < 0.01 && up![6] < up![0], "runs upwards, its top to the left");
});

test("in a justified line the spaces take what the letters leave", () => {
  const text = "the attention layer";
  const narrow = 10 * (0.278 + 0.5 + 0.444);
  const letters =
    10 *
    [..."theattentionlayer"].reduce(
      (sum, c) => sum + ({ t: 0.278, i: 0.278, l: 0.278, a: 0.444, e: 0.444, r: 0.333 }[c] ?? 0.5),
      0,
    );
  const page = pageText([run(text, 0, 0, { width: letters + 2 * 5 })]);
  const [quad] = quadsOf(page, 4, 13);
  assert.ok(Math.abs(quad![0] - (narrow + 5)) < 0.02, `begins at ${quad![0]}`);
});

/** A page of lines from the top. */
function page(lines: readonly string[], fontName = "f1") {
  return lines.map((line, index) => run(line, 0, 700 - 12 * index, { hasEOL: true, fontName }));
}

const PROSE = Array.from({ length: 12 }, (_, index) => `We study how the softmax behaves, part ${index}.`);
const REFERENCES = Array.from(
  { length: 9 },
  (_, index) => `[${index + 1}] A. Author. On attention and dropout. ICML, 20${10 + index}.`,
);

test("nothing is linked between the heading of the references and the appendix", () => {
  const pages = [
    page([...PROSE, "References", ...REFERENCES]),
    page([...REFERENCES, "A Proofs", "The attention matrix is large, as we said.", ...PROSE]),
  ].map(pageText);
  const found = linkDocument(pages);
  assert.deepEqual([...new Set(found[0]!.map(mention => mention.surface))], ["softmax"]);
  assert.deepEqual(
    found[1]!.map(mention => mention.surface),
    ["attention matrix", ...PROSE.map(() => "softmax")],
  );
});

test("the word references in a sentence begins no bibliography", () => {
  const [found] = linkDocument([pageText(page(["The references to attention are many.", ...PROSE]))]);
  assert.equal(found!.length, 13);
});

test("notes that a reader wrote over a page are not linked, footnotes are", () => {
  const notes = [run("softmax? see attention", 400, 650, { fontName: "ink", hasEOL: true })];
  const footnote = [run("1 A footnote on dropout.", 0, 700 - 12 * 13, { fontName: "small" })];
  const pages = [
    [...page(PROSE), ...notes],
    [...page(PROSE), ...footnote],
    page(PROSE),
    page(["my attention page"], "ink"),
  ].map(pageText);
  const surfaces = linkDocument(pages).map(found => found.map(mention => mention.surface));
  assert.equal(surfaces[0]!.length, PROSE.length);
  assert.equal(surfaces[1]!.at(-1), "dropout");
  assert.deepEqual(surfaces[3], []);
});
