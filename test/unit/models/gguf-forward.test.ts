import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { dequantised, GGUF_TYPES, type GgufType } from "../../../src/runtime/models/gguf-types.ts";
import { repack } from "../../../src/runtime/models/repack.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { openCheckpointWeights } from "../../../src/runtime/weights/checkpoint-weights.ts";
import { fixturesDirectory, projectDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import { temporaryFolder } from "../../support/weights.ts";
import { type TestTensor, writeGguf } from "./gguf-writer.ts";
import { tinyMetadata } from "./tiny-gguf.ts";

/** Rows of one super-block. */
const HIDDEN = 256;
const VOCABULARY = 64;

/** Each matrix of the model in another type, the embedding in one that a file of mixed types often has. */
const TYPES: Readonly<Record<string, GgufType>> = {
  token_embd: "Q6_K",
  attn_q: "Q4_K",
  attn_k: "Q4_0",
  attn_v: "Q5_0",
  attn_output: "Q5_K",
  ffn_gate: "Q4_K",
  ffn_up: "Q2_K",
  ffn_down: "Q3_K",
};

const blocks = JSON.parse(readFileSync(join(fixturesDirectory("gguf"), "blocks.json"), "utf8")) as Record<
  string,
  { readonly blocks: string }
>;

/** A matrix of the fixture's random blocks, one after the other, with the size of its numbers brought to that of weights. */
function matrix(name: string, type: GgufType, rows: number, columns: number): TestTensor {
  const source = Buffer.from(blocks[type]!.blocks, "base64");
  const { elements, bytes } = GGUF_TYPES[type];
  const data = new Uint8Array(((rows * columns) / elements) * bytes);
  const calm = calmBlock(type, source);
  for (let at = 0; at < data.length; at += bytes) {
    data.set(calm, at);
    // no two blocks alike
    for (let i = 0; i < 8; i++) data[at + 16 + (i % Math.min(8, bytes - 17))]! ^= (at / bytes + i * 37) & 15;
  }
  return { name, type, shape: [rows, columns], data };
}

/** The block of the fixture whose numbers are smallest. */
function calmBlock(type: GgufType, source: Uint8Array): Uint8Array {
  const { bytes } = GGUF_TYPES[type];
  const each = Array.from({ length: source.length / bytes }, (_, i) =>
    source.subarray(i * bytes, (i + 1) * bytes),
  );
  const size = (block: Uint8Array) => Math.max(...dequantised(type, block).map(Math.abs));
  return each.sort((a, b) => size(a) - size(b))[0]!;
}

function tensors(): TestTensor[] {
  const norm = (name: string): TestTensor => ({
    name,
    type: "F32",
    shape: [HIDDEN],
    data: new Uint8Array(new Float32Array(HIDDEN).fill(0.5).buffer),
  });
  const layer = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"].map(part => {
    const rows = part === "attn_k" || part === "attn_v" ? HIDDEN / 2 : HIDDEN;
    return matrix(`blk.0.${part}.weight`, TYPES[part]!, rows, HIDDEN);
  });
  return [
    matrix("token_embd.weight", TYPES.token_embd!, VOCABULARY, HIDDEN),
    norm("output_norm.weight"),
    norm("blk.0.attn_norm.weight"),
    norm("blk.0.ffn_norm.weight"),
    ...layer,
  ];
}

describe("a GGUF model of mixed types", () => {
  const root = temporaryFolder();
  const live = new Live({ cacheDirectory: tracerCacheDirectory() });
  after(() => live.dispose());

  async function logits(name: string, content: readonly TestTensor[]) {
    const path = join(root, `${name}.gguf`);
    const folder = join(root, name);
    const metadata = {
      ...tinyMetadata(),
      "llama.block_count": 1,
      "llama.embedding_length": HIDDEN,
      "llama.feed_forward_length": HIDDEN,
    };
    writeFileSync(path, writeGguf(metadata, content));
    await repack(path, folder);
    const model = await live.open({
      source: join(projectDirectory, "media", "sources", "llama.py"),
      class: "LlamaForCausalLM",
      checkpoint: folder,
      transformers: null,
    });
    const { output } = await model.run({ inputs: { input_ids: int64([5, 17, 40, 3], [1, 4]) } });
    model.dispose();
    return { folder, values: Array.from(numbers(output)) };
  }

  it("gives the logits of the same numbers as float32, and keeps few bits where nothing is lost", async () => {
    const mixed = tensors();
    const plain = mixed.map((tensor): TestTensor => {
      const values = dequantised(tensor.type as GgufType, tensor.data);
      return { ...tensor, type: "F32", data: new Uint8Array(values.buffer) };
    });
    const kept = await logits("mixed", mixed);
    const wide = await logits("plain", plain);
    const weights = await openCheckpointWeights(kept.folder);
    const kindOf = (part: string) => weights.find(`model.layers.0.${part}.weight`)?.kind;
    assert.deepEqual(
      ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.up_proj"].map(kindOf),
      ["q4_1", "q4_1", "q8_0", "plain"],
    );
    const size = Math.max(...wide.values.map(Math.abs));
    assert.ok(Number.isFinite(size) && size > 0);
    const largest = Math.max(...wide.values.map((value, i) => Math.abs(value - kept.values[i]!)));
    assert.ok(largest < 1e-4 * size, `${largest} of ${size}`);
  });
});
