import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { addModel } from "../../../src/runtime/models/add.ts";
import { type Cache, cacheAt } from "../../../src/runtime/models/cache.ts";
import { findModel, listModels, removeModel } from "../../../src/runtime/models/checkpoint.ts";
import {
  formatHubId,
  hubFolderName,
  parseHubFolderName,
  parseHubId,
} from "../../../src/runtime/models/hub-id.ts";
import { useProxies } from "../../../src/runtime/models/proxies.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { json, repository, type StandInHub, serve, startHub } from "./stand-in-hub.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const config = Buffer.from(JSON.stringify({ architectures: ["LlamaForCausalLM"], model_type: "llama" }));

describe("a model of the hub", () => {
  let hub: StandInHub;
  let root: string;
  let cache: Cache;
  let weights: Buffer;
  let environment: Record<string, string>;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-hub-"));
    cache = cacheAt(join(root, "cache"));
    environment = { HF_ENDPOINT: hub.address, HF_HOME: join(root, "huggingface") };
    const path = join(root, "weights.safetensors");
    const data = new Uint8Array(400_000).map((_, i) => i % 251);
    await writeTensors(path, new Map([["a", { dtype: "float32", shape: [100_000], data }]]));
    weights = await readFile(path);
    hub.requests.length = 0;
    publish();
  });
  afterEach(() => rm(root, { recursive: true }));

  function publish(files: Record<string, Uint8Array> = {}): void {
    hub.answers = repository({
      id: "someone/tiny",
      commit: COMMIT,
      files: {
        "config.json": config,
        "tokenizer.json": Buffer.from("{}"),
        "model.safetensors": weights,
        ...files,
      },
    });
  }
  const add = (id = "someone/tiny", more: { signal?: AbortSignal } = {}) =>
    addModel(id, { cache, environment, ...more });
  const resolved = (file: string) => `/someone/tiny/resolve/${COMMIT}/${file}`;
  const asked = (file: string) => hub.requests.filter(request => request.path === resolved(file));

  it("is fetched with what it needs and nothing else, and can be used and removed", async () => {
    publish({
      "pytorch_model.bin": Buffer.from("pickle"),
      "consolidated.safetensors": Buffer.from("again"),
      "README.md": Buffer.from("---\nlicense: mit\n---\n"),
      "training_args.bin": Buffer.from("pickle"),
    });
    const messages: string[] = [];
    const fractions: (number | null)[] = [];
    const model = await addModel("someone/tiny", {
      cache,
      environment,
      onProgress: ({ message, fraction }) => {
        messages.push(message);
        fractions.push(fraction);
      },
    });
    const { id, folder, origin, architecture, problem, licence, parameters } = model;
    assert.deepEqual(
      { id, origin, architecture, problem, licence, parameters },
      {
        id: "someone/tiny",
        origin: "cache",
        architecture: "LlamaForCausalLM",
        problem: null,
        licence: "mit",
        parameters: 100_000,
      },
    );
    assert.deepEqual((await readdir(folder)).sort(), [
      "README.md",
      "config.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
    assert.deepEqual([...new Set(messages)], ["Downloading someone/tiny"]);
    assert.equal(fractions[0], null, "while the hub is asked");
    assert.equal(fractions.at(-1), 1);
    assert.deepEqual(await readdir(cache.downloads), []);
    assert.deepEqual(
      (await listModels({ cache, environment, zoo: join(root, "zoo") })).map(listed => listed.id),
      ["someone/tiny"],
    );
    assert.equal((await findModel("someone/tiny", { cache, environment })).folder, folder);
    await removeModel("someone/tiny", { cache, environment });
    assert.deepEqual(await readdir(cache.models), []);
  });

  it("is not asked for again once it is there", async () => {
    await add();
    hub.requests.length = 0;
    assert.equal((await add()).problem, null);
    assert.deepEqual(hub.requests, []);
  });

  it("is fetched at the revision that is named", async () => {
    hub.answers["/api/models/someone/tiny/revision/v1.0"] =
      hub.answers["/api/models/someone/tiny/revision/main"]!;
    delete hub.answers["/api/models/someone/tiny/revision/main"];
    const model = await add("someone/tiny@v1.0");
    assert.equal(model.id, "someone/tiny@v1.0");
    assert.equal(asked("model.safetensors").length, 1);
    assert.equal((await findModel("someone/tiny@v1.0", { cache, environment })).folder, model.folder);
    await assert.rejects(findModel("someone/tiny", { cache, environment }), /has not been added yet/);
  });

  it("is another at another revision, whatever the revisions are called", async () => {
    const main = hub.answers["/api/models/someone/tiny/revision/main"]!;
    const commits = { "x%2Fy": "a".repeat(40), "x-y": "b".repeat(40) };
    for (const [revision, commit] of Object.entries(commits)) {
      const files = {
        "config.json": Buffer.from(JSON.stringify({ architectures: [revision] })),
        "model.safetensors": weights,
      };
      const answers = repository({ id: "someone/tiny", commit, files });
      answers[`/api/models/someone/tiny/revision/${revision}`] =
        answers["/api/models/someone/tiny/revision/main"]!;
      Object.assign(hub.answers, answers, { "/api/models/someone/tiny/revision/main": main });
    }
    assert.equal((await add("someone/tiny@x/y")).architecture, "x%2Fy");
    assert.equal((await add("someone/tiny@x-y")).architecture, "x-y");
    await add();
    const listed = await listModels({ cache, environment, zoo: join(root, "zoo") });
    assert.deepEqual(
      listed.map(({ id }) => id),
      ["someone/tiny", "someone/tiny@x/y", "someone/tiny@x-y"],
    );
    await removeModel("someone/tiny@x/y", { cache, environment });
    assert.deepEqual((await readdir(cache.models)).sort(), ["someone--tiny", "someone--tiny--x-y"]);
  });

  it("goes on where it was cancelled, in the middle of a file", async () => {
    const controller = new AbortController();
    hub.answers["/store/model.safetensors"] = (_request, response) => {
      hub.answers["/store/model.safetensors"] = serve(weights);
      response.writeHead(200, { etag: '"v1"', "content-length": weights.length });
      response.write(weights.subarray(0, 64_000), () =>
        setTimeout(() => controller.abort(new Error("enough")), 100),
      );
    };
    await assert.rejects(add("someone/tiny", { signal: controller.signal }), /enough/);
    assert.deepEqual(await readdir(cache.models).catch(() => []), []);
    assert.equal((await add()).problem, null);
    assert.equal(asked("config.json").length, 1, "whole files are kept");
    assert.equal(
      hub.requests.filter(request => request.path === "/store/model.safetensors").at(-1)?.range,
      "bytes=64000-",
    );
  });

  it("comes in shards", async () => {
    const index = { weight_map: { a: "model-00001-of-00001.safetensors" } };
    publish({
      "model.safetensors.index.json": Buffer.from(JSON.stringify(index)),
      "model-00001-of-00001.safetensors": weights,
    });
    assert.equal((await add()).problem, null);
    assert.equal(asked("model-00001-of-00001.safetensors").length, 1);
    assert.equal(asked("model.safetensors").length, 0, "weights are fetched once");
  });

  for (const [file, large] of [
    ["model.safetensors", true],
    ["config.json", false],
  ] as const) {
    it(`is refused where ${file} has another hash than the hub states`, async () => {
      const right = large ? weights : config;
      const wrong = serve(Buffer.concat([right.subarray(0, -1), Buffer.from([right.at(-1)! ^ 1])]));
      hub.answers[large ? "/store/model.safetensors" : resolved(file)] = wrong;
      await assert.rejects(
        add(),
        new RegExp(`${file} is not the expected file: its ${large ? "SHA-256" : "git SHA-1"}`),
      );
      assert.deepEqual(await readdir(cache.models).catch(() => []), []);
    });
  }

  it("is not fetched where it is a pickle, or GGUF", async () => {
    hub.answers = repository({
      id: "someone/tiny",
      commit: COMMIT,
      files: { "config.json": config, "pytorch_model.bin": weights },
    });
    await assert.rejects(add(), /pytorch_model\.bin only: reading such a file would run code/);
    hub.answers = repository({ id: "someone/tiny", commit: COMMIT, files: { "tiny.Q4_1.gguf": weights } });
    await assert.rejects(add(), /holds GGUF files and no safetensors.*tiny\.Q4_1\.gguf/);
    assert.ok(hub.requests.every(request => !request.path.includes("/resolve/")));
  });

  it("says what to do where it is not there, private, gated or out of reach", async () => {
    const info = "/api/models/someone/tiny/revision/main";
    hub.answers[info] = json({ error: "Repository not found" }, 401);
    await assert.rejects(add(), /someone\/tiny is private, gated or not there: see http.*set HF_TOKEN/);
    environment.HF_TOKEN = "secret";
    await assert.rejects(add(), /does not accept the access token in HF_TOKEN/);
    hub.answers[info] = json({ error: "Repository not found" }, 404);
    await assert.rejects(add(), /There is no model someone\/tiny/);
    await assert.rejects(
      add("someone/tiny@nowhere"),
      /no model someone\/tiny, or it has no revision nowhere/,
    );
    publish();
    hub.answers[resolved("config.json")] = json({ error: "gated" }, 403);
    await assert.rejects(add(), /is gated: accept its terms at http.*\/someone\/tiny with the account/);
    delete hub.answers[resolved("config.json")];
    await assert.rejects(add(), /\/config\.json could not be read: HTTP 404 Not Found\. /);
    const closed = await startHub();
    await closed.close();
    environment.HF_ENDPOINT = closed.address;
    await assert.rejects(add(), /could not be read: .*ECONNREFUSED/);
  });

  it("is asked for with the reader's token, which goes to the hub alone", async () => {
    const store = await startHub({ "/store/model.safetensors": serve(weights) });
    try {
      hub.answers[resolved("model.safetensors")] = (_request, response) => {
        response.writeHead(302, { location: `${store.address}/store/model.safetensors` }).end();
      };
      await mkdir(environment.HF_HOME!);
      await writeFile(join(environment.HF_HOME!, "token"), "hf_fromfile\n");
      await add();
      assert.ok(hub.requests.every(request => request.authorization === "Bearer hf_fromfile"));
      assert.deepEqual(
        store.requests.map(request => request.authorization),
        [undefined],
      );
    } finally {
      await store.close();
    }
  });

  it("is fetched through the proxy that the environment names, unless it is excepted", async () => {
    const tunnels: string[] = [];
    // What is not encrypted is asked of the proxy itself, by its whole address, or through a tunnel (RFC 9112, 3.2.2 and 3.2.3).
    const direct = new http.Agent();
    const proxy = http.createServer(({ url = "", method, headers }, response) => {
      tunnels.push(new URL(url).host);
      const onward = http.request(url, { method, headers, agent: direct }, answer => {
        answer.pipe(response.writeHead(answer.statusCode!, answer.rawHeaders));
      });
      onward.end();
    });
    proxy.on("connect", (request, socket, head) => {
      tunnels.push(request.url ?? "");
      const [host, port] = (request.url ?? "").split(":");
      const upstream = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on("error", () => undefined);
    });
    await new Promise<void>(resolve => proxy.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const restore = useProxies({ HTTP_PROXY: address });
    try {
      assert.equal((await add()).problem, null);
      assert.ok(tunnels.length > 0);
      assert.ok(tunnels.every(tunnel => hub.address.endsWith(tunnel)));
    } finally {
      restore();
    }
    const excepted = useProxies({ http_proxy: address, no_proxy: "127.0.0.1" });
    try {
      tunnels.length = 0;
      await removeModel("someone/tiny", { cache, environment });
      await add();
      assert.deepEqual(tunnels, []);
    } finally {
      excepted();
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it("is taken from Hugging Face's own cache where that has it whole", async () => {
    const folder = await cached("someone--tiny", { "config.json": config, "model.safetensors": weights });
    const model = await add();
    assert.deepEqual([model.origin, model.folder], ["huggingface", folder]);
    assert.deepEqual(hub.requests, []);
  });

  it("is listed from that cache, with what is missing where a download of it did not end", async () => {
    await cached("someone--tiny", { "config.json": config, "model.safetensors": weights });
    const half = await cached("other--half", { "config.json": config });
    await writeFile(join(half, "..", "..", "blobs", "abc.incomplete"), "");
    await symlink(join("..", "..", "blobs", "gone"), join(half, "model.safetensors"));
    await mkdir(join(environment.HF_HOME!, "hub", "datasets--x--y"));
    await mkdir(join(environment.HF_HOME!, "hub", "models--empty--one", "refs"), { recursive: true });
    const listed = await listModels({ cache, environment, zoo: join(root, "zoo") });
    assert.deepEqual(
      listed.map(({ id, origin }) => [id, origin]),
      [
        ["other/half", "huggingface"],
        ["someone/tiny", "huggingface"],
      ],
    );
    assert.match(listed[0]!.problem ?? "", /Its download has not come to its end: .*model\.safetensors/);
    assert.equal(listed[1]!.problem, null);
    assert.ok(listed[1]!.bytes > 400_000, "links are followed");
  });

  /** A snapshot as Hugging Face's libraries lay it out. */
  async function cached(name: string, files: Record<string, Buffer>): Promise<string> {
    const repository = join(environment.HF_HOME!, "hub", `models--${name}`);
    const folder = join(repository, "snapshots", COMMIT);
    for (const part of ["blobs", "refs", join("snapshots", COMMIT)]) {
      await mkdir(join(repository, part), { recursive: true });
    }
    await writeFile(join(repository, "refs", "main"), COMMIT);
    for (const [file, content] of Object.entries(files)) {
      await writeFile(join(repository, "blobs", file), content);
      await symlink(join("..", "..", "blobs", file), join(folder, file));
    }
    return folder;
  }
});

it("a hub id is an owner and a name, with a revision or without", () => {
  assert.deepEqual(parseHubId("a/b"), { repository: "a/b", revision: null });
  assert.deepEqual(parseHubId("a-1/b.c_d@refs/pr/1"), { repository: "a-1/b.c_d", revision: "refs/pr/1" });
  for (const text of ["a--b/c", "a/b--c", "a-/b", "a/-b", "a/b-", "a/b."])
    assert.equal(parseHubId(text), null, text);
  for (const text of ["a", "a/b/c", "/a/b", "../a", "a/..", "./a", "a/b@", "a/b@../x", "C:\\a/b", "a b/c"]) {
    assert.equal(parseHubId(text), null, text);
  }
});

it("a folder of the cache says which model of the hub it holds, at which revision", () => {
  const revisions = ["v1.0", "x/y", "x-y", "x--y", "-x", "refs/pr/1", "a_b/c--d/e-"];
  for (const text of ["a-1/b.c_d", ...revisions.map(revision => `a-1/b.c_d@${revision}`)]) {
    const name = hubFolderName(parseHubId(text)!);
    assert.match(name, /^[\w.+-]+$/);
    assert.equal(formatHubId(parseHubFolderName(name)!), text);
  }
  assert.equal(hubFolderName(parseHubId("a/b@v1.0")!), "a--b--v1.0");
  for (const name of ["smollm2-135m-instruct", "a--", "a---b", "a--b--"])
    assert.equal(parseHubFolderName(name), null, name);
});
