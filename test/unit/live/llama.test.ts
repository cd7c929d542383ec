import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import type { LiveModel } from "../../../src/runtime/live/types.ts";
import { LAYOUT, type QuantisedKind } from "../../../src/runtime/models/layout.ts";
import { fill, type Numbers } from "../../../src/runtime/primitives/numbers.ts";
import { WORTH_DIGITS } from "../../../src/runtime/primitives/over-blocks.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { RANDOM_BLOCKS, storedAs } from "../../support/few-bits.ts";
import { seeded } from "../../support/graphs.ts";
import { projectDirectory, transformersDirectory } from "../../support/paths.ts";
import { checkpointOf } from "../../support/weights.ts";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 61,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-6,
  rope_parameters: { rope_type: "default", rope_theta: 10000 },
  tie_word_embeddings: false,
};

let cache: string;
let live: Live;
let model: LiveModel;

before(async () => {
  cache = await mkdtemp(join(tmpdir(), "papertrace-llama-"));
  live = new Live({ cacheDirectory: cache });
  model = await live.open({ ...transformersLlama(), checkpoint: null, config });
});

function transformersLlama() {
  const transformers = transformersDirectory();
  const source = join(transformers, "transformers", "models", "llama", "modeling_llama.py");
  return { source, class: "LlamaForCausalLM", transformers };
}

after(async () => {
  live.dispose();
  await rm(cache, { recursive: true });
});

const ids = (row: readonly number[]) => ({ input_ids: int64(row, [1, row.length]) });
const row = (length: number) => Array.from({ length }, (_, i) => (i * 17 + 3) % 61);

test("transformers' own llama runs at every length in one graph, each token seeing those before it alone", async () => {
  const long = await model.run({ inputs: ids(row(300)) });
  assert.deepEqual(long.output.shape, [1, 300, 61]);
  const all = numbers(long.output);
  for (const length of [1, 2, 11]) {
    const short = numbers((await model.run({ inputs: ids(row(length)) })).output);
    for (let i = 0; i < length * 61; i++) {
      assert.ok(Math.abs(short[i]! - all[i]!) < 1e-4, `length ${length}, element ${i}`);
    }
  }
});

