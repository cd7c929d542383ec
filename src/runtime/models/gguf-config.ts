import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { GgufFile } from "./gguf.ts";
import { GGUF_ARCHITECTURES, type GgufArchitecture } from "./gguf-architectures.ts";

/** A config in Hugging Face's words, with what the other files of the folder are made from. */
export interface HuggingFaceConfig {
  readonly vocab_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly max_position_embeddings: number;
  readonly bos_token_id: number | null;
  readonly eos_token_id: number | null;
  readonly pad_token_id: number | null;
  readonly [key: string]: unknown;
}

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const token = v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), null);

/** What decoders say of themselves, without the prefix of the architecture; what is not optional all of them say. */
const decoderSchema = v.object({
  block_count: size,
  context_length: size,
  embedding_length: size,
  feed_forward_length: size,
  "attention.head_count": size,
  "attention.head_count_kv": v.optional(size),
  "attention.layer_norm_rms_epsilon": v.optional(v.number()),
  "attention.layer_norm_epsilon": v.optional(v.number()),
  "attention.key_length": v.optional(size),
  "attention.sliding_window": v.optional(size),
  "attention.scale": v.optional(v.number()),
  "rope.dimension_count": v.optional(size),
  "rope.freq_base": v.optional(v.number(), 10000),
  "rope.scaling.type": v.optional(v.picklist(["none", "linear", "longrope"])),
  "rope.scaling.factor": v.optional(v.number()),
  "rope.scaling.original_context_length": v.optional(size),
  attn_logit_softcapping: v.optional(v.number()),
  final_logit_softcapping: v.optional(v.number()),
  embedding_scale: v.optional(v.number()),
  residual_scale: v.optional(v.number()),
  logit_scale: v.optional(v.number()),
  bos: token,
  eos: token,
  pad: token,
});

/** Metadata of a decoder, and the numbers of its tensors that belong to the config. */
export type DecoderMetadata = v.InferOutput<typeof decoderSchema> & {
  readonly vocabulary: number;
  readonly tied: boolean;
  readonly vectors: ReadonlyMap<string, readonly number[]>;
  /** @throws Error naming the file and the key where it is not there. */
  readonly need: (key: keyof v.InferOutput<typeof decoderSchema>) => number;
};

/** Stored as float32: the shortest decimal that gives the same one. */
export const decimal = (value: number): number => Number(value.toPrecision(7));

/**
 * The layout of a file's architecture and its config in Hugging Face's words.
 * @param vectors numbers of the tensors that `GgufArchitecture.vectors` names, as far as the file has them.
 * @throws Error where the architecture is not supported or a key is missing or out of range.
 */
export function huggingFaceConfig(
  file: GgufFile,
  vectors: ReadonlyMap<string, readonly number[]>,
): HuggingFaceConfig {
  const { name, architecture } = architectureOf(file);
  const keys = Object.entries(file.metadata)
    .filter(([key]) => key.startsWith(`${name}.`))
    .map(([key, value]) => [key.slice(name.length + 1), value]);
  const parsed = v.safeParse(decoderSchema, {
    ...Object.fromEntries(keys),
    bos: file.metadata["tokenizer.ggml.bos_token_id"],
    eos: file.metadata["tokenizer.ggml.eos_token_id"],
    pad: file.metadata["tokenizer.ggml.padding_token_id"],
  });
  const unexpected = (key: string, reason: string) =>
    new Error(t("{0}: {1}.{2} is not as expected: {3}", file.path, name, key, reason));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw unexpected(v.getDotPath(issue) ?? "", issue.message);
  }
  const metadata: DecoderMetadata = {
    ...parsed.output,
    vocabulary: file.tensors.get("token_embd.weight")?.shape[0] ?? 0,
    tied: !file.tensors.has("output.weight"),
    vectors,
    need: key => {
      const value = parsed.output[key];
      if (typeof value === "number") return decimal(value);
      throw unexpected(key, t("it is missing"));
    },
  };
  const heads = metadata["attention.head_count"];
  const own = architecture.config(metadata);
  const scaling = ropeScaling(metadata, file);
  return {
    architectures: [architecture.class],
    model_type: architecture.modelType,
    vocab_size: metadata.vocabulary,
    num_hidden_layers: metadata.block_count,
    num_attention_heads: heads,
    num_key_value_heads: metadata["attention.head_count_kv"] ?? heads,
    max_position_embeddings: metadata.context_length,
    ...own,
    ...scaling,
    tie_word_embeddings: metadata.tied,
    bos_token_id: metadata.bos,
    eos_token_id: metadata.eos,
    pad_token_id: metadata.pad,
    torch_dtype: "float32",
  };
}

/** @throws Error where the file's architecture is not in the table. */
export function architectureOf(file: GgufFile): { name: string; architecture: GgufArchitecture } {
  const name = String(file.metadata["general.architecture"]);
  const architecture = Object.hasOwn(GGUF_ARCHITECTURES, name) ? GGUF_ARCHITECTURES[name] : undefined;
  if (architecture !== undefined) return { name, architecture };
  const known = Object.keys(GGUF_ARCHITECTURES).join(", ");
  throw new Error(t("{0} has architecture {1}; supported in GGUF files: {2}.", file.path, name, known));
}

/** How rotary angles are stretched, in Hugging Face's words. */
function ropeScaling(metadata: DecoderMetadata, file: GgufFile): Record<string, unknown> {
  const { vectors } = metadata;
  const long = vectors.get("rope_factors_long.weight");
  const short = vectors.get("rope_factors_short.weight");
  if (long && short) {
    return {
      original_max_position_embeddings: metadata.need("rope.scaling.original_context_length"),
      rope_scaling: { rope_type: "longrope", type: "longrope", long_factor: long, short_factor: short },
    };
  }
  const stretched = vectors.get("rope_freqs.weight");
  if (stretched) return { rope_scaling: stretchedByWavelength(stretched, metadata, file) };
  return metadata["rope.scaling.type"] === "linear"
    ? { rope_scaling: { rope_type: "linear", factor: metadata.need("rope.scaling.factor") } }
    : {};
}

/** What Llama 3.1 and later stretch by; the file holds the factor of each wavelength alone. */
const LLAMA3 = {
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
} as const;

/**
 * The `llama3` scaling that gives these factors.
 * @throws Error where it does not.
 */
function stretchedByWavelength(
  factors: readonly number[],
  metadata: DecoderMetadata,
  file: GgufFile,
): Record<string, unknown> {
  const factor = decimal(Math.max(...factors));
  const { low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: original } = LLAMA3;
  const fits = factors.every((found, i) => {
    const wavelength = 2 * Math.PI * metadata["rope.freq_base"] ** (i / factors.length);
    const smooth = Math.min(1, Math.max(0, (original / wavelength - low) / (high - low)));
    return Math.abs(found * ((1 - smooth) / factor + smooth) - 1) < 1e-3;
  });
  if (fits) return { rope_type: "llama3", factor, ...LLAMA3 };
  throw new Error(
    t("{0}: tensor {1} stretches positions in a way that is not supported.", file.path, "rope_freqs.weight"),
  );
}

/** @throws Error where a tensor that the architecture needs is not in the file. */
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
