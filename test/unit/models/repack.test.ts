import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CheckpointProcess } from "../../../src/runtime/checkpoint/process.ts";
import { describeCheckpoint } from "../../../src/runtime/models/checkpoint.ts";
import { readGguf } from "../../../src/runtime/models/gguf.ts";
import { GGUF_TYPES } from "../../../src/runtime/models/gguf-types.ts";
import { repack } from "../../../src/runtime/models/repack.ts";
import { openCheckpointWeights } from "../../../src/runtime/weights/checkpoint-weights.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { type TestTensor, writeGguf } from "./gguf-writer.ts";
import { TINY, tinyGguf, tinyMetadata, tinyTensors } from "./tiny-gguf.ts";

describe("repacking GGUF", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "papertrace-repack-"));
  });
  const reader = new CheckpointProcess();
  after(async () => {
    reader.dispose();
    await rm(folder, { recursive: true });
  });

  let serial = 0;
  async function write(content: Uint8Array): Promise<string> {
    const path = join(folder, `${++serial}.gguf`);
    await writeFile(path, content);
    return path;
  }
  async function repacked(content: Uint8Array): Promise<string> {
    const target = join(folder, `model-${serial + 1}`);
    await repack(await write(content), target);
    return target;
  }

  it("keeps every weight exactly, and puts rotary rows in Hugging Face's order", async () => {
    const target = await repacked(tinyGguf());
    const parts = await readSafetensors(join(target, "model.safetensors"));
    const names = new Set((await openCheckpointWeights(target)).names);
    for (const tensor of tinyTensors()) {
      const name = hubName(tensor.name);
      assert.ok(names.delete(name), name);
      assert.deepEqual(stored(name, parts), inHubOrder(tensor, dequantise(tensor)), name);
    }
    assert.deepEqual([...names], []);
  });

  it("gives both readings of an 8-bit matrix the same weights", async () => {
    const parts = await readSafetensors(join(await repacked(tinyGguf()), "model.safetensors"));
    const name = "model.embed_tokens.weight";
    const part = (suffix: string) => parts.get(`${name}.q8_0.${suffix}`)!;
    const [high, low] = [nibbles(part("high").data), nibbles(part("low").data)];
    const [scales16, scales] = [floats(part("scales16").data), floats(part("scales").data)];
    const sum = high.map((nibble, i) => (nibble - 8) * scales16[i >> 5]! + low[i]! * scales[i >> 5]!);
    assert.deepEqual(sum, stored(name, parts));
  });

  it("starts every part at a multiple of 64 bytes, and says its version", async () => {
    const bytes = await readFile(join(await repacked(tinyGguf()), "model.safetensors"));
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    assert.deepEqual(header.__metadata__, { format: "papertrace", version: "1" });
    delete header.__metadata__;
    const entries = Object.entries<{ data_offsets: [number, number] }>(header);
    for (const [name, { data_offsets }] of entries) {
      if (!name.endsWith(".padding")) assert.equal((8 + length + data_offsets[0]) % 64, 0, name);
    }
    // The format allows no holes.
    let end = 0;
    for (const [name, { data_offsets }] of entries) {
      assert.equal(data_offsets[0], end, name);
      end = data_offsets[1];
    }
    assert.equal(8 + length + end, bytes.length);
  });

  it("writes the config and what the folder says of itself", async () => {
    const target = await repacked(tinyGguf());
    assert.deepEqual((await readdir(target)).sort(), [
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    const config = JSON.parse(await readFile(join(target, "config.json"), "utf8"));
    assert.deepEqual(config, {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: 64,
      hidden_size: 32,
      intermediate_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 8,
      hidden_act: "silu",
      attention_bias: false,
      mlp_bias: false,
      max_position_embeddings: 128,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: true,
      bos_token_id: 0,
      eos_token_id: 1,
      pad_token_id: null,
      torch_dtype: "float32",
    });
    const info = await describeCheckpoint(target, "tiny", "cache");
    assert.equal(info.problem, null);
    assert.equal(info.precision, "4-bit, exact");
    assert.equal(
      info.parameters,
      tinyTensors().reduce((count, { shape }) => count + shape.reduce((a, b) => a * b, 1), 0),
    );
  });

  it("stops when it is cancelled", async () => {
    const path = await write(tinyGguf());
    for (const here of [repack, reader.repack]) {
      const controller = new AbortController();
      const target = join(folder, "cancelled");
      const onFraction = () => controller.abort(new Error("enough"));
      await assert.rejects(here(path, target, { signal: controller.signal, onFraction }), /enough/);
    }
  });

  it("does the same in the process that reads checkpoints, and tells how far it is", async () => {
    const target = await repacked(tinyGguf());
    const path = join(folder, `${serial}.gguf`);
    const [elsewhere, fractions] = [join(folder, "elsewhere"), [] as number[]];
    const told = await reader.repack(path, elsewhere, { onFraction: at => fractions.push(at) });
    assert.deepEqual(told, { name: "Tiny", license: "mit" });
    assert.equal(fractions.at(-1), 1);
    assert.deepEqual((await readdir(elsewhere)).sort(), (await readdir(target)).sort());
    for (const name of await readdir(target))
      assert.deepEqual(await readFile(join(elsewhere, name)), await readFile(join(target, name)), name);
  });

  const broken: [what: string, content: () => Uint8Array, message: RegExp][] = [
    ["is no GGUF file", () => Buffer.from("PK\x03\x04 not this"), /not a GGUF file/],
    ["is empty", () => Buffer.alloc(0), /not a GGUF file/],
    ["is cut in its header", () => tinyGguf().subarray(0, 700), /cut short|not a GGUF file/],
    ["is cut in its tensors", () => tinyGguf().subarray(0, -64), /cut short: tensor /],
    [
      "has another architecture",
      () => tinyGguf({ "general.architecture": "mamba" }),
      /architecture mamba; supported.*llama/,
    ],
    ["lacks a key", () => writeGguf(without("llama.block_count"), tinyTensors()), /llama\.block_count/],
    [
      "has an impossible size",
      () => tinyGguf({ "llama.attention.head_count": 0 }),
      /llama\.attention\.head_count/,
    ],
    [
      "scales its rotary embedding",
      () => tinyGguf({ "llama.rope.scaling.type": "yarn" }),
      /rope\.scaling\.type/,
    ],
    [
      "has a type that is not supported",
      () => tinyGguf({}, [plain("x", "IQ4_XS", 256, 136)]),
      /tensor x has type IQ4_XS/,
    ],
    [
      "has a tensor that a Llama does not have",
      () => tinyGguf({}, [plain("blk.0.x.weight", "F32", 4, 16)]),
      /blk\.0\.x\.weight/,
    ],
    [
      "lacks a tensor",
      () => writeGguf(tinyMetadata(), tinyTensors().slice(0, -1)),
      /lacks tensor blk\.1\.ffn_down\.weight/,
    ],
    ["lists a tensor twice", () => tinyGguf({}, [tinyTensors()[0]!]), /token_embd\.weight.*twice/],
    [
      "has rows of broken blocks",
      () => tinyGguf({}, [plain("x", "Q8_0", 33, 68)]),
      /tensor x has an impossible shape/,
    ],
    [
      "has a tokenizer of another kind",
      () => tinyGguf({ "tokenizer.ggml.model": "bert" }),
      /tokenizer\.ggml\.model/,
    ],
    ["splits text in an unknown way", () => tinyGguf({ "tokenizer.ggml.pre": "other" }), /tokenizer \(other/],
  ];
  for (const [what, content, message] of broken) {
    it(`refuses a file that ${what}, by name`, async () => {
      const path = await write(content());
      await assert.rejects(repack(path, join(folder, "broken")), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(error.message.includes(path));
        return true;
      });
    });
  }

  it("finds tensors by name and place", async () => {
    const file = await readGguf(await write(tinyGguf()));
    const tensor = file.tensors.get("blk.1.ffn_down.weight")!;
    assert.deepEqual(tensor.shape, [TINY.hidden, TINY.intermediate]);
    const bytes = (await readFile(file.path)).subarray(tensor.start, tensor.start + tensor.bytes);
    const written = tinyTensors().find(({ name }) => name === tensor.name)!;
    assert.ok(bytes.equals(written.data));
  });
});

