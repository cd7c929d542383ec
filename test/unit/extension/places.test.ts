import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import { test } from "node:test";
import { defaultModel } from "../../../src/extension/models/default-model.ts";
import { externalLink } from "../../../src/extension/paper/external-link.ts";
import { servesChildren } from "../../../src/extension/runtime/node.ts";
import { sitePackages, transformersAround } from "../../../src/extension/runtime/transformers-place.ts";
import type { CheckpointInfo } from "../../../src/runtime/models/checkpoint.ts";
import { fileSize } from "../../../src/shared/file-size.ts";

test("child processes run under the editor's Electron or a Node that is new enough, else under the shipped one", () => {
  assert.ok(servesChildren({ nodeVersion: "20.1.0", electronVersion: "39.0.0" }));
  for (const nodeVersion of ["22.13.0", "24.0.0"])
    assert.ok(servesChildren({ nodeVersion, electronVersion: undefined }), nodeVersion);
  for (const nodeVersion of ["22.12.9", "20.19.5"])
    assert.ok(!servesChildren({ nodeVersion, electronVersion: undefined }), nodeVersion);
});

test("the transformers folder around a file, on both kinds of paths", () => {
  const file = "/home/a/site-packages/transformers/models/llama/modeling_llama.py";
  assert.equal(transformersAround(file, posix), "/home/a/site-packages");
  assert.equal(transformersAround("/home/a/models/llama.py", posix), null);
  assert.equal(transformersAround(String.raw`C:\src\transformers\models\x.py`, win32), String.raw`C:\src`);
});

test("where a Python environment keeps its packages", () => {
  const environment = { prefix: "/venv", major: 3, minor: 12 };
  assert.equal(sitePackages(environment, posix)[0], "/venv/lib/python3.12/site-packages");
  assert.deepEqual(sitePackages({ ...environment, prefix: String.raw`C:\venv` }, win32), [
    String.raw`C:\venv\Lib\site-packages`,
  ]);
});

test("only links to web pages open", () => {
  assert.deepEqual(externalLink("https://arxiv.org/abs/1706.03762"), {
    url: "https://arxiv.org/abs/1706.03762",
    opens: true,
  });
  for (const url of ["file:///etc/passwd", "javascript:alert(1)", "command:x", "vscode://x/y", "no url", ""])
    assert.equal(externalLink(url).opens, false, url);
  assert.ok(externalLink(`mailto:${"a".repeat(1_000)}`).url.length <= 201);
});

test("sizes have at most three digits", () => {
  assert.deepEqual([0, 999, 1_000, 98_362_432, 146_000_000, 999_600, 2.5e9].map(fileSize), [
    "0 B",
    "999 B",
    "1.00 kB",
    "98.4 MB",
    "146 MB",
    "1.00 MB",
    "2.50 GB",
  ]);
});

test("the default model is one that was added, else a language model that ships, never a broken one", () => {
  const model = (id: string, changes: Partial<CheckpointInfo> = {}): CheckpointInfo => ({
    id,
    label: id,
    folder: `/${id}`,
    origin: "zoo",
    architecture: "ViTForImageClassification",
    modelType: null,
    parameters: null,
    bytes: 0,
    precision: null,
    licence: null,
    card: {},
    problem: null,
    ...changes,
  });
  const image = model("image");
  const language = model("language", { architecture: "LlamaForCausalLM" });
  const added = model("added", { origin: "cache" });
  const broken = model("broken", { origin: "cache", problem: "model.safetensors is missing." });
  assert.equal(defaultModel([image, language, broken, added])?.id, "added");
  assert.equal(defaultModel([image, language, broken])?.id, "language");
  assert.equal(defaultModel([image])?.id, "image");
  assert.equal(defaultModel([broken]), null);
});
