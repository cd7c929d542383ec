import type { TestTensor } from "./gguf-writer.ts";
import { writeGguf } from "./gguf-writer.ts";

/** Sizes of the GGUF model that the tests write: 4 query heads over 2 key heads of 8 channels. */
export const TINY = {
  vocabulary: 64,
  hidden: 32,
  intermediate: 64,
  layers: 2,
  heads: 4,
  keyHeads: 2,
} as const;

/** A whole small Llama as GGUF with seeded weights: Q8_0 embedding, Q4_1 matrices, F32 norms. */
export function tinyGguf(
  changes: Parameters<typeof writeGguf>[0] = {},
  extra: readonly TestTensor[] = [],
): Buffer {
  return writeGguf({ ...tinyMetadata(), ...changes }, [...tinyTensors(), ...extra]);
}

export function tinyMetadata() {
  return {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.license": "mit",
    "llama.block_count": TINY.layers,
    "llama.context_length": 128,
    "llama.embedding_length": TINY.hidden,
    "llama.feed_forward_length": TINY.intermediate,
    "llama.attention.head_count": TINY.heads,
    "llama.attention.head_count_kv": TINY.keyHeads,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.freq_base": 10000,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": Array.from({ length: TINY.vocabulary }, (_, id) =>
      id < 2 ? `<|${id}|>` : token(id),
    ),
    "tokenizer.ggml.token_type": Array.from({ length: TINY.vocabulary }, (_, id) => (id < 2 ? 3 : 1)),
    "tokenizer.ggml.merges": ["a b", "ab c"],
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 1,
  };
}

/** Single characters, then the results of the merges. */
function token(id: number): string {
  return ["ab", "abc"][id - 62] ?? String.fromCharCode(0x5f + id);
}

export function tinyTensors(): TestTensor[] {
  const { vocabulary, hidden, intermediate, layers, heads, keyHeads } = TINY;
  const keyRows = (hidden / heads) * keyHeads;
  const tensors = [q8_0("token_embd.weight", vocabulary, hidden), norm("output_norm.weight")];
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    tensors.push(
      norm(name("attn_norm")),
      q4_1(name("attn_q"), hidden, hidden),
      q4_1(name("attn_k"), keyRows, hidden),
      q4_1(name("attn_v"), keyRows, hidden),
      q4_1(name("attn_output"), hidden, hidden),
      norm(name("ffn_norm")),
      q4_1(name("ffn_gate"), intermediate, hidden),
      q4_1(name("ffn_up"), intermediate, hidden),
      q4_1(name("ffn_down"), hidden, intermediate),
    );
  }
  return tensors;
}

/** Bytes that look random and are always the same for a name. */
function seededBytes(name: string, length: number): Uint8Array {
  let state = [...name].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

function blocks(name: string, count: number, bytes: number, halves: number): Uint8Array {
  const data = seededBytes(name, count * bytes);
  // The high bytes of the float16 numbers in front: exponents around 2^-4, so that none is infinite.
  for (let block = 0; block < count; block++) {
    for (let half = 0; half < halves; half++) data[block * bytes + 2 * half + 1]! &= 0xaf;
  }
  return data;
}

function q4_1(name: string, rows: number, columns: number): TestTensor {
  return { name, type: "Q4_1", shape: [rows, columns], data: blocks(name, (rows * columns) / 32, 20, 2) };
}

function q8_0(name: string, rows: number, columns: number): TestTensor {
  return { name, type: "Q8_0", shape: [rows, columns], data: blocks(name, (rows * columns) / 32, 34, 1) };
}

function norm(name: string): TestTensor {
  const values = Float32Array.from(seededBytes(name, TINY.hidden), byte => byte / 128);
  return { name, type: "F32", shape: [TINY.hidden], data: new Uint8Array(values.buffer) };
}
