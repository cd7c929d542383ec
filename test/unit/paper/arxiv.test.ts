import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { type AddFromArxivOptions, addFromArxiv } from "../../../src/runtime/paper/add-from-arxiv.ts";
import { arxivEndpoint, arxivPage, isOnArxiv } from "../../../src/runtime/paper/arxiv.ts";
import { IndexProcess } from "../../../src/runtime/paper/process.ts";
import { line, pdfFile } from "../../support/pdf-file.ts";
import {
  type Answer,
  cutAfter,
  inTurn,
  redirect,
  type StandInHub,
  serve,
  startHub,
} from "../models/stand-in-hub.ts";

const paper = { id: "1706.03762", version: null };
const content = pdfFile([
  line("Attention Is All You Need", 20, 150),
  ...Array.from({ length: 40 }, (_, page) => line(`Page ${page} speaks of attention.`)),
]);
const html = (status: number, headers: Record<string, string> = {}): Answer => {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers }).end("<html>not a paper</html>");
  };
};

describe("a paper of arXiv", () => {
  let arxiv: StandInHub;
  let root: string;
  before(async () => {
    arxiv = await startHub();
  });
  after(() => arxiv.close());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-arxiv-"));
    arxiv.requests.length = 0;
    arxiv.answers = {};
  });
  afterEach(() => rm(root, { recursive: true }));

  let serial = 0;
  /** Downloads a paper that nobody has asked for yet and that the server answers for so. */
  async function add(answer: Answer | null, more: Partial<AddFromArxivOptions> = {}): Promise<string> {
    const id = `1706.${String(++serial).padStart(5, "0")}`;
    if (answer) arxiv.answers[`/pdf/${id}`] = answer;
    return await addFromArxiv({ ...paper, id }, options(more));
  }
  function options(more: Partial<AddFromArxivOptions> = {}): AddFromArxivOptions {
    return {
      folder: join(root, "papers"),
      cache: cacheAt(join(root, "cache")),
      environment: { PAPERTRACE_ARXIV: arxiv.address },
      retryMs: 1,
      ...more,
    };
  }
  /** Nothing of a download is left, whole or begun. */
  async function assertNothingLeft(): Promise<void> {
    for (const folder of ["papers", "cache/downloads"])
      assert.deepEqual(await readdir(join(root, folder)).catch(() => []), [], folder);
  }
  /** The failure names the paper, says why and what to do, and nothing is left. */
  async function assertFails(attempt: Promise<string>, ...parts: RegExp[]): Promise<void> {
    const error = await attempt.then(assert.fail, (reason: Error) => reason);
    for (const part of [new RegExp(`1706\\.${String(serial).padStart(5, "0")}`), ...parts])
      assert.match(error.message, part);
    await assertNothingLeft();
  }

  it("is kept under its title and id, whole, and not asked for again", async () => {
    arxiv.answers["/pdf/1706.03762"] = serve(content);
    const fractions: number[] = [];
    const index = new IndexProcess({ cache: join(root, "index") });
    const more = {
      onProgress: ({ fraction }: { fraction: number | null }) => void fractions.push(fraction ?? -1),
      titleOf: async (path: string) => (await index.paper(path, new AbortController().signal)).title,
    };
    const path = await addFromArxiv(paper, options(more));
    index.dispose();
    assert.equal(path, join(root, "papers", "attention-is-all-you-need-1706.03762.pdf"));
    assert.ok(content.equals(await readFile(path)));
    assert.deepEqual(await readdir(join(root, "papers")), ["attention-is-all-you-need-1706.03762.pdf"]);
    assert.deepEqual(await readdir(join(root, "cache", "downloads")), []);
    assert.deepEqual([fractions[0], fractions.at(-1)], [0, 1]);
    assert.equal(await addFromArxiv(paper, options()), path);
    assert.equal(arxiv.requests.length, 1);
  });

  it("is asked for in the version that is named, beside another one", async () => {
    arxiv.answers["/pdf/1706.03762v5"] = serve(content);
    await mkdir(join(root, "papers"));
    await writeFile(join(root, "papers", "attention-1706.03762v7.pdf"), "theirs");
    const path = await addFromArxiv({ ...paper, version: 5 }, options());
    assert.equal(path, join(root, "papers", "1706.03762v5.pdf"));
    assert.equal(await readFile(join(root, "papers", "attention-1706.03762v7.pdf"), "utf8"), "theirs");
  });

  it("of before 2007 has an address with its archive", async () => {
    arxiv.answers["/pdf/hep-th/9901001"] = serve(content);
    const path = await addFromArxiv({ id: "hep-th/9901001", version: null }, options());
    assert.equal(path, join(root, "papers", "hep-th-9901001.pdf"));
  });

  it("is named by its id alone where its title cannot be read", async () => {
    assert.match(await add(serve(content), { titleOf: async () => null }), /papers\/1706\.\d{5}\.pdf$/);
  });

  it("is not there: says so, with the page to look at, and asks once", async () => {
    await assertFails(add(null), /has no PDF/, /mistyped.*withdrawn/, /127\.0\.0\.1:\d+\/abs\/1706/);
    assert.equal(arxiv.requests.length, 1);
  });

  it("is a web page instead: refused by its content, whatever it is called", async () => {
    await assertFails(add(html(200)), /not a PDF/, /in a browser/);
    await assertFails(add(html(200, { "content-type": "application/pdf" })), /not a PDF/);
    await assertFails(add(serve(Buffer.alloc(0))), /not a PDF/);
    const long: Answer = (_request, response) => {
      response.writeHead(200).write(Buffer.alloc(5000, "<p>wait</p>"));
    };
    await assertFails(add(long), /not a PDF/);
  });

  it("is refused for a while: says how long, in seconds, minutes or by date, and does not insist", async () => {
    await assertFails(add(html(429, { "retry-after": "30" })), /HTTP 429/, /Try again in 30 s\./);
    await assertFails(add(html(503, { "retry-after": "600" })), /HTTP 503/, /Try again in 10 min\./);
    const date = new Date(Date.now() + 45_000).toUTCString();
    await assertFails(add(html(503, { "retry-after": date })), /Try again in 4\d s\./);
    await assertFails(add(html(429)), /Try again in a few minutes\./);
    assert.equal(arxiv.requests.length, 4);
    await assertFails(add(html(403)), /HTTP 403/, /in a browser/);
  });

  it("is tried again when the server or the connection fails for a moment", async () => {
    const { answer, cut } = cutAfter(content, 2000);
    let length = 0;
    const onProgress = ({ fraction }: { fraction: number | null }) => {
      length = Math.round((fraction ?? 0) * content.length);
      cut(length);
    };
    const path = await add(inTurn(html(502), answer, serve(content)), { onProgress });
    assert.ok(content.equals(await readFile(path)));
    assert.equal(arxiv.requests.length, 3);
    await rm(path);
    await assertFails(add(html(500)), /failed to send/, /HTTP 500/, /Try again later/);
  });

  it("cannot be reached: says why and what to check", async () => {
    const closed = await startHub();
    await closed.close();
    const environment = { PAPERTRACE_ARXIV: closed.address };
    await assertFails(add(null, { environment }), /ECONNREFUSED/, /Check the network and the proxy/);
  });

  it("leaves nothing when it is cancelled midway", async () => {
    const controller = new AbortController();
    const slow: Answer = (_request, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 4000));
    };
    const onProgress = ({ fraction }: { fraction: number | null }) => {
      if ((fraction ?? 0) > 0) controller.abort(new Error("enough"));
    };
    await assert.rejects(add(slow, { signal: controller.signal, onProgress }), /enough/);
    await assertNothingLeft();
  });

  it("leaves nothing when it is cancelled while its title is read", async () => {
    const controller = new AbortController();
    const titleOf = async () => {
      controller.abort(new Error("enough"));
      return "A Title";
    };
    await assert.rejects(add(serve(content), { signal: controller.signal, titleOf }), /enough/);
    await assertNothingLeft();
  });

  it("is too large: refused by the announced length, and by what comes where none is", async () => {
    await assertFails(add(serve(content), { largest: 1000 }), /larger than 1\.00 kB/);
    const silent: Answer = (_request, response) => {
      response.writeHead(200).write(content);
    };
    await assertFails(add(silent, { largest: 5000 }), /larger than 5\.00 kB/, /Get it from/);
  });

  it("may be redirected on arXiv, and nowhere else", async () => {
    arxiv.answers["/elsewhere"] = serve(content);
    assert.ok(content.equals(await readFile(await add(redirect("/elsewhere")))));
    await rm(join(root, "papers"), { recursive: true });
    const stranger = await startHub({ "/x.pdf": serve(content) });
    try {
      await assertFails(add(redirect(`${stranger.address}/x.pdf`)), /another site, and was not followed/);
      await assertFails(add(redirect("file:///etc/passwd")), /another site/);
      assert.deepEqual(stranger.requests, []);
    } finally {
      await stranger.close();
    }
    const circle = `/pdf/1706.${String(serial + 1).padStart(5, "0")}`;
    await assertFails(add(redirect(circle)), /without end/);
  });

  it("does not fit: says which disk is full", { skip: !existsSync("/dev/full") }, async () => {
    await mkdir(join(root, "cache", "downloads"), { recursive: true });
    const next = `1706.${String(serial + 1).padStart(5, "0")}.pdf`;
    await symlink("/dev/full", join(root, "cache", "downloads", next));
    await assertFails(add(serve(content)), /disk of .*downloads is full/, /Free some space/);
  });

  it("would not fit: says so before it comes", async () => {
    const vast: Answer = (_request, response) => {
      response.writeHead(200, { "content-length": 2 ** 50 }).write(content);
    };
    await assertFails(add(vast, { largest: 2 ** 60 }), /disk of .*downloads is full/);
  });

  it("cannot be kept in a folder: says so and leaves nothing", async () => {
    await writeFile(join(root, "file"), "");
    await assertFails(
      add(serve(content), { folder: join(root, "file", "papers") }),
      /cannot be kept in .*file\/papers \(ENOTDIR\)/,
      /choose another folder/,
    );
    // The owner of everything may write anywhere.
    if (process.getuid?.() === 0) return;
    await mkdir(join(root, "papers"));
    await chmod(join(root, "papers"), 0o500);
    await assertFails(add(serve(content)), /EACCES/);
  });
});

it("only arXiv's own hosts are arXiv, as safely as it is reached itself", () => {
  const on = (address: string) => isOnArxiv(new URL(address), {});
  assert.ok(on("https://arxiv.org/pdf/1706.03762v7"));
  assert.ok(on("https://export.arxiv.org/pdf/1706.03762"));
  for (const address of [
    "http://arxiv.org/pdf/1706.03762",
    "https://arxiv.org.example.org/pdf/1706.03762",
    "https://notarxiv.org/pdf/1706.03762",
    "https://arxiv.org:8443/pdf/1706.03762",
    "file:///arxiv.org/x.pdf",
  ])
    assert.ok(!on(address), address);
  assert.equal(arxivEndpoint({}), "https://arxiv.org");
  assert.equal(arxivPage({ id: "hep-th/9901001", version: 2 }, {}), "https://arxiv.org/abs/hep-th/9901001v2");
});
