import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const LAYERS = 80;
const HIDDEN = 8192;
const KEYS = 1024;
const INTERMEDIATE = 28672;
const VOCABULARY = 128256;

/** Name in transformers and in GGUF, and shape, of each tensor of a Llama of 70 billion parameters. */
export const LARGE_TENSORS: readonly (readonly [hub: string, gguf: string, shape: readonly number[]])[] = [
  ["model.embed_tokens.weight", "token_embd.weight", [VOCABULARY, HIDDEN]],
  ...Array.from({ length: LAYERS }, (_, layer) =>
    (
      [
        ["input_layernorm", "attn_norm", [HIDDEN]],
        ["self_attn.q_proj", "attn_q", [HIDDEN, HIDDEN]],
        ["self_attn.k_proj", "attn_k", [KEYS, HIDDEN]],
        ["self_attn.v_proj", "attn_v", [KEYS, HIDDEN]],
        ["self_attn.o_proj", "attn_output", [HIDDEN, HIDDEN]],
        ["post_attention_layernorm", "ffn_norm", [HIDDEN]],
        ["mlp.gate_proj", "ffn_gate", [INTERMEDIATE, HIDDEN]],
        ["mlp.up_proj", "ffn_up", [INTERMEDIATE, HIDDEN]],
        ["mlp.down_proj", "ffn_down", [HIDDEN, INTERMEDIATE]],
      ] as const
    ).map(
      ([hub, gguf, shape]) =>
        [`model.layers.${layer}.${hub}.weight`, `blk.${layer}.${gguf}.weight`, shape] as const,
    ),
  ).flat(),
  ["model.norm.weight", "output_norm.weight", [HIDDEN]],
  ["lm_head.weight", "output.weight", [VOCABULARY, HIDDEN]],
];

export const LARGE_PARAMETERS = LARGE_TENSORS.reduce((sum, [, , shape]) => sum + sizeOf(shape), 0);

const SHARDS = 30;

/**
 * Headers alone of a BF16 checkpoint in shards, with its index; the numbers are holes in the files.
 * @returns the path of the index.
 */
export function writeLargeSafetensors(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const map: Record<string, string> = {};
  const first = (shard: number) => Math.floor((shard * LARGE_TENSORS.length) / SHARDS);
  for (let shard = 0; shard < SHARDS; shard++) {
    const name = `model-${number(shard + 1)}-of-${number(SHARDS)}.safetensors`;
    const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
    let end = 0;
    for (const [tensor, , shape] of LARGE_TENSORS.slice(first(shard), first(shard + 1))) {
      const bytes = 2 * sizeOf(shape);
      header[tensor] = { dtype: "BF16", shape, data_offsets: [end, end + bytes] };
      end += bytes;
      map[tensor] = name;
    }
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeSparse(join(folder, name), Buffer.concat([length, json]), 8 + json.length + end);
  }
  const index = join(folder, "model.safetensors.index.json");
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 2 * LARGE_PARAMETERS }, weight_map: map }));
  return index;
}

/** The same as one GGUF file in Q8_0, with a vocabulary of the usual size. */
export function writeLargeGguf(path: string): void {
  const chunks: Buffer[] = [];
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const u64 = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([u64(bytes.length), bytes]);
  };
  const [UINT32, STRING, ARRAY] = [4, 8, 9];
  const metadata: Buffer[] = [
    Buffer.concat([text("general.architecture"), u32(STRING), text("llama")]),
    Buffer.concat([text("llama.block_count"), u32(UINT32), u32(LAYERS)]),
    Buffer.concat([
      text("tokenizer.ggml.tokens"),
      u32(ARRAY),
      u32(STRING),
      u64(VOCABULARY),
      ...Array.from({ length: VOCABULARY }, (_, id) => text(`token${id}`)),
    ]),
  ];
  chunks.push(Buffer.from("GGUF"), u32(3), u64(LARGE_TENSORS.length), u64(metadata.length), ...metadata);
  let offset = 0;
  const [F32, Q8_0] = [0, 8];
  for (const [, name, shape] of LARGE_TENSORS) {
    const plain = shape.length === 1;
    chunks.push(
      text(name),
      u32(shape.length),
      ...shape.toReversed().map(u64),
      u32(plain ? F32 : Q8_0),
      u64(offset),
    );
    const bytes = plain ? 4 * sizeOf(shape) : (sizeOf(shape) / 32) * 34;
    offset += bytes + (-bytes & 31);
  }
  const header = Buffer.concat(chunks);
  writeSparse(path, header, header.length + (-header.length & 31) + offset);
}

function writeSparse(path: string, head: Uint8Array, size: number): void {
  const file = openSync(path, "w");
  writeSync(file, head);
  ftruncateSync(file, size);
  closeSync(file);
}

function number(value: number): string {
  return String(value).padStart(5, "0");
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
