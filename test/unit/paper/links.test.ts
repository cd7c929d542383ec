import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UsageError } from "../../../src/runtime/cli/command.ts";
import { linksCommand } from "../../../src/runtime/cli/links.ts";
import { linkPaper } from "../../../src/runtime/paper/link-paper.ts";
import { readPaper } from "../../../src/runtime/paper/read-paper.ts";
import { componentIds } from "../../../src/shared/catalogue/index.ts";
import { PaperFailure } from "../../../src/shared/paper-failure.ts";
import { fixturesDirectory, projectDirectory, sharedDirectory } from "../../support/paths.ts";
import { line, pdfFile, picture } from "../../support/pdf-file.ts";

const sample = join(projectDirectory, "media/sample/paper.pdf");
const folder = mkdtempSync(join(tmpdir(), "papertrace-links-"));
after(() => rmSync(folder, { recursive: true }));

const running = new AbortController().signal;

interface Found {
  start: number;
  end: number;
  surface: string;
  component: string;
  quads?: number[][];
  line?: number;
  column?: number;
}

/** Runs the command and returns what it printed. */
async function links(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const status = await linksCommand.run(argv, {
    out: text => printed.push(text),
    err: text => assert.fail(text),
    signal: running,
    environment: {},
  });
  assert.equal(status, 0);
  return printed.join("\n");
}

async function linksJson(
  file: string,
): Promise<{ pages: { page: number; text: string; mentions: Found[] }[] }> {
  return JSON.parse(await links(file, "--json"));
}

