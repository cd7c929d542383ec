import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arxivIdAt,
  arxivIdOf,
  arxivIdOfFile,
  formatArxivId,
  identityOf,
  isVersionOf,
  paperFileName,
  parseArxivId,
} from "../../../src/shared/papers/index.ts";

function read(text: string): string {
  const parsed = parseArxivId(text);
  return "paper" in parsed ? formatArxivId(parsed.paper) : parsed.problem;
}

test("ids and addresses are read as people type and copy them", () => {
  const forms: Record<string, readonly string[]> = {
    "1706.03762": [
      "1706.03762",
      " 1706.03762 ",
      "arXiv:1706.03762",
      "ARXIV: 1706.03762",
      "https://arxiv.org/abs/1706.03762",
      "http://www.arxiv.org/abs/1706.03762",
      "arxiv.org/pdf/1706.03762.pdf",
      "https://export.arxiv.org/pdf/1706.03762",
      "https://arxiv.org/html/1706.03762#S3",
      "https://arxiv.org/abs/1706.03762?context=cs",
      "https://arxiv.org/abs/1706.03762/",
      "https://doi.org/10.48550/arXiv.1706.03762",
      "10.48550/arXiv.1706.03762",
      "https://huggingface.co/papers/1706.03762",
      "https://ar5iv.labs.arxiv.org/html/1706.03762",
      "https://ar5iv.org/abs/1706.03762",
      "https://www.alphaxiv.org/abs/1706.03762",
      "arXiv 1706.03762",
      "[1706.03762]",
      "1706.03762,",
    ],
    "1706.03762v5": [
      "1706.03762v5",
      "1706.03762 v5",
      "https://arxiv.org/pdf/1706.03762v5.pdf",
      "arXiv:1706.03762v5 [cs.CL] 6 Dec 2017",
    ],
    "0704.0001": ["0704.0001"],
    "1501.00001": ["1501.00001"],
    "hep-th/9901001": ["hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001", "arXiv:hep-th/9901001"],
    "hep-th/9901001v3": ["hep-th/9901001v3"],
    "math/0309136": ["math.GT/0309136", "math/0309136", "https://arxiv.org/pdf/math.GT/0309136"],
  };
  for (const [id, texts] of Object.entries(forms))
    for (const text of texts) assert.equal(read(text), id, text);
});

test("what is wrong with anything else is said", () => {
  const problems: Record<string, RegExp> = {
    "": /^Write an id/,
    [`https://arxiv.org/abs/1706.03762${" ".repeat(300)}x`]: /^Write an id/,
    "https://notarxiv.org/abs/1706.03762": /is not the address/,
    "17": /four digits, a point and five digits/,
    "1706.": /four digits, a point and five digits/,
    "1706.037": /four digits, a point and five digits/,
    "1713.03762": /^1713\.03762 .* month/,
    "1700.03762": /month/,
    "1706.0376": /since 2015 five digits/,
    "1412.03762": /until 2014 four digits/,
    "0703.0001": /begin with 0704/,
    "1706.03762v0": /count from v1/,
    "hep-xx/9901001": /“hep-xx” is no archive/,
    "hep-th/99010": /Seven digits follow the archive, as in hep-th\//,
    "hep-th/9913001": /month/,
    attention: /“attention” is no arXiv id/,
    "1706.03762v5x": /is no arXiv id/,
    "https://example.org/1706.03762": /“https:\/\/example\.org\/1706\.03762” is not the address/,
    "https://arxiv.org/list/cs.CL/recent": /is not the address of a paper/,
    "https://arxiv.org.example.org/abs/1706.03762": /is not the address/,
    "https://arxiv.org/abs/": /./,
    "1706.03762/../../etc": /is not the address/,
  };
  for (const [text, problem] of Object.entries(problems)) {
    const parsed = parseArxivId(text);
    assert.ok("problem" in parsed, text);
    assert.match(parsed.problem, problem, text);
    assert.equal(arxivIdOf(text), null);
  }
});

test("the id under the cursor is found with its address and without", () => {
  const line = "# see https://arxiv.org/abs/1706.03762v2, arXiv:2002.05202 and 1910.07467; x = 12.5";
  const at = (part: string) => arxivIdAt(line, line.indexOf(part) + 1);
  assert.deepEqual(at("https"), { id: "1706.03762", version: 2 });
  assert.deepEqual(at("06.03762"), { id: "1706.03762", version: 2 });
  assert.deepEqual(at("arXiv:"), { id: "2002.05202", version: null });
  assert.deepEqual(at("1910"), { id: "1910.07467", version: null });
  assert.equal(at("see"), null);
  assert.equal(at("12.5"), null);
});

test("a file is named by title and id, and the id is read back from any such name", () => {
  const paper = { id: "1706.03762", version: null };
  assert.equal(paperFileName(paper, "Attention Is All You Need"), "attention-is-all-you-need-1706.03762.pdf");
  assert.equal(paperFileName(paper, null), "1706.03762.pdf");
  assert.equal(paperFileName(paper, "../../etc/passwd: C:\\x?"), "etc-passwd-c-x-1706.03762.pdf");
  assert.equal(paperFileName(paper, "어텐션은 전부다"), "어텐션은-전부다-1706.03762.pdf");
  assert.ok(paperFileName(paper, "word ".repeat(100)).length < 100);
  for (const known of [
    paper,
    { id: "1706.03762", version: 5 },
    { id: "hep-th/9901001", version: null },
    { id: "math/0309136", version: 2 },
    { id: "0704.0001", version: 1 },
  ])
    for (const title of [null, "On Docs and Logs 2017"])
      assert.deepEqual(arxivIdOfFile(paperFileName(known, title)), known);
  for (const name of ["1706.03762v7.pdf", "Vaswani 2017 - 1706.03762v7 (1).pdf", "arXiv_1706.03762v7.pdf"])
    assert.deepEqual(arxivIdOfFile(name), { id: "1706.03762", version: 7 }, name);
  for (const name of ["docs-0112017.pdf", "report-2024.12345.pdf", "paper.pdf", "3.1706.03762.pdf"])
    assert.equal(arxivIdOfFile(name), null, name);
});

test("the stamp on a first page counts before the name of the file, a citation there does not", () => {
  const page = (text: string) => ({ text, items: [] }) as unknown as Parameters<typeof identityOf>[0];
  const stamp = "arXiv:1706.03762v7  [cs.CL]  2 Aug 2023";
  assert.deepEqual(identityOf(page(stamp), "9999.pdf").arxiv, { id: "1706.03762", version: 7 });
  assert.deepEqual(identityOf(page(stamp), "1607.06450.pdf").arxiv, { id: "1706.03762", version: 7 });
  assert.equal(identityOf(page("We build on arXiv:1409.0473 here."), "paper.pdf").arxiv, null);
});

test("a paper is the one that is asked for in its version, or in any if none is named", () => {
  const seventh = { id: "1706.03762", version: 7 };
  assert.ok(isVersionOf(seventh, { id: "1706.03762", version: null }));
  assert.ok(isVersionOf(seventh, seventh));
  assert.ok(!isVersionOf(seventh, { id: "1706.03762", version: 5 }));
  assert.ok(!isVersionOf({ id: "1706.03762", version: null }, seventh));
  assert.ok(!isVersionOf(null, seventh));
});
