import type { DecoderMetadata } from "./gguf-config.ts";

/**
 * How an architecture of GGUF is laid out as Hugging Face does it. Names of GGUF:
 * https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py
 */
export interface GgufArchitecture {
  readonly class: string;
  readonly modelType: string;
  /** Names of tensors; `{n}` is the layer's number. */
  readonly tensors: Readonly<Record<string, string>>;
  /** Tensors that may be missing. */
  readonly optional: readonly string[];
  /** Tensors whose numbers belong to the config: no parameters. */
  readonly vectors?: readonly string[];
  /** Rows of these are stored in llama.cpp's rotary order; the value is the config key of how many heads they have. */
  readonly rotaryRows?: Readonly<Record<string, "num_attention_heads" | "num_key_value_heads">>;
  /** Norms of (1 + weight), stored with the 1 added. */
  readonly plusOne?: readonly string[];
  /** Matrices that the model holds as [in, out]. */
  readonly transposed?: readonly string[];
  /** Keys beyond those that all have. */
  readonly config: (metadata: DecoderMetadata) => Readonly<Record<string, unknown>>;
}

/** Tensors outside the layers. Where the head is missing, the embedding serves for the logits too. */
const ENDS = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
} as const;
const HEAD = ["output.weight"] as const;

const ATTENTION = {
  "blk.{n}.attn_q.weight": "model.layers.{n}.self_attn.q_proj.weight",
  "blk.{n}.attn_k.weight": "model.layers.{n}.self_attn.k_proj.weight",
  "blk.{n}.attn_v.weight": "model.layers.{n}.self_attn.v_proj.weight",
  "blk.{n}.attn_output.weight": "model.layers.{n}.self_attn.o_proj.weight",
} as const;
const ATTENTION_BIASES = {
  "blk.{n}.attn_q.bias": "model.layers.{n}.self_attn.q_proj.bias",
  "blk.{n}.attn_k.bias": "model.layers.{n}.self_attn.k_proj.bias",
  "blk.{n}.attn_v.bias": "model.layers.{n}.self_attn.v_proj.bias",
} as const;
const HEAD_NORMS = {
  "blk.{n}.attn_q_norm.weight": "model.layers.{n}.self_attn.q_norm.weight",
  "blk.{n}.attn_k_norm.weight": "model.layers.{n}.self_attn.k_norm.weight",
} as const;

const GATED = {
  "blk.{n}.ffn_gate.weight": "model.layers.{n}.mlp.gate_proj.weight",
  "blk.{n}.ffn_up.weight": "model.layers.{n}.mlp.up_proj.weight",
  "blk.{n}.ffn_down.weight": "model.layers.{n}.mlp.down_proj.weight",
} as const;

/** A norm before each half of the layer. */
const PRE_NORMS = {
  "blk.{n}.attn_norm.weight": "model.layers.{n}.input_layernorm.weight",
  "blk.{n}.ffn_norm.weight": "model.layers.{n}.post_attention_layernorm.weight",
} as const;
/** A norm after each half of the layer. */
const POST_NORMS = {
  "blk.{n}.post_attention_norm.weight": "model.layers.{n}.post_attention_layernorm.weight",
  "blk.{n}.post_ffw_norm.weight": "model.layers.{n}.post_feedforward_layernorm.weight",
} as const;
const BOTH_NORMS = {
  "blk.{n}.attn_norm.weight": "model.layers.{n}.input_layernorm.weight",
  "blk.{n}.ffn_norm.weight": "model.layers.{n}.pre_feedforward_layernorm.weight",
  ...POST_NORMS,
} as const;

const ROTARY_ROWS = {
  "blk.{n}.attn_q.weight": "num_attention_heads",
  "blk.{n}.attn_k.weight": "num_key_value_heads",
} as const;

const LLAMA = { ...ENDS, ...ATTENTION, ...PRE_NORMS, ...GATED };

const sizes = (metadata: DecoderMetadata) => ({
  hidden_size: metadata.embedding_length,
  intermediate_size: metadata.feed_forward_length,
});
const headSize = (metadata: DecoderMetadata) =>
  metadata["attention.key_length"] ?? metadata.embedding_length / metadata["attention.head_count"];

