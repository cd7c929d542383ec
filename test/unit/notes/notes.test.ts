import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Note,
  notesAsMarkdown,
  PassageFinder,
  readNotes,
  writeNotes,
} from "../../../src/shared/notes/index.ts";

const pages = [
  "Attention is all you need.\nWe propose a new simple network architecture, the Transformer, based solely on attention mechanisms.",
  "The encoder maps an input sequence to a sequence of continuous representations.\nThe decoder then generates an output sequence.",
  "An attention function maps a query and a set of key-value pairs to an output. The output is a weighted sum of the values.\nThe output is a weighted sum, once more.",
];
const finder = new PassageFinder(pages);

function note(exact: string, page = 1, start = 0, rest: Partial<Note> = {}): Note {
  return {
    id: "a",
    page,
    start,
    quote: { exact, prefix: "", suffix: "" },
    text: "",
    component: null,
    created: "2026-11-25T10:00:00.000Z",
    ...rest,
  };
}

/** The passage of an anchor as the paper has it. */
function words(found: ReturnType<PassageFinder["anchor"]>): string | undefined {
  return found?.spans
    .map(({ page, start, end }) => Array.from(pages[page]!).slice(start, end).join(""))
    .join(" / ");
}

describe("passages of a paper", () => {
  it("are found whatever spaces, hyphens and line breaks their copies have", () => {
    const found = finder.anchor(note("a query and a set of key-\nvalue  pairs"));
    assert.equal(words(found), "a query and a set of key-value pairs");
    assert.equal(found?.exact, true);
  });

  it("that stand twice are told apart by what is around them, then by where they were", () => {
    const twice = "The output is a weighted sum";
    const second = { exact: twice, prefix: "sum of the values. ", suffix: ", once more." };
    assert.equal(finder.find(second, null)!.spans[0]!.start, pages[2]!.lastIndexOf(twice));
    assert.equal(finder.anchor(note(twice, 3, 75))!.spans[0]!.start, pages[2]!.indexOf(twice));
    assert.equal(finder.anchor(note(twice, 3, 130))!.spans[0]!.start, pages[2]!.lastIndexOf(twice));
  });

  it("are found on another page, with some words changed", () => {
    const found = finder.anchor(
      note(
        "We introduce a new and simple network architecture, the Transformer, based only on attention mechanisms",
        7,
      ),
    );
    assert.equal(found?.exact, false);
    assert.equal(found?.spans[0]?.page, 0);
    assert.match(words(found)!, /new simple network architecture, the Transformer/);
  });

  it("may go over the end of a page", () => {
    const found = finder.anchor(note("based solely on attention mechanisms. The encoder maps an input"));
    assert.deepEqual(
      found?.spans.map(({ page }) => page),
      [0, 1],
    );
    assert.equal(words(found), "based solely on attention mechanisms. / The encoder maps an input");
  });

  it("that are not there are not found", () => {
    assert.equal(finder.anchor(note("Convolutions over images are translation equivariant operators")), null);
    assert.equal(finder.anchor(note("zebra")), null);
    assert.equal(finder.anchor(note(" \n")), null);
  });

  it("longer than can be compared whole are found by their two ends", () => {
    const long = Array.from({ length: 120 }, (_, index) => `word${index * 7919}`).join(" ");
    const paper = new PassageFinder([`Before it. ${long} After it.`]);
    const changed = long.replace("word0 ", "wird0 ").replace(/word(\d+)$/, "wort$1");
    const found = paper.anchor(note(changed));
    assert.equal(found?.exact, false);
    assert.ok(Math.abs(found!.spans[0]!.end - found!.spans[0]!.start - long.length) < 8);
  });

  it("are kept with their words and those around them, on one line", () => {
    const spans = finder.anchor(note("continuous representations. The decoder"))!.spans;
    const quote = finder.quote(spans);
    assert.equal(quote.exact, "continuous representations. The decoder");
    assert.equal(quote.prefix, "input sequence to a sequence of ");
    assert.equal(quote.suffix, " then generates an output sequen");
    assert.deepEqual(finder.find(quote, null)!.spans, spans);
  });

  it("in letters beyond the first plane are counted in code points", () => {
    const paper = new PassageFinder(["𝒬𝒦 attention 🙂 over keys"]);
    assert.deepEqual(paper.anchor(note("over keys"))!.spans, [{ page: 0, start: 15, end: 24 }]);
  });
});

describe("the file of notes", () => {
  const notes = [
    note("second", 2, 4, { id: "b", text: "On two lines.\nHere.", component: "self-attention" }),
    note("first", 1, 9, { id: "c" }),
  ];

  it("is in the order of the paper, one value a line, and reads back", () => {
    const text = writeNotes("paper.pdf", notes);
    assert.deepEqual(readNotes(text), [notes[1], notes[0]]);
    assert.equal(writeNotes("paper.pdf", readNotes(text)), text);
    assert.match(text, /\n {6}"page": 2,\n/);
    assert.ok(text.endsWith("}\n"));
  });

  it("says where it is not one", () => {
    assert.throws(() => readNotes("{"), SyntaxError);
    assert.throws(() => readNotes('{"paper": "p.pdf", "notes": [{"id": "a"}]}'), /notes\.0\.page/);
    const stranger = writeNotes("p.pdf", [note("x", 1, 0, { component: "no-such-thing" as never })]);
    assert.throws(() => readNotes(stranger), /notes\.0\.component/);
  });

  it("becomes Markdown, in which the paper's words are no markup", () => {
    const text = notesAsMarkdown("A *bold* title", [...notes, note("x_1 < <b>y</b>", 3)], "en");
    assert.equal(
      text,
      [
        "# Notes on A \\*bold\\* title",
        "> first",
        "*Page 1*",
        "> second",
        "*Page 2 · Self-attention*",
        "On two lines.\nHere.",
        "> x\\_1 \\< \\<b\\>y\\</b\\>",
        "*Page 3*\n",
      ].join("\n\n"),
    );
  });
});
