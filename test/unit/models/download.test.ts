import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { DownloadError, exchange } from "../../../src/runtime/models/connection.ts";
import { download } from "../../../src/runtime/models/download.ts";
import { type Answer, cutAfter, inTurn, redirect, type StandInHub, serve, startHub } from "./stand-in-hub.ts";

const content = randomBytes(300_000);
const other = randomBytes(300_000);
const file = {
  name: "model.bin",
  bytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex"),
};

describe("download", () => {
  let hub: StandInHub;
  let folder: string;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "papertrace-download-"));
    hub.requests.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  let serial = 0;
  /** Downloads from a fresh path that answers so. */
  function get(
    answer: Answer,
    more: { signal?: AbortSignal; onBytes?: (n: number) => void; stallMs?: number } = {},
  ) {
    const path = `/${++serial}`;
    hub.answers[path] = answer;
    return download({ url: hub.address + path, file, folder, retryMs: 1, ...more });
  }
  const partial = () => join(folder, `${file.sha256}.partial`);
  async function assertWhole(): Promise<void> {
    assert.deepEqual(await readdir(folder), [file.name]);
    assert.ok(content.equals(await readFile(join(folder, file.name))));
  }
  /** Nothing that could be taken for the whole file. */
  async function assertNotWhole(): Promise<void> {
    assert.ok(!(await readdir(folder)).includes(file.name));
  }

  it("takes its time with a file behind which the server has closed the connection", async () => {
    const whole = content.subarray(0, 66_000);
    const digest = createHash("sha256").update(whole).digest("hex");
    hub.answers["/closed"] = (_request, response) => {
      response.shouldKeepAlive = false;
      response.writeHead(200, { connection: "close", "content-length": whole.length }).end(whole);
    };
    const wanted = { name: file.name, bytes: whole.length, sha256: digest };
    const url = `${hub.address}/closed`;
    await exchange({
      url,
      headers: {},
      // All has come, and the end of the connection, before anything is read.
      begin: () => delay(100),
      take: async () => undefined,
    });
    const path = await download({ url, file: wanted, folder });
    assert.ok(whole.equals(await readFile(path)));
  });

  it("follows redirects and reports every byte once", async () => {
    hub.answers["/cdn"] = serve(content);
    const seen: number[] = [];
    assert.equal(await get(redirect("/cdn"), { onBytes: n => seen.push(n) }), join(folder, file.name));
    await assertWhole();
    assert.equal(seen[0], 0);
    assert.equal(seen.at(-1), content.length);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

  it("does not ask again for a file that is there", async () => {
    await writeFile(join(folder, file.name), content);
    await get(serve(other));
    assert.deepEqual(hub.requests, []);
  });

  it("replaces a file of that name with other contents", async () => {
    await writeFile(join(folder, file.name), other);
    await get(serve(content));
    await assertWhole();
  });

  it("resumes where a connection was cut", async () => {
    const { answer, cut } = cutAfter(content, 100_000);
    await get(inTurn(answer, serve(content)), { onBytes: cut });
    await assertWhole();
    assert.equal(hub.requests.length, 2);
    assert.equal(hub.requests[1]!.range, "bytes=100000-");
    assert.equal(hub.requests[1]!.ifRange, '"v1"');
  });

  it("resumes what an earlier process left", async () => {
    await writeFile(partial(), content.subarray(0, 200_000));
    await writeFile(`${partial()}.etag`, '"v1"');
    await get(serve(content));
    await assertWhole();
    assert.deepEqual(
      hub.requests.map(request => request.range),
      ["bytes=200000-"],
    );
  });

  it("starts over where the server has another version", async () => {
    await writeFile(partial(), other.subarray(0, 200_000));
    await writeFile(`${partial()}.etag`, '"v0"');
    await get(serve(content, '"v1"'));
    await assertWhole();
    assert.equal(hub.requests.length, 1);
  });

  it("starts over where a part comes with another version's tag", async () => {
    await writeFile(partial(), other.subarray(0, 200_000));
    await writeFile(`${partial()}.etag`, '"v0"');
    const ignoresIfRange: Answer = (request, response, attempt) => {
      delete request.headers["if-range"];
      serve(content, '"v1"')(request, response, attempt);
    };
    await get(ignoresIfRange);
    await assertWhole();
    assert.equal(hub.requests.length, 2);
  });

  it("starts over where the server ignores ranges", async () => {
    const whole: Answer = (_request, response) => void response.writeHead(200, { etag: '"v1"' }).end(content);
    const { answer, cut } = cutAfter(content, 50_000);
    await get(inTurn(answer, whole), { onBytes: cut });
    await assertWhole();
  });

  it("starts over where the server refuses the range", async () => {
    await writeFile(partial(), content.subarray(0, 1000));
    const refuse: Answer = (_request, response) => void response.writeHead(416).end();
    await get(inTurn(refuse, serve(content)));
    await assertWhole();
  });

  it("starts over where the part on disk was damaged and the server gives no tag", async () => {
    await writeFile(partial(), other.subarray(0, 1000));
    await get(serve(content, null));
    await assertWhole();
    assert.deepEqual(
      hub.requests.map(request => request.range),
      ["bytes=1000-", undefined],
    );
  });

  it("refuses a file with another hash, and leaves nothing of it", async () => {
    await assert.rejects(get(serve(other)), (error: Error) => {
      assert.ok(error instanceof DownloadError);
      assert.match(error.message, /SHA-256/);
      assert.match(error.message, new RegExp(file.sha256));
      return true;
    });
    assert.deepEqual(await readdir(folder), []);
  });

  it("refuses a file of another size before reading it", async () => {
    await assert.rejects(get(serve(content.subarray(1))), /299999 bytes, expected 300000/);
    await assertNotWhole();
  });

  it("refuses more bytes than the file has, where no length was announced", async () => {
    const endless: Answer = (_request, response) =>
      void response.writeHead(200).end(Buffer.concat([content, other]));
    await assert.rejects(get(endless), /larger than the expected/);
    await assertNotWhole();
  });

  it("names the address of a file that is not there, and asks once", async () => {
    await assert.rejects(
      get((_request, response) => void response.writeHead(404).end()),
      /127\.0\.0\.1.*HTTP 404/,
    );
    assert.equal(hub.requests.length, 1);
  });

  it("tries again when the server fails for a moment, and gives up when it stays so", async () => {
    const busy: Answer = (_request, response) => void response.writeHead(503).end();
    await get(inTurn(busy, busy, serve(content)));
    await assertWhole();
    await rm(join(folder, file.name));
    await assert.rejects(get(busy), /HTTP 503/);
  });

  it("waits as long as a server asks for, and says so where that is too long", async () => {
    const asking = (wait: string): Answer => {
      return (_request, response) => void response.writeHead(429, { "retry-after": wait }).end();
    };
    await get(inTurn(asking("0"), asking(new Date().toUTCString()), serve(content)));
    await assertWhole();
    await rm(join(folder, file.name));
    hub.requests.length = 0;
    await assert.rejects(
      get(asking("3600")),
      /HTTP 429 Too Many Requests; it asks to be left alone for 3600 s\. .*try again later/,
    );
    await assert.rejects(get(asking(new Date(Date.now() + 90_000).toUTCString())), /for (8\d|90) s/);
    assert.equal(hub.requests.length, 2);
  });

  it("says so where there is no network", async () => {
    const closed = await startHub();
    await closed.close();
    const attempt = download({ url: `${closed.address}/x`, file, folder, retryMs: 1 });
    await assert.rejects(
      attempt,
      (error: Error) => error instanceof DownloadError && /ECONNREFUSED/.test(error.message),
    );
    await assertNotWhole();
  });

  it("gives up a connection that brings nothing, and keeps what came", async () => {
    const stalls: Answer = (_request, response) => {
      response.writeHead(200, { etag: '"v1"', "content-length": content.length });
      response.write(content.subarray(0, 5000));
    };
    const silent: Answer = () => {};
    let received = 0;
    const onBytes = (bytes: number) => {
      received = bytes;
    };
    await assert.rejects(get(inTurn(stalls, silent), { stallMs: 300, onBytes }), /no data for/);
    await assertNotWhole();
    const kept = await readFile(partial()).catch(() => Buffer.alloc(0));
    assert.ok(content.subarray(0, received).equals(kept));
    await get(serve(content));
    await assertWhole();
  });

  it("stops when it is cancelled, and goes on later", async () => {
    const controller = new AbortController();
    const slow: Answer = (_request, response) => {
      response.writeHead(200, { etag: '"v1"', "content-length": content.length });
      response.write(content.subarray(0, 64_000));
    };
    const onBytes = (received: number) => {
      if (received === 64_000) controller.abort(new Error("enough"));
    };
    await assert.rejects(get(slow, { signal: controller.signal, onBytes }), /enough/);
    await assertNotWhole();
    await get(serve(content));
    await assertWhole();
    assert.equal(hub.requests.at(-1)!.range, "bytes=64000-");
  });
});
