import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { addModel } from "../../../src/runtime/models/add.ts";
import { type Cache, cacheAt } from "../../../src/runtime/models/cache.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { repository, type StandInHub, startHub } from "./stand-in-hub.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const INDEX = "model.safetensors.index.json";
const config = Buffer.from(JSON.stringify({ architectures: ["LlamaForCausalLM"], model_type: "llama" }));

describe("a model of the hub in shards", () => {
  let hub: StandInHub;
  let root: string;
  let cache: Cache;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-shards-"));
    cache = cacheAt(join(root, "cache"));
    hub.requests.length = 0;
  });
  afterEach(() => rm(root, { recursive: true }));

  async function shard(...tensors: string[]): Promise<Buffer> {
    const path = join(root, "shard.safetensors");
    const tensor = { dtype: "float32", shape: [4], data: new Uint8Array(16) } as const;
    await writeTensors(path, new Map(tensors.map(name => [name, tensor])));
    return readFile(path);
  }
  function publish(files: Record<string, Uint8Array>, weight_map: Record<string, string>): void {
    const index = Buffer.from(JSON.stringify({ weight_map }));
    hub.answers = repository({
      id: "o/m",
      commit: COMMIT,
      files: { "config.json": config, [INDEX]: index, ...files },
    });
  }
  const add = () =>
    addModel("o/m", { cache, environment: { HF_ENDPOINT: hub.address, HF_HOME: join(root, "huggingface") } });

  for (const [first, second] of [
    ["model-00001-of-000163.safetensors", "model-00002-of-000163.safetensors"],
    ["model-1-of-2.safetensors", "model-2-of-2.safetensors"],
    ["model.safetensors-00001-of-00002.safetensors", "model.safetensors-00002-of-00002.safetensors"],
    ["embedding.safetensors", "layers.safetensors"],
  ] as const) {
    it(`is fetched by the names of its index, such as ${first}`, async () => {
      publish({ [first]: await shard("a"), [second]: await shard("b") }, { a: first, b: second });
      const model = await add();
      assert.deepEqual([model.problem, model.parameters], [null, 8]);
      assert.deepEqual((await readdir(model.folder)).sort(), ["config.json", INDEX, first, second].sort());
      assert.equal(hub.requests.filter(({ path }) => path.endsWith(`/${INDEX}`)).length, 1);
    });
  }

  it("is fetched without what another division into shards has left there", async () => {
    const names = ["model-00001-of-00001.safetensors", "model-00001-of-00002.safetensors"] as const;
    publish({ [names[0]]: await shard("a"), [names[1]]: await shard("a") }, { a: names[0] });
    const model = await add();
    assert.deepEqual([model.problem, model.parameters], [null, 4]);
    assert.deepEqual((await readdir(model.folder)).sort(), ["config.json", names[0], INDEX]);
    assert.ok(!hub.requests.some(({ path }) => path.endsWith(names[1])));
  });

  it("is fetched as one file where the shards of its index are not there", async () => {
    publish({ "model.safetensors": await shard("a", "b") }, { a: "1.safetensors", b: "2.safetensors" });
    const model = await add();
    assert.deepEqual([model.problem, model.parameters], [null, 8]);
    assert.deepEqual((await readdir(model.folder)).sort(), ["config.json", "model.safetensors"]);
  });

  it("is refused where a shard is not there, or is none of its files", async () => {
    const names = ["m-1.safetensors", "m-2.safetensors", "m-3.safetensors"] as const;
    publish(
      { [names[0]]: await shard("a"), [names[1]]: await shard("b") },
      { a: names[0], b: names[1], c: names[2] },
    );
    await assert.rejects(
      add(),
      /o\/m does not hold m-3\.safetensors, one of 3 shards that its model\.safetensors\.index\.json names/,
    );
    assert.ok(!hub.requests.some(({ path }) => path.endsWith(".safetensors")), "no weights are fetched");
    publish({ [names[0]]: await shard("a") }, { a: `../${names[0]}` });
    await assert.rejects(add(), /shards lie beside their index, under a plain name/);
  });
});
