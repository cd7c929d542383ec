import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { UsageError } from "../../../src/runtime/cli/command.ts";
import { modelsCommand } from "../../../src/runtime/cli/models.ts";
import { tinyGguf } from "./tiny-gguf.ts";

describe("papertrace models", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-command-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    const code = await modelsCommand.run(argv, {
      out: text => void out.push(`${text}\n`),
      err: text => void err.push(`${text}\n`),
      signal: new AbortController().signal,
      environment: { PAPERTRACE_CACHE: root, HF_HOME: join(root, "huggingface") },
    });
    return { code, out: out.join(""), err: err.join("") };
  }

  it("lists what is there and what can be added", async () => {
    const { code, out, err } = await run();
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^tiny-llama +Tiny Llama +4\.\d MB +float32 +apache-2\.0 +.*tiny-llama$/m);
    assert.match(out, /^smollm2-135m-instruct .*can be added$/m);
  });

  it("lists as JSON", async () => {
    const { models, addable, cache } = JSON.parse((await run("--json")).out);
    assert.equal(cache, root);
    assert.deepEqual(
      models.map((model: { id: string }) => model.id),
      ["tiny-llama"],
    );
    assert.deepEqual(
      addable.map((model: { id: string }) => model.id),
      ["smollm2-135m-instruct"],
    );
  });

  it("adds, with progress beside the result, and removes", async () => {
    const path = join(root, "mine.gguf");
    await writeFile(path, tinyGguf());
    const added = await run("add", path);
    assert.equal(added.out, `${join(root, "models", "mine")}\n`);
    assert.match(added.err, /Repacking mine\.gguf: 100 %/);
    assert.match((await run()).out, /^mine .*4-bit, exact/m);
    const removed = await run("remove", "mine", "--json");
    assert.equal(JSON.parse(removed.out).removed, "mine");
    assert.deepEqual(await readdir(join(root, "models")), []);
  });

  it("refuses wrong usage, and what is not there", async () => {
    for (const argv of [["frob"], ["add"], ["add", "a", "b"], ["--frob"], ["toString", "x"]]) {
      await assert.rejects(run(...argv), UsageError);
    }
    await assert.rejects(run("add", "nothing"), /can be added/);
    await assert.rejects(run("remove", "nothing"), /nothing/);
    await assert.rejects(run("remove", "tiny-llama"), /ships with Papertrace/);
  });
});
