import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { findModel, listModels, removeModel } from "../../../src/runtime/models/checkpoint.ts";
import { repack } from "../../../src/runtime/models/repack.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { tinyGguf } from "./tiny-gguf.ts";

const CARD = `---
model_name: "A Model"
license: mit
tags:
  - one
---

# A Model
`;

describe("checkpoints", () => {
  let root: string;
  let whole: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-checkpoints-"));
    whole = join(root, "whole");
    await mkdir(whole);
    await writeFile(join(whole, "config.json"), JSON.stringify({ architectures: ["A"], model_type: "a" }));
    await writeFile(join(whole, "README.md"), CARD);
    const weight = (dtype: "float32" | "float16", elements: number, bytes: number) => ({
      dtype,
      shape: [elements],
      data: new Uint8Array(elements * bytes),
    });
    await writeTensors(
      join(whole, "model.safetensors"),
      new Map([
        ["a", weight("float16", 10, 2)],
        ["b", weight("float32", 3, 4)],
      ]),
    );
  });
  after(() => rm(root, { recursive: true }));

  let home: string;
  let options: { cache: ReturnType<typeof cacheAt>; zoo: string; environment: Record<string, string> };
  beforeEach(async () => {
    home = await mkdtemp(join(root, "home-"));
    const cache = cacheAt(join(home, "cache"));
    options = { cache, zoo: join(home, "zoo"), environment: { HF_HUB_CACHE: join(home, "hub") } };
    await mkdir(cache.models, { recursive: true });
  });
  afterEach(() => rm(home, { recursive: true }));

  it("are none where there is nothing", async () => {
    assert.deepEqual(await listModels(options), []);
  });

  it("are listed with what their files say, the zoo first", async () => {
    await cp(whole, join(options.cache.models, "added"), { recursive: true });
    await cp(whole, join(options.zoo, "shipped"), { recursive: true });
    const [shipped, added] = await listModels(options);
    assert.equal(shipped?.origin, "zoo");
    assert.deepEqual(
      { ...added, bytes: 0 },
      {
        id: "added",
        label: "A Model",
        folder: join(options.cache.models, "added"),
        origin: "cache",
        architecture: "A",
        modelType: "a",
        parameters: 13,
        bytes: 0,
        precision: "float16",
        licence: "mit",
        card: { model_name: "A Model", license: "mit" },
        problem: null,
      },
    );
    assert.ok(added!.bytes > 32);
  });

  const breaks: [what: string, how: (folder: string) => Promise<void>, problem: RegExp][] = [
    ["no config", folder => rm(join(folder, "config.json")), /config\.json is missing/],
    [
      "a config that is not JSON",
      folder => writeFile(join(folder, "config.json"), "{"),
      /config\.json is not JSON/,
    ],
    [
      "a config that is a list",
      folder => writeFile(join(folder, "config.json"), "[]"),
      /config\.json is not as expected/,
    ],
    [
      "a folder in place of the config",
      async folder => {
        await rm(join(folder, "config.json"));
        await mkdir(join(folder, "config.json"));
      },
      /config\.json is not a file/,
    ],
    [
      "a config larger than any",
      folder => truncate(join(folder, "config.json"), 2 ** 32),
      /config\.json has 4294967296 bytes, more than the 100000000 that/,
    ],
    ["no weights", folder => rm(join(folder, "model.safetensors")), /model\.safetensors/],
    [
      "weights that are cut short",
      folder => truncate(join(folder, "model.safetensors"), 150),
      /model\.safetensors.*(ends|cut off)/,
    ],
    [
      "weights of another version",
      folder =>
        writeFile(
          join(folder, "model.safetensors"),
          safetensors({ __metadata__: { format: "papertrace", version: "0" } }),
        ),
      /another version/,
    ],
  ];
  for (const [what, how, problem] of breaks) {
    it(`are listed with the reason where there is ${what}`, async () => {
      const folder = join(options.cache.models, "broken");
      await cp(whole, folder, { recursive: true });
      await how(folder);
      const [info] = await listModels(options);
      assert.equal(info?.id, "broken");
      assert.match(info?.problem ?? "", problem);
      assert.ok(info?.problem?.includes(folder), info?.problem ?? "");
    });
  }

  it("are listed where a pipe, which never ends, stands in the place of a file", async t => {
    if (process.platform === "win32") return t.skip("there are no pipes of that kind");
    for (const [name, problem] of [
      ["config.json", /config\.json is not a file/],
      ["model.safetensors", /model\.safetensors is not a file/],
      ["model.safetensors.index.json", /model\.safetensors\.index\.json is not a file/],
      ["README.md", null],
    ] as const) {
      const folder = join(options.cache.models, "piped");
      await cp(whole, folder, { recursive: true });
      await rm(join(folder, name), { force: true });
      execFileSync("mkfifo", [join(folder, name)]);
      const [info] = await listModels(options);
      assert.equal(info?.id, "piped");
      if (problem === null) assert.equal(info.problem, null);
      else assert.match(info.problem ?? "", problem);
      await rm(folder, { recursive: true });
    }
  });

  it("leave out what is unfinished or no folder", async () => {
    await cp(whole, join(options.cache.models, ".x.unfinished"), { recursive: true });
    await writeFile(join(options.cache.models, "file"), "");
    assert.deepEqual(await listModels(options), []);
  });

  it("are found by id, by folder and by hub id", async () => {
    await cp(whole, join(options.cache.models, "added"), { recursive: true });
    assert.equal((await findModel("added", options)).origin, "cache");
    const byFolder = await findModel(whole, options);
    assert.deepEqual([byFolder.origin, byFolder.folder, byFolder.problem], ["folder", whole, null]);

    const repository = join(home, "hub", "models--someone--a-model");
    const snapshot = join(repository, "snapshots", "abc");
    await mkdir(snapshot, { recursive: true });
    await mkdir(join(repository, "refs"));
    await mkdir(join(repository, "blobs"));
    await writeFile(join(repository, "refs", "main"), "abc");
    for (const name of await readdir(whole)) {
      await cp(join(whole, name), join(repository, "blobs", name));
      await symlink(join("..", "..", "blobs", name), join(snapshot, name));
    }
    const byHubId = await findModel("someone/a-model", options);
    assert.deepEqual([byHubId.origin, byHubId.folder, byHubId.problem], ["huggingface", snapshot, null]);
    assert.equal(byHubId.parameters, 13);
  });

  it("that are not there are named, with what there is and what can be added", async () => {
    await cp(whole, join(options.cache.models, "added"), { recursive: true });
    await assert.rejects(findModel("nothing", options), /nothing.*added/);
    await assert.rejects(findModel("../added", options), /\.\.\/added/);
    await assert.rejects(findModel("someone/nothing", options), /someone\/nothing/);
    await assert.rejects(findModel("/no/such", options), /no model folder \/no\/such/);
    await assert.rejects(findModel("smollm2-135m-instruct", options), /models add smollm2-135m-instruct/);
  });

  it("are removed from the cache alone", async () => {
    await cp(whole, join(options.cache.models, "added"), { recursive: true });
    await cp(whole, join(options.zoo, "shipped"), { recursive: true });
    await removeModel("added", options);
    assert.deepEqual(await readdir(options.cache.models), []);
    await assert.rejects(removeModel("added", options), /no model added/);
    await assert.rejects(removeModel("shipped", options), /ships with Papertrace/);
    await assert.rejects(removeModel("../cache", options), /no model \.\.\/cache/);
    assert.deepEqual(await readdir(options.zoo), ["shipped"]);
  });

  it("tell how repacked weights are stored", async () => {
    const gguf = join(home, "model.gguf");
    await writeFile(gguf, tinyGguf());
    await repack(gguf, join(options.cache.models, "quantised"));
    const [info] = await listModels(options);
    assert.equal(info?.precision, "4-bit, exact");
    assert.equal(info?.problem, null);
  });
});

/** A safetensors file with that header and no tensors. */
function safetensors(header: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([prefix, json]);
}
