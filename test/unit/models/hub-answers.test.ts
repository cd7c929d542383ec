import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { addModel } from "../../../src/runtime/models/add.ts";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { DownloadError } from "../../../src/runtime/models/connection.ts";
import { hubToken } from "../../../src/runtime/models/hub.ts";
import { hubRevision } from "../../../src/runtime/models/hub-revision.ts";
import {
  type Answer,
  inTurn,
  json,
  redirect,
  repository,
  type StandInHub,
  startHub,
} from "./stand-in-hub.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const INFO = "/api/models/o/m/revision/main";
const TREE = `/api/models/o/m/tree/${COMMIT}`;
const SHA1 = "a".repeat(40);
const SHA256 = "b".repeat(64);
const config = { type: "file", path: "config.json", size: 2, oid: SHA1 };
const weights = {
  type: "file",
  path: "model.safetensors",
  size: 9,
  oid: SHA1,
  lfs: { oid: SHA256, size: 8 },
};

describe("what a hub answers", () => {
  let hub: StandInHub;
  let root: string;
  let environment: Record<string, string>;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-answers-"));
    environment = { HF_ENDPOINT: hub.address, HF_HOME: join(root, "huggingface") };
    hub.requests.length = 0;
    list(config, weights);
  });
  afterEach(() => rm(root, { recursive: true }));

  function list(...entries: unknown[]): void {
    hub.answers = { [INFO]: json({ sha: COMMIT }), [TREE]: json(entries) };
  }
  const ask = async (stallMs?: number) =>
    hubRevision(
      { repository: "o/m", revision: null },
      { environment, token: await hubToken(environment), retryMs: 1, stallMs },
    );

  it("is a commit and its files, page by page", async () => {
    hub.answers[TREE] = inTurn(
      (_request, response) => {
        response.writeHead(200, { link: `<${hub.address}/first>; rel="first", <${TREE}?p=2>; rel="next"` });
        response.end(JSON.stringify([config, { type: "directory", path: "onnx", size: 0, oid: SHA1 }]));
      },
      json([weights, { ...config, path: "onnx\\config.json" }, { ...config, path: ".gitattributes" }]),
    );
    assert.deepEqual(await ask(), {
      commit: COMMIT,
      files: [
        { name: "config.json", bytes: 2, gitSha1: SHA1 },
        { name: "model.safetensors", bytes: 8, sha256: SHA256 },
      ],
    });
  });

  it("names no folder but the model's own", async () => {
    const theirs = join(root, "victim");
    await mkdir(theirs);
    await writeFile(join(theirs, "diary.txt"), "mine");
    const sha = "x/../../../victim";
    const files = { "config.json": Buffer.from("{}"), "model.safetensors": Buffer.from("weights") };
    const answers = repository({ id: "o/m", commit: sha, files });
    for (const [path, answer] of Object.entries(answers)) {
      hub.answers[new URL(path, hub.address).pathname] = answer;
      hub.answers[path.replace(sha, encodeURIComponent(sha))] = answer;
    }
    await assert.rejects(
      addModel("o/m", { cache: cacheAt(join(root, "cache")), environment }),
      (error: Error) =>
        error instanceof DownloadError &&
        /revision\/main\S+ does not answer as a hub does: sha: 40 hex/.test(error.message),
    );
    assert.deepEqual(await readdir(theirs), ["diary.txt"]);
  });

  for (const [what, entry, reason] of [
    ["a hash that climbs out", { ...config, oid: "../../../escaped" }, /0\.oid: 40 hexadecimal digits/],
    ["a hash in capitals", { ...config, oid: "A".repeat(40) }, /0\.oid: 40 hexadecimal digits/],
    [
      "a large file's hash that climbs out",
      { ...weights, lfs: { oid: "../../../escaped", size: 8 } },
      /0\.lfs\.oid: 64 hexadecimal digits/,
    ],
    ["no size", { ...config, size: undefined }, /0\.size: /],
    ["half a byte", { ...config, size: 1.5 }, /0\.size: /],
    ["no size of a large file", { ...weights, lfs: { oid: SHA256 } }, /0\.lfs\.size: /],
    ["a path upwards", { ...config, path: "../config.json" }, /0\.path: a path inside the repository/],
    ["a path upwards in Windows", { ...config, path: "a\\..\\..\\b" }, /0\.path: a path inside/],
    ["a path from the root", { ...config, path: "/etc/passwd" }, /0\.path: a path inside/],
    ["a path from a drive", { ...config, path: "C:model.safetensors" }, /0\.path: a path inside/],
    ["no entry", "config.json", /0: /],
  ] as const) {
    it(`is refused where a file has ${what}`, async () => {
      list(entry);
      await assert.rejects(ask(), (error: Error) => {
        assert.ok(error instanceof DownloadError);
        assert.ok(error.message.startsWith(`${hub.address}${TREE}?`), error.message);
        assert.match(error.message, reason);
        return true;
      });
    });
  }

  it("is refused where it is no list, no JSON, or has no end", async () => {
    hub.answers[TREE] = json({ error: "x" });
    await assert.rejects(ask(), /tree.* does not answer as a hub does: .*Open it in a browser/);
    hub.answers[TREE] = (_request, response) => response.end("<html>Welcome to our Wi-Fi</html>");
    await assert.rejects(ask(), /it is not JSON; a network's sign-in page may have answered/);
    hub.answers[TREE] = (_request, response) => response.end(Buffer.alloc(17_000_000, " "));
    await assert.rejects(ask(), /it has more than 16000000 bytes/);
    hub.answers[TREE] = (request, response) =>
      response.writeHead(200, { link: `<${request.url}>; rel="next"` }).end("[]");
    await assert.rejects(ask(), /the list of files has more than 100 pages/);
  });

  it("is asked for again where it fails for a while, and given up where it stays away", async () => {
    const busy: Answer = (_request, response) => response.writeHead(503).end("busy");
    const tooMany: Answer = (_request, response) => response.writeHead(429).end("later");
    hub.answers[INFO] = inTurn(busy, tooMany, json({ sha: COMMIT }));
    assert.equal((await ask()).commit, COMMIT);
    hub.answers[INFO] = busy;
    await assert.rejects(ask(), /could not be read: HTTP 503 Service Unavailable\. .*try again later/);
    hub.answers[INFO] = () => undefined;
    await assert.rejects(ask(20), /could not be read: no data for 0\.02 s\. /);
  });

  it("takes no token to another site, where its list may go on", async () => {
    const elsewhere = await startHub({ "/next": json([weights]) });
    try {
      hub.answers[TREE] = (_request, response) =>
        response.writeHead(200, { link: `<${elsewhere.address}/next>; rel="next"` }).end("[]");
      environment.HF_TOKEN = "secret";
      assert.deepEqual(
        (await ask()).files.map(file => file.name),
        ["model.safetensors"],
      );
      assert.deepEqual(
        hub.requests.map(request => request.authorization),
        ["Bearer secret", "Bearer secret"],
      );
      assert.deepEqual(
        elsewhere.requests.map(request => request.authorization),
        [undefined],
      );
    } finally {
      await elsewhere.close();
    }
  });

  it("says whose token is refused, and what another site refuses", async () => {
    const refuse: Answer = (_request, response) => response.writeHead(403).end("no");
    hub.answers[INFO] = refuse;
    await assert.rejects(ask(), /o\/m may not be read: .* answers HTTP 403\. .*set HF_TOKEN.*your network/);
    await mkdir(environment.HF_HOME!);
    await writeFile(join(environment.HF_HOME!, "token"), "fromfile\n");
    await assert.rejects(ask(), /is gated: .* that the access token in .*huggingface.token belongs to/);
    const store = await startHub({ "/there": refuse });
    try {
      hub.answers[INFO] = redirect(`${store.address}/there`);
      await assert.rejects(ask(), (error: Error) => {
        assert.match(error.message, /revision\/main\S+ leads to .*, which refuses it: HTTP 403 Forb/);
        assert.ok(error.message.includes(store.address));
        return true;
      });
    } finally {
      await store.close();
    }
  });
});

