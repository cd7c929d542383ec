import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readCheckpointFolder, stopIds } from "../../../src/runtime/live/checkpoint.ts";
import { chooseSource } from "../../../src/runtime/live/source.ts";
import { describeCheckpoint } from "../../../src/runtime/models/checkpoint.ts";
import { projectDirectory } from "../../support/paths.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-source-"));
  const models = join(folder, "transformers", "models");
  for (const [name, text] of [
    ["llama", "import torch\n\nclass LlamaForCausalLM(nn.Module):\n    pass\n"],
    ["other_model", "\nclass OtherModel:\n    pass\n\nclass OtherModelHead(OtherModel):\n    pass\n"],
  ] as const) {
    await mkdir(join(models, name), { recursive: true });
    await writeFile(join(models, name, `modeling_${name}.py`), text);
  }
});
after(() => rm(folder, { recursive: true }));

async function checkpoint(config: Record<string, unknown>) {
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  return describeCheckpoint(folder, folder, "folder");
}

test("a source that was named wins, then the reference source, then transformers' file", async () => {
  const llama = await checkpoint({ architectures: ["LlamaForCausalLM"], model_type: "llama" });
  const named = await chooseSource(llama, folder, { source: "/mine.py" });
  assert.deepEqual(named, { source: "/mine.py", class: "LlamaForCausalLM" });
  const reference = await chooseSource(llama, folder);
  assert.equal(reference.source, join(projectDirectory, "media", "sources", "llama.py"));

  const other = await checkpoint({ architectures: ["OtherModel"], model_type: "other-model" });
  const theirs = await chooseSource(other, folder);
  assert.equal(
    theirs.source,
    join(folder, "transformers", "models", "other_model", "modeling_other_model.py"),
  );
  const head = await chooseSource(other, folder, { class: "OtherModelHead" });
  assert.equal(head.class, "OtherModelHead");
});

test("where no source is found, the error says what to name", async () => {
  const unknown = await checkpoint({ architectures: ["Other"], model_type: "other-model" });
  await assert.rejects(chooseSource(unknown, folder), /Other; name it: --source/);
  await assert.rejects(chooseSource(unknown, null), /no reference source for Other/);
  const classless = await checkpoint({ model_type: "llama" });
  await assert.rejects(chooseSource(classless, folder), /config\.json names no class.*--class/);
});

test("config.json keeps the floats that JavaScript would lose, and is named where it is broken", async () => {
  await writeFile(
    join(folder, "config.json"),
    '{"limit": -Infinity, "list": [NaN, 1, 2.0, -1e6, 0.5], "4.0": 1e-5, "text": "a: Infinity, 4.0"}',
  );
  const { config } = await readCheckpointFolder(folder);
  assert.deepEqual(config, {
    limit: { __float__: "-Infinity" },
    list: [{ __float__: "NaN" }, 1, { __float__: "2.0" }, { __float__: "-1e6" }, 0.5],
    "4.0": 1e-5,
    text: "a: Infinity, 4.0",
  });
  await writeFile(join(folder, "config.json"), "[1]");
  await assert.rejects(readCheckpointFolder(folder), /config\.json holds no JSON object/);
  await assert.rejects(readCheckpointFolder(join(folder, "none")), /none.*config\.json is missing/);
});

test("a text ends where generation_config.json says, else config.json", () => {
  const ends = (generation: unknown, config: unknown) =>
    stopIds({ folder, generation: { eos_token_id: generation }, config: { eos_token_id: config } });
  assert.deepEqual(ends([5, 6], 2), [5, 6]);
  assert.deepEqual(ends(undefined, 2), [2]);
  assert.deepEqual(ends(null, null), []);
});
