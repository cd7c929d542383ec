import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { IndexProcess } from "../../../src/runtime/paper/process.ts";
import { fixturesDirectory, projectDirectory } from "../../support/paths.ts";
import { line, pdfFile } from "../../support/pdf-file.ts";

const folder = mkdtempSync(join(tmpdir(), "papertrace-index-"));
const cache = join(folder, "cache");
const index = new IndexProcess({ cache });
after(() => {
  index.dispose();
  rmSync(folder, { recursive: true });
});
const never = new AbortController().signal;

function write(name: string, bytes: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const small = write(
  "small.pdf",
  pdfFile([
    [
      line("Careful Notes on Routing Tokens", 20, 150),
      line("arXiv:2401.01234v2 [cs.CL] 3 Jan 2024", 20, 20),
    ].join("\n"),
    line("The softmax is a function that turns scores into weights.", 5, 100),
  ]),
);

test("a paper is known by its title and id, and its mentions by their sentences", async () => {
  const paper = await index.paper(small, never);
  assert.equal(paper.title, "Careful Notes on Routing Tokens");
  assert.deepEqual(paper.arxiv, { id: "2401.01234", version: 2 });
  assert.equal(paper.pages, 2);
  const softmax = paper.mentions.findIndex(({ component }) => component === "softmax");
  const { page, sentence, surface } = paper.mentions[softmax]!;
  assert.deepEqual([page, surface], [2, "softmax"]);
  assert.equal(paper.sentences[sentence]?.text, "The softmax is a function that turns scores into weights.");
  assert.equal(paper.definitions.softmax, softmax);
});

test("every mention of the sample stands in its sentence", async () => {
  const paper = await index.paper(join(projectDirectory, "media/sample/paper.pdf"), never);
  assert.equal(paper.title, "Reading Attention");
  assert.ok(paper.mentions.length > 50);
  for (const { sentence, surface, start, end } of paper.mentions) {
    const around = paper.sentences[sentence]!;
    assert.ok(around.start <= start && end <= around.end + 1, surface);
    assert.ok(around.text.includes(surface), `${surface}: ${around.text}`);
  }
});

test("what was indexed is kept by content, and damaged entries are made again", async () => {
  const first = await index.paper(small, never);
  const copy = write("another name.pdf", readFileSync(small));
  const kept = readdirSync(cache);
  assert.deepEqual(await index.paper(copy, never), first);
  assert.deepEqual(readdirSync(cache), kept);
  for (const name of kept) writeFileSync(join(cache, name), "{");
  assert.deepEqual(await index.paper(small, never), first);
});

test("what cannot be read is refused with its name and the reason", async () => {
  await assert.rejects(
    index.paper(join(fixturesDirectory("paper"), "encrypted.pdf"), never),
    /encrypted\.pdf/,
  );
  await assert.rejects(index.paper(write("no.pdf", "hello"), never), /no\.pdf is not a PDF/);
});

test("indexing is cancelled, and ended when it takes too long; the next paper is read all the same", async () => {
  const stop = new AbortController();
  const work = index.paper(write("again.pdf", pdfFile([line("A softmax of another paper.")])), stop.signal);
  stop.abort();
  await assert.rejects(work, { name: "AbortError" });
  const hasty = new IndexProcess({ cache: join(folder, "other"), limit: 1 });
  try {
    await assert.rejects(hasty.paper(small, never), /small\.pdf could not be indexed within/);
  } finally {
    hasty.dispose();
  }
  assert.equal((await index.paper(small, never)).pages, 2);
});

test("lines of Python that implement components are found, in what uses PyTorch alone", async () => {
  const model = write("model.py", "import torch\n\n\nclass ToyAttention(torch.nn.Module):\n    pass\n");
  const other = write("other.py", "class Attention:\n    pass\n");
  const found = await index.sources([model, other, join(folder, "missing.py")], never);
  assert.deepEqual(
    found.map(({ places }) => places.map(({ component, line: at, kind }) => [component, at, kind])),
    [[["self-attention", 4, "class"]], [], []],
  );
});