function write(name: string, bytes: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

test("the sample paper names nearly every component, each with its slice and its place on the page", async () => {
  const { pages } = await linksJson(sample);
  const boxes = (await readPaper(sample, readFileSync(sample), running)).map(page => page.box);
  assert.equal(pages.length, 2);
  for (const { page, text, mentions } of pages) {
    const points = Array.from(text);
    const [left, bottom, right, top] = boxes[page - 1]!;
    for (const { start, end, surface, quads } of mentions) {
      assert.equal(points.slice(start, end).join(""), surface);
      assert.ok(quads!.length >= 1 && quads!.length <= 1 + (surface.match(/[\s-]/g)?.length ?? 0), surface);
      for (const [x1, y1, x2, y2, x3, y3, x4, y4] of quads!) {
        assert.ok(Math.min(x1!, x4!) >= left && Math.max(x2!, x3!) <= right, `${surface} leaves the page`);
        assert.ok(Math.min(y1!, y2!) >= bottom && Math.max(y3!, y4!) <= top, `${surface} leaves the page`);
        assert.ok(x2! - x1! > 4 && y4! - y1! > 5 && y4! - y1! < 30, `${surface} has an odd size`);
      }
    }
  }
  const named = new Set(pages.flatMap(page => page.mentions.map(mention => mention.component)));
  assert.deepEqual(
    componentIds.filter(id => !named.has(id)),
    [],
  );
});

test("the sample's negative paragraph and its references are not linked, its Korean paragraph is", async () => {
  const { pages } = await linksJson(sample);
  const text = pages.map(page => page.text).join("\n");
  const surfaces = pages.flatMap(page => page.mentions.map(mention => mention.surface));
  assert.match(text, /pay\s+attention\s+to\s+details/);
  assert.ok(
    !surfaces.includes("batch normalization") &&
      !surfaces.some(surface => surface.startsWith("masked language")),
  );
  const { text: last, mentions } = pages.at(-1)!;
  const references = Array.from(last.slice(0, last.indexOf("References"))).length;
  assert.ok(last.includes("References") && mentions.every(mention => mention.end < references));
  for (const term of ["멀티 헤드 어텐션", "셀프 어텐션", "소프트맥스", "잔차 연결", "층 정규화", "KV 캐시"]) {
    assert.ok(
      surfaces.some(surface => surface.replace(/\s/g, "") === term.replace(/\s/g, "")),
      term,
    );
  }
});

test("without --json there is a summary for people", async () => {
  assert.match(await links(sample), /^ +\d+ {2}Tokenizer \(first on page 1\)$/m);
});

test("a Python source is one page, with lines and columns in code points", async () => {
  const source = '# 😀\nclass A:\n    def f(self, x):\n        "😀"; self.mlp(F.softmax(x, -1))\n';
  const { pages } = await linksJson(write("model.py", source));
  const points = Array.from(source);
  assert.equal(pages.length, 1);
  assert.deepEqual(
    pages[0]!.mentions.map(({ surface, component, line, column }) => [surface, component, line, column]),
    [
      ["mlp", "feed-forward", 4, 18],
      ["softmax", "softmax", 4, 24],
    ],
  );
  for (const { start, end, surface } of pages[0]!.mentions)
    assert.equal(points.slice(start, end).join(""), surface);
});

test("a page that is turned, and one whose box does not begin at 0, keep quads in PDF points", async () => {
  const bytes = Buffer.from(
    pdfFile([line("Here is self-attention again.")])
      .toString("latin1")
      .replace("/MediaBox [0 0 300 200]", "/MediaBox [5 5 305 205] /Rotate 90"),
    "latin1",
  );
  const [page] = await linkPaper("turned.pdf", bytes, running);
  const [quad] = page!.mentions[0]!.quads;
  assert.equal(page!.mentions[0]!.surface, "self-attention");
  assert.ok(Math.abs(quad![0] - 64) < 6 && quad![1] < 100 && quad![7] > 105, `quad ${quad}`);
});

const FAILURES: readonly (readonly [kind: string, name: string, bytes: () => Buffer, message: RegExp])[] = [
  ["not-pdf", "notes.pdf", () => Buffer.from("These are notes.\n"), /notes\.pdf is not a PDF/],
  ["empty", "nothing.pdf", () => Buffer.alloc(0), /nothing\.pdf is empty/],
  ["empty", "pageless.pdf", () => pdfFile([]), /pageless\.pdf has no pages/],
  ["no-text", "scan.pdf", () => pdfFile([picture, picture]), /scan\.pdf holds no text.*OCR/],
  ["broken", "cut.pdf", () => readFileSync(sample).subarray(0, 20_000), /cut\.pdf is damaged/],
  ["broken", "header.pdf", () => Buffer.from("%PDF-1.7\nnothing else"), /header\.pdf is damaged/],
  [
    "encrypted",
    "encrypted.pdf",
    () => readFileSync(join(fixturesDirectory("paper"), "encrypted.pdf")),
    /encrypted\.pdf is encrypted and needs a password/,
  ],
];

for (const [kind, name, bytes, message] of FAILURES) {
  test(`${name}: the message names the file, the reason and the next step`, async () => {
    await assert.rejects(links(write(name, bytes()), "--json"), error => {
      assert.ok(error instanceof PaperFailure, String(error));
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

test("a PDF that is only restricted, not locked, opens", async () => {
  const file = join(fixturesDirectory("paper"), "restricted.pdf");
  const { pages } = await linksJson(file);
  assert.deepEqual(
    pages[0]!.mentions.map(mention => mention.surface),
    ["attention"],
  );
});

test("bytes before the header, and a wrong place of the cross-reference table, are tolerated", async () => {
  const bytes = pdfFile([line("A softmax.")]);
  const lost = Buffer.from(bytes.toString("latin1").replace(/startxref\n\d+/, "startxref\n7"), "latin1");
  for (const variant of [Buffer.concat([Buffer.from("junk\n"), bytes]), lost]) {
    const [page] = await linkPaper("odd.pdf", variant, running);
    assert.equal(page!.mentions[0]!.component, "softmax");
  }
});

test("a missing file, a folder and a wrong option say so", async () => {
  await assert.rejects(links(join(folder, "absent.pdf")), /absent\.pdf does not exist/);
  await assert.rejects(links(folder), /is not a file/);
  await assert.rejects(links(sample, "--yaml"), UsageError);
  await assert.rejects(links(), UsageError);
});

test("an aborted run ends with the signal's reason", async () => {
  const aborted = AbortSignal.abort(new Error("stopped by the reader"));
  await assert.rejects(linkPaper("paper.pdf", readFileSync(sample), aborted), /stopped by the reader/);
});

const shared = sharedDirectory();
const REAL: readonly (readonly [
  file: string,
  page: number,
  components: readonly string[],
  bibliography: string,
])[] = [
  [
    "attention-is-all-you-need-1706.03762.pdf",
    5,
    [
      "multi-head-attention",
      "cross-attention",
      "feed-forward",
      "activation-function",
      "softmax",
      "positional-encoding",
      "lm-head",
    ],
    "References",
  ],
  [
    "bert-1810.04805-annotated.pdf",
    5,
    ["positional-encoding", "token-embedding", "pooling", "cross-attention"],
    "References",
  ],
  [
    "vit-2010.11929.pdf",
    3,
    ["patch-embedding", "layer-norm", "residual-connection", "encoder", "multi-head-attention"],
    "REFERENCES",
  ],
  [
    "flashattention-2205.14135.pdf",
    5,
    ["flash-attention", "softmax", "attention-mask", "dropout", "self-attention"],
    "References",
  ],
];

for (const [file, page, expected, heading] of REAL) {
  test(`${file}: what its pages are about is found, its bibliography is left alone`, {
    skip: shared === null,
  }, async () => {
    const { pages } = await linksJson(join(shared!, "papers", file));
    const named = new Set(pages[page - 1]!.mentions.map(mention => mention.component));
    assert.deepEqual(
      expected.filter(id => !named.has(id)),
      [],
      `page ${page}`,
    );
    const count = pages.reduce((sum, { mentions }) => sum + mentions.length, 0);
    assert.ok(
      count > 4 * pages.length && count < 30 * pages.length,
      `${count} mentions on ${pages.length} pages`,
    );
    const first = pages.findIndex(({ text }) => new RegExp(`^${heading}$`, "m").test(text));
    const points = Array.from(pages[first]!.text);
    const start = points.join("").search(new RegExp(`^${heading}$`, "m"));
    assert.ok(
      first > 5 && pages[first]!.mentions.every(mention => mention.end <= start),
      "in the list of references",
    );
    assert.deepEqual(pages[first + 1]!.mentions, [], "on the second page of references");
  });
}

test("two thousand pages, and a page as large as the format allows, are read", async () => {
  const many = pdfFile(
    Array.from({ length: 2_000 }, (_, number) => line(`Sheet ${number + 1} on attention`)),
  );
  const pages = await linkPaper("long.pdf", many, running);
  assert.equal(pages.length, 2_000);
  assert.match(pages.at(-1)!.text, /Sheet 2000/);
  const huge = pdfFile([line("A softmax.")])
    .toString("latin1")
    .replace("0 0 300 200", "0 0 14400 14400");
  const [page] = await linkPaper("huge.pdf", Buffer.from(huge, "latin1"), running);
  assert.equal(page!.mentions[0]!.component, "softmax");
});

test("a page that is damaged has no text, and the others are read", async () => {
  const file = pdfFile([line("A softmax."), line("Self-attention.")]).toString("latin1");
  // The object of the first page is another thing.
  const damaged = Buffer.from(file.replace("/Type /Page /Parent", "/Type /Nope /Parent"), "latin1");
  const pages = await linkPaper("damaged.pdf", damaged, running);
  assert.equal(pages.at(-1)!.mentions[0]!.component, "self-attention");
});