it("a token is sent without the space around it, and never shown where it cannot be sent", async () => {
  const token = await hubToken({ HF_TOKEN: " secret\r\n" });
  assert.deepEqual(token, { authorization: "Bearer secret", source: "HF_TOKEN" });
  assert.equal(await hubToken({ HF_TOKEN: " ", HF_TOKEN_PATH: "/nowhere" }), null);
  await assert.rejects(hubToken({ HUGGING_FACE_HUB_TOKEN: "sec\nret" }), (error: Error) => {
    assert.match(
      error.message,
      /The access token in HUGGING_FACE_HUB_TOKEN cannot be sent: .*settings\/tokens/,
    );
    assert.doesNotMatch(`${error.stack} ${error.cause}`, /sec\s*ret/);
    return true;
  });
});

it("an endpoint that is no address is named with its variable", async () => {
  for (const HF_ENDPOINT of ["127.0.0.1:9", "localhost:9/hub", "ftp://hub.example"])
    await assert.rejects(
      addModel("a/b", {
        cache: cacheAt(join(tmpdir(), "papertrace-nowhere")),
        environment: { HF_ENDPOINT, HF_HOME: "/nowhere" },
      }),
      new RegExp(
        `^DownloadError: HF_ENDPOINT is ${HF_ENDPOINT}, which is no address of a hub\\. Set it to one`,
      ),
    );
});