test("attention weights can be tapped: rows sum to 1 and see nothing ahead", async () => {
  const softmax = model.trace.named.find(
    ({ id }) => id.startsWith("model.layers.1.self_attn:attn_weights") && isLast(id),
  )!;
  const { taps } = await model.run({ inputs: ids(row(9)), taps: [softmax.id] });
  const weights = taps.get(softmax.id)!;
  assert.deepEqual(weights.shape, [1, 4, 9, 9]);
  const values = Array.from(numbers(weights));
  for (let line = 0; line < 4 * 9; line++) {
    const cells = values.slice(line * 9, (line + 1) * 9);
    assert.ok(Math.abs(cells.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
    assert.ok(cells.slice((line % 9) + 1).every(value => value === 0));
  }

  function isLast(id: string): boolean {
    const next = id.replace(/\d+$/, k => String(Number(k) + 1));
    return !model.trace.named.some(named => named.id === next);
  }
});

test("a control in the last layer changes what follows and nothing before", async () => {
  const value = "model.layers.1.self_attn[0]";
  const inputs = ids(row(9));
  const taps = ["model.layers.0", "model.layers.1", value];
  const plain = await model.run({ inputs, taps });
  const changed = await model.run({
    inputs,
    taps,
    interventions: [{ value, selector: { axes: [] }, operation: { kind: "zero" } }],
  });
  const of = (result: typeof plain, ref: string) => Array.from(numbers(result.taps.get(ref)!));
  assert.deepEqual(of(changed, "model.layers.0"), of(plain, "model.layers.0"));
  assert.ok(of(changed, value).every(number => number === 0));
  assert.notDeepEqual(of(changed, "model.layers.1"), of(plain, "model.layers.1"));
  assert.notDeepEqual(Array.from(numbers(changed.output)), Array.from(numbers(plain.output)));
  const undone = await model.run({
    inputs,
    interventions: [{ value, selector: { axes: [] }, operation: { kind: "scale", factor: 1 } }],
  });
  const difference = Array.from(numbers(undone.output), (number, i) =>
    Math.abs(number - numbers(plain.output)[i]!),
  );
  assert.ok(Math.max(...difference) < 1e-5);
});

test("generation gives the same tokens with and without a cache, greedy and sampled", async () => {
  for (const temperature of [0, 0.8]) {
    const generate = (cached: boolean) =>
      model.generate({ prompt: row(7), tokens: 12, temperature, seed: 5, cache: cached });
    const [cached, whole] = [await generate(true), await generate(false)];
    assert.equal(cached.tokens.length, 12);
    assert.deepEqual(cached.tokens, whole.tokens);
    assert.equal(cached.promptTokens, 7);
    assert.deepEqual([cached.keeping, whole.keeping], ["in-place", "nothing"]);
  }
});

test("over weights of few bits too, whether the prompt is taken at once or in pieces", async () => {
  // Of a gated unit's joined halves and of the head, products are large enough to be done digit by digit.
  const hidden = 64;
  const half = 32 * Math.ceil((WORTH_DIGITS * availableParallelism()) / hidden / 2 / 32);
  const sizes = { hidden_size: hidden, intermediate_size: half, head_dim: 16, vocab_size: 2 * half };
  const [random, wide, keys] = [seeded(7), hidden, 2 * sizes.head_dim];
  const tensors: Record<string, Numbers> = {};
  const matrix = (name: string, kind: QuantisedKind, rows: number, columns: number) =>
    Object.assign(tensors, storedAs(`${name}.weight`, kind, RANDOM_BLOCKS[kind](rows, columns, random)));
  const norm = (name: string) => {
    tensors[`${name}.weight`] = fill("float32", [wide], () => 0.5 + random());
  };
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const path = `model.layers.${layer}`;
    matrix(`${path}.self_attn.q_proj`, "q4_1", wide, wide);
    matrix(`${path}.self_attn.k_proj`, "q4_1", keys, wide);
    matrix(`${path}.self_attn.v_proj`, "q8_0", keys, wide);
    matrix(`${path}.self_attn.o_proj`, "q4_1", wide, wide);
    matrix(`${path}.mlp.gate_proj`, "q4_1", sizes.intermediate_size, wide);
    matrix(`${path}.mlp.up_proj`, "q4_1", sizes.intermediate_size, wide);
    matrix(`${path}.mlp.down_proj`, "q8_0", wide, sizes.intermediate_size);
    norm(`${path}.input_layernorm`);
    norm(`${path}.post_attention_layernorm`);
  }
  norm("model.norm");
  matrix("model.embed_tokens", "q8_0", sizes.vocab_size, wide);
  matrix("lm_head", "q8_0", sizes.vocab_size, wide);
  const { folder } = await checkpointOf(tensors, LAYOUT);
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, ...sizes }));
  const fewBits = await live.open({ ...transformersLlama(), checkpoint: folder });
  for (const length of [1, 16, 17, 80]) {
    const generate = (cache: boolean) => fewBits.generate({ prompt: row(length), tokens: 16, cache });
    const [kept, whole] = [await generate(true), await generate(false)];
    assert.deepEqual(kept.tokens, whole.tokens, `${length} tokens`);
    assert.equal(kept.keeping, "in-place");
  }
  fewBits.dispose();
});

test("a token that the model does not know is told with the line that looks it up", async () => {
  await assert.rejects(
    model.generate({ prompt: [3, 10_000_000], tokens: 2 }),
    /llama\.py:\d+: nn\.functional\.embedding cannot be computed: there is no entry 10000000, the last one is 60\./,
  );
});

test("a generation that is aborted ends, and the model goes on", async () => {
  const abort = new AbortController();
  let seen = 0;
  const generating = model.generate(
    { prompt: row(3), tokens: 400 },
    () => {
      if (++seen === 3) abort.abort(new Error("enough"));
    },
    abort.signal,
  );
  await assert.rejects(generating, /enough/);
  assert.equal((await model.generate({ prompt: row(3), tokens: 2 })).tokens.length, 2);
});

test("the reference source has transformers' names: it runs with the same weights to the same numbers", async () => {
  const reference = await live.open({
    source: join(projectDirectory, "media", "sources", "llama.py"),
    class: "LlamaForCausalLM",
    checkpoint: null,
    config,
    transformers: transformersDirectory(),
  });
  const inputs = ids(row(20));
  const [ours, theirs] = [await reference.run({ inputs }), await model.run({ inputs })];
  const difference = Array.from(numbers(ours.output), (number, i) =>
    Math.abs(number - numbers(theirs.output)[i]!),
  );
  assert.ok(Math.max(...difference) < 1e-4);
  const generate = (opened: LiveModel) => opened.generate({ prompt: row(5), tokens: 8 });
  const [ourText, theirText] = [await generate(reference), await generate(model)];
  assert.deepEqual(ourText.tokens, theirText.tokens);
  assert.equal(ourText.keeping, "in-place");
  reference.dispose();
});
