import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { panelInputs } from "../../../src/runtime/panel/inputs.ts";
import { checkCase, packageCases } from "../../support/package-cases.ts";
import { packageFolders } from "../../support/packages.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const folders = [join(fixturesDirectory("tracer"), "styles"), ...packageFolders()];

let live: Live;
before(() => {
  live = new Live({ cacheDirectory: tracerCacheDirectory() });
});
after(() => live.dispose());

for (const [name, each] of Object.entries(packageCases("styles"))) {
  test(`${name}, written as people write it, gives PyTorch's numbers at two sizes from one graph`, async () => {
    assert.deepEqual(await checkCase(live, name, each, { folders }), [0, 0]);
  });
}

test("every named value of a model with positions can be fetched, each alone and all at once", async () => {
  const model = await live.open({
    source: join(folders[0]!, "nanogpt.py"),
    class: "GPT",
    checkpoint: null,
    arguments: {},
    transformers: null,
  });
  const { inputs } = await panelInputs(model, "a b", 0);
  const names = model.trace.named.map(({ id }) => id);
  const { taps } = await model.run({ inputs, taps: names });
  assert.deepEqual([...taps.keys()].sort(), [...names].sort());
  for (const name of names) {
    const alone = await model.run({ inputs, taps: [name] });
    assert.deepEqual(alone.taps.get(name), taps.get(name), name);
  }
  assert.equal(taps.get(":pos#0")!.dtype, "int64");
  model.dispose();
});

test("a class that takes a dataclass with defaults is built without a word", async () => {
  const result = await live.modules({
    source: join(folders[0]!, "nanogpt.py"),
    class: "GPT",
    config: null,
    transformers: null,
    checkpointNames: null,
  });
  assert.ok(result.ok, result.ok ? "" : result.failure.message);
  assert.ok(result.trace.modules.some(module => module.path === "transformer.h.1.attn.c_attn"));
});

test("what cannot be built says which argument is missing", async () => {
  const result = await live.modules({
    source: join(folders[0]!, "vit.py"),
    class: "Attention",
    config: null,
    transformers: null,
    checkpointNames: null,
  });
  assert.ok(!result.ok);
  assert.match(result.failure.arguments.join(" "), /dim/);
});

test("an expression that does not build a module is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "papertrace-styles-"));
  const request = {
    source: join(folders[0]!, "vit.py"),
    class: "VisionTransformer",
    config: null,
    transformers: null,
  };
  const wrong = await live.modules({ ...request, construct: "pair", checkpointNames: null });
  const broken = await live.modules({ ...request, construct: "VisionTransformer(", checkpointNames: null });
  await rm(folder, { recursive: true });
  assert.ok(!wrong.ok && !broken.ok);
  assert.match(broken.failure.message, /is not a Python expression/);
});
