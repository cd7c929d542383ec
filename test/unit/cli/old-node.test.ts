import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { ensureOldNode } from "../../../scripts/prerequisites.ts";
import { readSafetensors, writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { projectDirectory, transformersDirectory } from "../../support/paths.ts";

const CLI = join(projectDirectory, "dist", "cli.js");
const MODEL = join(projectDirectory, "media", "models", "tiny-llama");
const SOURCE = join(projectDirectory, "media", "sources", "llama.py");

/** Started by a Node that is older than what it needs, the command line goes on under the one that comes with it. */
describe("every subcommand, started by Node 20", () => {
  let node: string;

  before(() => {
    assert.ok(existsSync(CLI), "the command line is built: npm run build");
    node = ensureOldNode();
    assert.match(execFileSync(node, ["--version"], { encoding: "utf8" }), /^v20\./);
  });

  const papertrace = (...argv: string[]) =>
    execFileSync(node, [CLI, ...argv], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  it("modules", () => {
    const config = join(MODEL, "config.json");
    const printed = papertrace(
      "modules",
      SOURCE,
      "--class",
      "LlamaForCausalLM",
      "--config",
      config,
      "--json",
    );
    const { parameters } = JSON.parse(printed);
    assert.deepEqual(parameters["model.layers.0.self_attn.k_proj.weight"].shape, [64, 128]);
  });

  it("run", async () => {
    const directory = mkdtempSync(join(tmpdir(), "papertrace-old-node-"));
    const [inputs, output] = [join(directory, "in.safetensors"), join(directory, "out.safetensors")];
    const ids = BigInt64Array.of(5n, 6n, 7n);
    await writeTensors(
      inputs,
      new Map([["input_ids", { dtype: "int64", shape: [1, 3], data: new Uint8Array(ids.buffer) }]]),
    );
    papertrace(
      ...["run", "--model", MODEL, "--transformers", transformersDirectory()],
      ...["--inputs", inputs, "--output", output, "--tap", "model.layers.0.self_attn:weights#0"],
    );
    const written = await readSafetensors(output);
    assert.deepEqual(written.get("output")?.shape, [1, 3, 768]);
    assert.deepEqual(written.get("model.layers.0.self_attn:weights#0")?.shape, [1, 4, 3, 3]);
  });

  it("links", () => {
    const { pages } = JSON.parse(
      papertrace("links", join(projectDirectory, "media/sample/paper.pdf"), "--json"),
    );
    assert.ok(
      pages[0].mentions.some((mention: { component: string }) => mention.component === "self-attention"),
    );
  });

  it("generate", () => {
    const printed = papertrace(
      "generate",
      "--model",
      MODEL,
      "--prompt",
      "The dog",
      "--tokens",
      "4",
      "--json",
    );
    assert.ok(JSON.parse(printed).tokens.length > 0);
  });

  it("models", () => {
    assert.match(papertrace("models", "--json"), /tiny-llama/);
  });
});