const rmsDecoder = (metadata: DecoderMetadata, activation = "silu") => ({
  ...sizes(metadata),
  head_dim: headSize(metadata),
  hidden_act: activation,
  rms_norm_eps: metadata.need("attention.layer_norm_rms_epsilon"),
  rope_theta: metadata["rope.freq_base"],
});

/** The largest Gemma 2 and 3 scale scores by another size than the head's; llama.cpp too knows them by their depth. */
const SCALED_BY_WIDTH: readonly number[] = [46, 62];

const gemmaDecoder = (metadata: DecoderMetadata) => ({
  ...rmsDecoder(metadata, "gelu_pytorch_tanh"),
  hidden_activation: "gelu_pytorch_tanh",
  attention_bias: false,
});
const windowedGemma = (metadata: DecoderMetadata) => ({
  ...gemmaDecoder(metadata),
  query_pre_attn_scalar: SCALED_BY_WIDTH.includes(metadata.block_count)
    ? metadata.embedding_length / metadata["attention.head_count"]
    : headSize(metadata),
  sliding_window: metadata["attention.sliding_window"] ?? 4096,
});

/** A weight and a bias of one name in GGUF. */
const withBias = (names: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(names).flatMap(([stored, name]) => [
      [`${stored}.weight`, `${name}.weight`],
      [`${stored}.bias`, `${name}.bias`],
    ]),
  );