function without(key: keyof ReturnType<typeof tinyMetadata>) {
  const { [key]: _, ...rest } = tinyMetadata();
  return rest as Parameters<typeof writeGguf>[0];
}

function plain(name: string, type: TestTensor["type"], columns: number, bytes: number): TestTensor {
  return { name, type, shape: [columns], data: new Uint8Array(bytes) };
}

const HUB_NAMES: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

function hubName(name: string): string {
  if (name === "token_embd.weight") return "model.embed_tokens.weight";
  if (name === "output_norm.weight") return "model.norm.weight";
  const [, layer, part] = name.split(".");
  return `model.layers.${layer}.${HUB_NAMES[part!]}.weight`;
}

/** Weights as GGUF defines them: https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-quants.c */
function dequantise({ type, data, shape }: TestTensor): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const count = shape.reduce((a, b) => a * b, 1);
  if (type === "F32") return Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  return Array.from({ length: count }, (_, i) => {
    const within = i % 32;
    if (type === "Q8_0") {
      const at = (i >> 5) * GGUF_TYPES.Q8_0.bytes;
      return half(view, at) * view.getInt8(at + 2 + within);
    }
    const at = (i >> 5) * GGUF_TYPES.Q4_1.bytes;
    const byte = view.getUint8(at + 4 + (within % 16));
    return half(view, at) * (within < 16 ? byte & 15 : byte >> 4) + half(view, at + 2);
  });
}

