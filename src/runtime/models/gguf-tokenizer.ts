import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { GgufFile } from "./gguf.ts";
import type { HuggingFaceConfig } from "./gguf-architectures.ts";

/** Token types of GGUF that become added tokens, matched in text before anything else. */
const CONTROL = 3;
const USER_DEFINED = 4;

const tokenizerSchema = v.object({
  model: v.literal("gpt2"),
  pre: v.string(),
  tokens: v.array(v.string()),
  token_type: v.array(v.number()),
  merges: v.array(v.string()),
  add_bos_token: v.optional(v.boolean(), false),
  unknown_token_id: v.nullish(v.number()),
});

const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

/** How text is split before byte-pair encoding, by GGUF's `tokenizer.ggml.pre`. */
const PRE_TOKENIZERS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  "gpt-2": [BYTE_LEVEL],
  // Every numeral by itself. (A Digits step means the same, but transformers.js takes it for ASCII digits alone.)
  smollm: [{ type: "Split", pattern: { Regex: "\\p{N}" }, behavior: "Isolated", invert: false }, BYTE_LEVEL],
};

/**
 * `tokenizer.json` and `tokenizer_config.json` of a GGUF file's byte-level BPE tokenizer.
 * @throws Error where its kind is not supported or its tables do not fit together.
 */
export function huggingFaceTokenizer(
  file: GgufFile,
  config: HuggingFaceConfig,
): { "tokenizer.json": unknown; "tokenizer_config.json": unknown } {
  const { metadata } = file;
  const parsed = v.safeParse(tokenizerSchema, section(metadata, "tokenizer.ggml."));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const key = `tokenizer.ggml.${v.getDotPath(issue) ?? ""}`;
    throw new Error(t("{0}: {1} is not as expected: {2}", file.path, key, issue.message));
  }
  const { pre, tokens, token_type: types, merges, add_bos_token, unknown_token_id } = parsed.output;
  const preTokenizers = Object.hasOwn(PRE_TOKENIZERS, pre) ? PRE_TOKENIZERS[pre] : undefined;
  if (preTokenizers === undefined || tokens.length !== types.length || tokens.length !== config.vocab_size) {
    throw new Error(
      t("{0}: its tokenizer ({1}, {2} tokens) is not supported.", file.path, pre, tokens.length),
    );
  }
  const addedTokens = tokens.flatMap((content, id) =>
    types[id] === CONTROL || types[id] === USER_DEFINED
      ? [addedToken(id, content, types[id] === CONTROL)]
      : [],
  );
  const text = (id: unknown): string | null => (typeof id === "number" ? (tokens[id] ?? null) : null);
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: null,
      pre_tokenizer: { type: "Sequence", pretokenizers: preTokenizers },
      post_processor: null,
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges,
      },
    },
    "tokenizer_config.json": {
      tokenizer_class: "GPT2Tokenizer",
      model_max_length: config.max_position_embeddings,
      add_prefix_space: false,
      add_bos_token,
      clean_up_tokenization_spaces: false,
      bos_token: text(config.bos_token_id),
      eos_token: text(config.eos_token_id),
      pad_token: text(config.pad_token_id),
      unk_token: text(unknown_token_id),
      added_tokens_decoder: Object.fromEntries(addedTokens.map(({ id, ...token }) => [id, token])),
      ...(typeof metadata["tokenizer.chat_template"] === "string" && {
        chat_template: metadata["tokenizer.chat_template"],
      }),
    },
  };
}

function addedToken(id: number, content: string, special: boolean) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

function section(metadata: Readonly<Record<string, unknown>>, prefix: string): Record<string, unknown> {
  const entries = Object.entries(metadata).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
