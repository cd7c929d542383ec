import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { GgufFile } from "./gguf.ts";

/** How an architecture of GGUF is laid out as Hugging Face does it. */
export interface GgufArchitecture {
  /** Names of tensors; `{n}` is the layer's number. */
  readonly tensors: Readonly<Record<string, string>>;
  /** Tensors that may be missing. */
  readonly optional: readonly string[];
  /** Rows of these are stored in llama.cpp's rotary order; the value is the config key of how many heads they have. */
  readonly rotaryRows: Readonly<Record<string, "num_attention_heads" | "num_key_value_heads">>;
  readonly config: (metadata: LlamaMetadata, file: GgufFile) => HuggingFaceConfig;
}

export interface HuggingFaceConfig {
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly [key: string]: unknown;
}

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const token = v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), null);

/** Without the prefix `llama.` of the architecture. */
const llamaSchema = v.object({
  block_count: size,
  context_length: size,
  embedding_length: size,
  feed_forward_length: size,
  "attention.head_count": size,
  "attention.head_count_kv": size,
  "attention.layer_norm_rms_epsilon": v.number(),
  "attention.key_length": v.optional(size),
  "rope.freq_base": v.optional(v.number(), 10000),
  "rope.scaling.type": v.optional(v.literal("none")),
  bos: token,
  eos: token,
  pad: token,
});
type LlamaMetadata = v.InferOutput<typeof llamaSchema>;

/** By GGUF's `general.architecture`. */
export const GGUF_ARCHITECTURES: Readonly<Record<string, GgufArchitecture>> = {
  llama: {
    tensors: {
      "token_embd.weight": "model.embed_tokens.weight",
      "blk.{n}.attn_norm.weight": "model.layers.{n}.input_layernorm.weight",
      "blk.{n}.attn_q.weight": "model.layers.{n}.self_attn.q_proj.weight",
      "blk.{n}.attn_k.weight": "model.layers.{n}.self_attn.k_proj.weight",
      "blk.{n}.attn_v.weight": "model.layers.{n}.self_attn.v_proj.weight",
      "blk.{n}.attn_output.weight": "model.layers.{n}.self_attn.o_proj.weight",
      "blk.{n}.ffn_norm.weight": "model.layers.{n}.post_attention_layernorm.weight",
      "blk.{n}.ffn_gate.weight": "model.layers.{n}.mlp.gate_proj.weight",
      "blk.{n}.ffn_up.weight": "model.layers.{n}.mlp.up_proj.weight",
      "blk.{n}.ffn_down.weight": "model.layers.{n}.mlp.down_proj.weight",
      "output_norm.weight": "model.norm.weight",
      "output.weight": "lm_head.weight",
    },
    // Where it is missing, the embedding serves for the logits too.
    optional: ["output.weight"],
    rotaryRows: {
      "blk.{n}.attn_q.weight": "num_attention_heads",
      "blk.{n}.attn_k.weight": "num_key_value_heads",
    },
    config: (metadata, file) => ({
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: file.tensors.get("token_embd.weight")?.shape[0] ?? 0,
      hidden_size: metadata.embedding_length,
      intermediate_size: metadata.feed_forward_length,
      num_hidden_layers: metadata.block_count,
      num_attention_heads: metadata["attention.head_count"],
      num_key_value_heads: metadata["attention.head_count_kv"],
      head_dim:
        metadata["attention.key_length"] ?? metadata.embedding_length / metadata["attention.head_count"],
      hidden_act: "silu",
      attention_bias: false,
      mlp_bias: false,
      max_position_embeddings: metadata.context_length,
      // Stored as float32: the shortest decimal that gives the same one.
      rms_norm_eps: Number(metadata["attention.layer_norm_rms_epsilon"].toPrecision(7)),
      rope_theta: metadata["rope.freq_base"],
      tie_word_embeddings: !file.tensors.has("output.weight"),
      bos_token_id: metadata.bos,
      eos_token_id: metadata.eos,
      pad_token_id: metadata.pad,
      torch_dtype: "float32",
    }),
  },
};

/**
 * The layout of a file's architecture and its config in Hugging Face's words.
 * @throws Error where the architecture is not supported or a key is missing or out of range.
 */
export function huggingFaceConfig(file: GgufFile): {
  architecture: GgufArchitecture;
  config: HuggingFaceConfig;
} {
  const name = String(file.metadata["general.architecture"]);
  const architecture = Object.hasOwn(GGUF_ARCHITECTURES, name) ? GGUF_ARCHITECTURES[name] : undefined;
  if (architecture === undefined) {
    const known = Object.keys(GGUF_ARCHITECTURES).join(", ");
    throw new Error(t("{0} has architecture {1}; supported in GGUF files: {2}.", file.path, name, known));
  }
  const keys = Object.entries(file.metadata)
    .filter(([key]) => key.startsWith(`${name}.`))
    .map(([key, value]) => [key.slice(name.length + 1), value]);
  const parsed = v.safeParse(llamaSchema, {
    ...Object.fromEntries(keys),
    bos: file.metadata["tokenizer.ggml.bos_token_id"],
    eos: file.metadata["tokenizer.ggml.eos_token_id"],
    pad: file.metadata["tokenizer.ggml.padding_token_id"],
  });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(
      t("{0}: {1}.{2} is not as expected: {3}", file.path, name, v.getDotPath(issue) ?? "", issue.message),
    );
  }
  return { architecture, config: architecture.config(parsed.output, file) };
}

/**
 * @throws Error where a tensor that the architecture needs is not in the file.
 */
export function requireTensors(file: GgufFile, architecture: GgufArchitecture, layers: number): void {
  for (const pattern of Object.keys(architecture.tensors)) {
    if (architecture.optional.includes(pattern)) continue;
    const count = pattern.includes("{n}") ? layers : 1;
    for (let layer = 0; layer < count; layer++) {
      const name = pattern.replace("{n}", String(layer));
      if (file.tensors.has(name)) continue;
      throw new Error(
        t(
          "{0} lacks tensor {1}. If the model is split into several files, join them first.",
          file.path,
          name,
        ),
      );
    }
  }
}

/** The table's key for a tensor's name and the layer's number: `blk.3.attn_q.weight` is `blk.{n}.attn_q.weight`, 3. */
export function splitLayer(name: string): { pattern: string; layer: string } {
  const match = /^blk\.(\d+)\.(.+)$/.exec(name);
  return match ? { pattern: `blk.{n}.${match[2]}`, layer: match[1]! } : { pattern: name, layer: "" };
}
