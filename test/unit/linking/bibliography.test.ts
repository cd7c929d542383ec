import assert from "node:assert/strict";
import { test } from "node:test";
import { bibliography } from "../../../src/shared/linking/index.ts";

/** The lines of each page that belong to a list of references. */
function listed(pages: readonly string[]): string[][] {
  return bibliography(pages).map((ranges, page) =>
    ranges.flatMap(([start, end]) => pages[page]!.slice(start, end).split("\n")),
  );
}

const ENTRIES = [
  "Ada Arden, Bo Birk, and Cy Cole. 2019. On the attention of",
  "small networks. In Proceedings of the First Conference",
  "on Small Networks, pages 1–9.",
  "Dee Dahl and Eli Ekman. 2021. Softmax, revisited. arXiv preprint",
  "arXiv:2101.00000.",
];
/** As many as a model has that a whole company made. */
const AUTHORS = Array.from(
  { length: 12 },
  (_, line) => `Fay Foster${line}, Gil Gray, Hal Hart, Ida Ilves, Jon Joost,`,
).map(line => line.replace(/\d/, ""));
const PROSE = [
  "We repeat the runs of the main part with other seeds and see no",
  "difference that would matter for what the layer does to its input.",
  "The numbers are means over the runs and the spread is small.",
  "All models are trained as long as those of the main part are.",
];

test("an entry with many authors does not end the list", () => {
  const list = ["References", ...AUTHORS, "Kim Krog. 2023. A large model. CoRR, abs/2301.00000.", ...ENTRIES];
  assert.deepEqual(listed([["The end of the text.", ...list].join("\n")]), [list]);
});

test("the list goes on over pages and ends before an appendix, whose title is no entry", () => {
  const pages = [
    ["Conclusion", "References", ...AUTHORS, ...ENTRIES].join("\n"),
    [
      ...ENTRIES,
      "A Surprising Trick for Small Networks. In Proceedings",
      "of a conference, 2020.",
      ...ENTRIES,
    ].join("\n"),
    ["Lee Lund. 2018. Small networks, again.", "A. Further Experiments", ...PROSE].join("\n"),
  ];
  const [first, second, third] = listed(pages);
  assert.deepEqual(first, ["References", ...AUTHORS, ...ENTRIES]);
  assert.equal(second!.length, 2 * ENTRIES.length + 2);
  assert.deepEqual(third, ["Lee Lund. 2018. Small networks, again."]);
});

test("a list may begin with long entries, and its heading with the sign of a section", () => {
  const long = [
    "Ada Arden and Bo Birk. 2004. What the",
    "networks of small layers do with the words",
    "that they are given, and why they do",
    "so at all",
    "when nobody asks",
    ...ENTRIES,
  ];
  assert.deepEqual(listed([["The end.", "§9 References", ...long].join("\n")]), [["§9 References", ...long]]);
});

test("a paper may have a second list, and a table of contents has none", () => {
  const contents = ["Contents", "1 Introduction", "2 Attention", "References", ...PROSE].join("\n");
  const body = ["References", ...ENTRIES, "Appendix", ...PROSE, ...PROSE, ...PROSE, "References", ...ENTRIES];
  const [none, both] = listed([contents, body.join("\n")]);
  assert.deepEqual(none, []);
  assert.deepEqual(both, ["References", ...ENTRIES, "References", ...ENTRIES]);
});