function half(view: DataView, offset: number): number {
  return view.getFloat16(offset, true);
}

/** Undoes llama.cpp's order: (heads, half, 2) back to (heads, 2, half). */
function inHubOrder({ name, shape }: TestTensor, values: number[]): number[] {
  if (!/attn_[qk]\.weight/.test(name)) return values;
  const [rows, columns] = shape as [number, number];
  const size = TINY.hidden / TINY.heads;
  return Array.from({ length: rows }, (_, row) => {
    const [head, channel] = [Math.floor(row / size), row % size];
    const from = head * size + (channel % (size / 2)) * 2 + Math.floor(channel / (size / 2));
    return values.slice(from * columns, (from + 1) * columns);
  }).flat();
}

/** Weights as the repacked file gives them. */
function stored(name: string, parts: Awaited<ReturnType<typeof readSafetensors>>): number[] {
  const part = (suffix: string) => parts.get(`${name}.${suffix}`);
  const whole = parts.get(name);
  if (whole) return floats(whole.data);
  const wide = part("q8_0.quants");
  if (wide) {
    const scales = floats(part("q8_0.scales")!.data);
    return Array.from(wide.data, (quant, i) => scales[i >> 5]! * (quant - 128));
  }
  const [scales, offsets] = [part("q4_1.scales")!, floats(part("q4_1.offsets")!.data)];
  const [rows, blocks] = scales.shape as [number, number];
  const scale = floats(scales.data);
  return nibbles(part("q4_1.quants")!.data).map((quant, i) => {
    const [row, block] = [Math.floor((i >> 5) / blocks), (i >> 5) % blocks];
    return (quant - 8) * scale[i >> 5]! + offsets[block * rows + row]!;
  });
}

function floats(data: Uint8Array): number[] {
  return [...new Float32Array(data.slice().buffer)];
}

function nibbles(data: Uint8Array): number[] {
  return [...data].flatMap(byte => [byte & 15, byte >> 4]);
}
