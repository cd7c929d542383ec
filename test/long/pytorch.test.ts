import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { referencePython } from "../../scripts/score/reference.ts";
import { compareWithPyTorch } from "../../src/runtime/compare/pytorch.ts";
import { Live } from "../../src/runtime/live/live.ts";
import type { OpenRequest } from "../../src/runtime/live/types.ts";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { projectDirectory, tracerCacheDirectory, transformersDirectory } from "../support/paths.ts";

const python = referencePython();
const models = join(transformersDirectory(), "transformers", "models");
const ids = Array.from({ length: 48 }, (_, i) => (i * 37) % 99);
const inputs = { input_ids: int64(ids, [3, 16]) };

/**
 * Sources of transformers, small, with random weights: one with attention, one whose loop runs over the length, one that
 * sorts tokens by their expert, of which many are equal.
 */
const SOURCES = [
  {
    source: join(models, "gpt2", "modeling_gpt2.py"),
    class: "GPT2LMHeadModel",
    config: { model_type: "gpt2", vocab_size: 99, n_embd: 32, n_layer: 2, n_head: 4, n_positions: 64 },
  },
  {
    source: join(models, "mamba", "modeling_mamba.py"),
    class: "MambaForCausalLM",
    config: { model_type: "mamba", vocab_size: 99, hidden_size: 32, num_hidden_layers: 2, state_size: 4 },
  },
  {
    source: join(models, "mixtral", "modeling_mixtral.py"),
    class: "MixtralForCausalLM",
    config: {
      model_type: "mixtral",
      vocab_size: 99,
      hidden_size: 32,
      intermediate_size: 48,
      num_hidden_layers: 1,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      num_local_experts: 2,
    },
  },
] as const;

describe("the comparison with PyTorch", {
  skip: python === null ? "PyTorch cannot be had here" : false,
}, () => {
  let live: Live;
  let folder: string;
  before(async () => {
    live = new Live({ cacheDirectory: tracerCacheDirectory() });
    folder = await mkdtemp(join(tmpdir(), "papertrace-pytorch-"));
  });
  after(async () => {
    live.dispose();
    await rm(folder, { recursive: true });
  });

  const llama: OpenRequest = {
    source: join(projectDirectory, "media", "sources", "llama.py"),
    class: "LlamaForCausalLM",
    checkpoint: join(projectDirectory, "media", "models", "tiny-llama"),
    transformers: null,
  };

  const compare = (request: OpenRequest) =>
    compareWithPyTorch(request, inputs, {
      open: (asked, signal) => live.open(asked, signal),
      python: python!,
    });

  it("finds every value of our own source within 1e-4", async () => {
    const { values, first, left, outputsLeft } = await compare(llama);
    assert.equal(first, null);
    assert.deepEqual([left, outputsLeft], [[], []]);
    assert.ok(values.length > 200);
    for (const { id, relative } of values) assert.ok(relative < 1e-4, `${id}: ${relative}`);
  });

  for (const { source, class: name, config } of SOURCES) {
    it(`finds every value of ${name}`, async () => {
      const { values, first, left, outputsLeft } = await compare({
        source,
        class: name,
        checkpoint: null,
        config,
        transformers: transformersDirectory(),
      });
      assert.equal(first, null, first?.id);
      assert.deepEqual(outputsLeft, []);
      assert.ok(values.length > 50);
      assert.ok(left.length < values.length / 10, JSON.stringify(left));
    });
  }

  /** True of the tracing torch's tensors alone. */
  const TRACED = 'hasattr(gate, "is_traced_tensor")';

  it("names the line at which a source says something else under PyTorch", async () => {
    const text = await readFile(llama.source, "utf8");
    const lines = text.split("\n");
    const at = lines.findIndex(each => /^\s+gated = /.test(each));
    const indent = /^\s+/.exec(lines[at]!)![0];
    lines.splice(at + 1, 0, `${indent}gated = gated * (1.0 if ${TRACED} else 1.5)`);
    const source = join(folder, "llama.py");
    await writeFile(source, lines.join("\n"));
    const { first } = await compare({ ...llama, source });
    assert.equal(first?.id, "model.layers.0.mlp:gated#1");
    assert.deepEqual(first.place, { file: source, line: at + 2 });
  });

  it("says which line fails under PyTorch", async () => {
    const text = await readFile(llama.source, "utf8");
    const lines = text.split("\n");
    const at = lines.findIndex(each => /^\s+gated = /.test(each));
    const indent = /^\s+/.exec(lines[at]!)![0];
    lines.splice(at, 0, `${indent}assert ${TRACED}, "only here"`);
    const source = join(folder, "failing.py");
    await writeFile(source, lines.join("\n"));
    const failure = new RegExp(
      `failing\\.py:${at + 1}: the source fails in PyTorch: AssertionError: only here`,
    );
    await assert.rejects(compare({ ...llama, source }), failure);
  });
});