/** By GGUF's `general.architecture`. Mistral's models call themselves llama. */
export const GGUF_ARCHITECTURES: Readonly<Record<string, GgufArchitecture>> = {
  llama: {
    class: "LlamaForCausalLM",
    modelType: "llama",
    tensors: LLAMA,
    optional: HEAD,
    vectors: ["rope_freqs.weight"],
    rotaryRows: ROTARY_ROWS,
    config: metadata => ({ ...rmsDecoder(metadata), attention_bias: false, mlp_bias: false }),
  },

  qwen2: {
    class: "Qwen2ForCausalLM",
    modelType: "qwen2",
    tensors: { ...LLAMA, ...ATTENTION_BIASES },
    optional: HEAD,
    config: metadata => ({ ...rmsDecoder(metadata), use_sliding_window: false }),
  },

  qwen3: {
    class: "Qwen3ForCausalLM",
    modelType: "qwen3",
    tensors: { ...LLAMA, ...HEAD_NORMS },
    optional: HEAD,
    config: metadata => ({ ...rmsDecoder(metadata), attention_bias: false, use_sliding_window: false }),
  },

  gemma: {
    class: "GemmaForCausalLM",
    modelType: "gemma",
    tensors: LLAMA,
    optional: HEAD,
    plusOne: ["output_norm.weight", ...Object.keys(PRE_NORMS)],
    config: gemmaDecoder,
  },

  gemma2: {
    class: "Gemma2ForCausalLM",
    modelType: "gemma2",
    tensors: { ...ENDS, ...ATTENTION, ...BOTH_NORMS, ...GATED },
    optional: HEAD,
    plusOne: ["output_norm.weight", ...Object.keys(BOTH_NORMS)],
    config: metadata => ({
      ...windowedGemma(metadata),
      attn_logit_softcapping: metadata.need("attn_logit_softcapping"),
      final_logit_softcapping: metadata.need("final_logit_softcapping"),
    }),
  },

  gemma3: {
    class: "Gemma3ForCausalLM",
    modelType: "gemma3_text",
    tensors: { ...ENDS, ...ATTENTION, ...HEAD_NORMS, ...BOTH_NORMS, ...GATED },
    optional: HEAD,
    plusOne: ["output_norm.weight", ...Object.keys(BOTH_NORMS), ...Object.keys(HEAD_NORMS)],
    config: metadata => ({
      ...windowedGemma(metadata),
      // not in the file: llama.cpp takes it as given
      rope_local_base_freq: 10000,
      sliding_window_pattern: 6,
    }),
  },

  phi3: {
    class: "Phi3ForCausalLM",
    modelType: "phi3",
    tensors: {
      ...ENDS,
      ...PRE_NORMS,
      "blk.{n}.attn_qkv.weight": "model.layers.{n}.self_attn.qkv_proj.weight",
      "blk.{n}.attn_output.weight": "model.layers.{n}.self_attn.o_proj.weight",
      "blk.{n}.ffn_up.weight": "model.layers.{n}.mlp.gate_up_proj.weight",
      "blk.{n}.ffn_down.weight": "model.layers.{n}.mlp.down_proj.weight",
    },
    optional: HEAD,
    vectors: ["rope_factors_long.weight", "rope_factors_short.weight"],
    config: metadata => {
      const { head_dim, ...decoder } = rmsDecoder(metadata);
      const rotated = metadata["rope.dimension_count"];
      return {
        ...decoder,
        partial_rotary_factor: rotated === undefined ? 1 : rotated / head_dim,
        original_max_position_embeddings:
          metadata["rope.scaling.original_context_length"] ?? metadata.context_length,
        sliding_window: metadata["attention.sliding_window"] ?? null,
      };
    },
  },

  olmo2: {
    class: "Olmo2ForCausalLM",
    modelType: "olmo2",
    tensors: { ...ENDS, ...ATTENTION, ...HEAD_NORMS, ...POST_NORMS, ...GATED },
    optional: HEAD,
    config: metadata => ({ ...rmsDecoder(metadata), attention_bias: false }),
  },

  granite: {
    class: "GraniteForCausalLM",
    modelType: "granite",
    tensors: LLAMA,
    optional: HEAD,
    rotaryRows: ROTARY_ROWS,
    config: metadata => ({
      ...rmsDecoder(metadata),
      attention_bias: false,
      mlp_bias: false,
      attention_multiplier: metadata.need("attention.scale"),
      embedding_multiplier: metadata.need("embedding_scale"),
      residual_multiplier: metadata.need("residual_scale"),
      logits_scaling: metadata.need("logit_scale"),
    }),
  },

  starcoder2: {
    class: "Starcoder2ForCausalLM",
    modelType: "starcoder2",
    tensors: {
      "token_embd.weight": "model.embed_tokens.weight",
      "output.weight": "lm_head.weight",
      ...withBias({
        output_norm: "model.norm",
        "blk.{n}.attn_norm": "model.layers.{n}.input_layernorm",
        "blk.{n}.attn_q": "model.layers.{n}.self_attn.q_proj",
        "blk.{n}.attn_k": "model.layers.{n}.self_attn.k_proj",
        "blk.{n}.attn_v": "model.layers.{n}.self_attn.v_proj",
        "blk.{n}.attn_output": "model.layers.{n}.self_attn.o_proj",
        "blk.{n}.ffn_norm": "model.layers.{n}.post_attention_layernorm",
        "blk.{n}.ffn_up": "model.layers.{n}.mlp.c_fc",
        "blk.{n}.ffn_down": "model.layers.{n}.mlp.c_proj",
      }),
    },
    optional: HEAD,
    config: metadata => ({
      ...sizes(metadata),
      hidden_act: "gelu_pytorch_tanh",
      norm_epsilon: metadata.need("attention.layer_norm_epsilon"),
      rope_theta: metadata["rope.freq_base"],
      sliding_window: metadata["attention.sliding_window"] ?? null,
      use_bias: true,
    }),
  },

  gpt2: {
    class: "GPT2LMHeadModel",
    modelType: "gpt2",
    tensors: {
      "token_embd.weight": "transformer.wte.weight",
      "position_embd.weight": "transformer.wpe.weight",
      "output.weight": "lm_head.weight",
      ...withBias({
        output_norm: "transformer.ln_f",
        "blk.{n}.attn_norm": "transformer.h.{n}.ln_1",
        "blk.{n}.attn_qkv": "transformer.h.{n}.attn.c_attn",
        "blk.{n}.attn_output": "transformer.h.{n}.attn.c_proj",
        "blk.{n}.ffn_norm": "transformer.h.{n}.ln_2",
        "blk.{n}.ffn_up": "transformer.h.{n}.mlp.c_fc",
        "blk.{n}.ffn_down": "transformer.h.{n}.mlp.c_proj",
      }),
    },
    optional: HEAD,
    transposed: [
      "blk.{n}.attn_qkv.weight",
      "blk.{n}.attn_output.weight",
      "blk.{n}.ffn_up.weight",
      "blk.{n}.ffn_down.weight",
    ],
    config: metadata => ({
      n_embd: metadata.embedding_length,
      n_inner: metadata.feed_forward_length,
      n_layer: metadata.block_count,
      n_head: metadata["attention.head_count"],
      n_positions: metadata.context_length,
      activation_function: "gelu_new",
      layer_norm_epsilon: metadata.need("attention.layer_norm_epsilon"),
    }),
  },
};
