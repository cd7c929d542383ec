import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { GgufFile } from "./gguf.ts";
import type { HuggingFaceConfig } from "./gguf-config.ts";

/** Token types of GGUF that become added tokens, matched in text before anything else. */
const CONTROL = 3;
const USER_DEFINED = 4;

const common = {
  tokens: v.array(v.string()),
  token_type: v.array(v.number()),
  add_bos_token: v.optional(v.boolean()),
  unknown_token_id: v.nullish(v.number()),
};

const tokenizerSchema = v.variant("model", [
  /** Byte-level byte-pair encoding. */
  v.object({ ...common, model: v.literal("gpt2"), pre: v.string(), merges: v.array(v.string()) }),
  /** SentencePiece's byte-pair encoding: what merges first is what has the higher score. */
  v.object({
    ...common,
    model: v.literal("llama"),
    scores: v.array(v.number()),
    add_space_prefix: v.optional(v.boolean(), true),
  }),
]);
type TokenizerMetadata = v.InferOutput<typeof tokenizerSchema>;

const byteLevel = (splits: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: splits,
});
const split = (pattern: string) => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});

/** Words with their contractions, numerals in groups of up to `digits`, runs of signs, of line ends, of space. */
const words = (digits: string) =>
  split(
    `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  );

interface Splitting {
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly normaliser?: Readonly<Record<string, unknown>>;
  /** Whole words that are tokens are not merged from parts. */
  readonly wholeWords?: boolean;
}

/** How text is split before byte-pair encoding, by GGUF's `tokenizer.ggml.pre`. */
const SPLITTING: Readonly<Record<string, Splitting>> = {
  "gpt-2": { steps: [byteLevel(true)] },
  // Every numeral by itself. (A Digits step means the same, but transformers.js takes it for ASCII digits alone.)
  smollm: { steps: [split("\\p{N}"), byteLevel(true)] },
  starcoder: { steps: [split("\\p{N}"), byteLevel(true)] },
  refact: { steps: [split("\\p{N}"), byteLevel(true)] },
  "llama-bpe": { steps: [words("{1,3}"), byteLevel(false)], wholeWords: true },
  dbrx: { steps: [words("{1,3}"), byteLevel(false)] },
  qwen2: { steps: [words(""), byteLevel(false)], normaliser: { type: "NFC" } },
};

/**
 * `tokenizer.json` and `tokenizer_config.json` of a GGUF file's tokenizer.
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
  const { tokens, token_type: types, unknown_token_id } = parsed.output;
  const kind = parsed.output.model === "gpt2" ? parsed.output.pre : parsed.output.model;
  const encoder = encoderOf(parsed.output, types);
  if (encoder === null || tokens.length !== types.length || tokens.length !== config.vocab_size) {
    throw new Error(
      t("{0}: its tokenizer ({1}, {2} tokens) is not supported.", file.path, kind, tokens.length),
    );
  }
  const addedTokens = tokens.flatMap((content, id) =>
    types[id] === CONTROL || types[id] === USER_DEFINED
      ? [addedToken(id, content, types[id] === CONTROL)]
      : [],
  );
  const text = (id: unknown): string | null => (typeof id === "number" ? (tokens[id] ?? null) : null);
  const bos = text(config.bos_token_id);
  // SentencePiece's models begin with the token unless they say that they do not
  const addBos = (parsed.output.add_bos_token ?? parsed.output.model === "llama") && bos !== null;
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: encoder.normalizer,
      pre_tokenizer: encoder.pre_tokenizer,
      post_processor: addBos ? beginWith(bos, config.bos_token_id!) : null,
      decoder: encoder.decoder,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: parsed.output.model === "llama" ? text(unknown_token_id) : null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: parsed.output.model === "llama",
        byte_fallback: parsed.output.model === "llama",
        ignore_merges: encoder.wholeWords,
        vocab,
        merges: encoder.merges,
      },
    },
    "tokenizer_config.json": {
      tokenizer_class: parsed.output.model === "llama" ? "PreTrainedTokenizerFast" : "GPT2Tokenizer",
      model_max_length: config.max_position_embeddings,
      add_prefix_space: false,
      add_bos_token: addBos,
      clean_up_tokenization_spaces: false,
      bos_token: bos,
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

interface Encoder {
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly decoder: unknown;
  readonly merges: readonly (string | readonly [string, string])[];
  readonly wholeWords: boolean;
}

/** Null where text is split in a way that is not known, or tables do not fit together. */
function encoderOf(tokenizer: TokenizerMetadata, types: readonly number[]): Encoder | null {
  if (tokenizer.model === "gpt2") {
    const { pre, merges } = tokenizer;
    const splitting = Object.hasOwn(SPLITTING, pre) ? SPLITTING[pre] : undefined;
    return splitting === undefined
      ? null
      : {
          normalizer: splitting.normaliser ?? null,
          pre_tokenizer: { type: "Sequence", pretokenizers: splitting.steps },
          decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
          merges,
          wholeWords: splitting.wholeWords ?? false,
        };
  }
  if (tokenizer.scores.length !== tokenizer.tokens.length) return null;
  const spaces = { type: "Replace", pattern: { String: " " }, content: SPACE };
  const prefix = tokenizer.add_space_prefix;
  return {
    normalizer: {
      type: "Sequence",
      normalizers: [...(prefix ? [{ type: "Prepend", prepend: SPACE }] : []), spaces],
    },
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: SPACE }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    merges: mergesOf(tokenizer.tokens, tokenizer.scores, types),
    wholeWords: false,
  };
}

/** How SentencePiece writes a space. */
const SPACE = "▁";

const NORMAL = 1;

/**
 * The merges that scores stand for: every way to make a token from two others, the best score first, and of one token
 * those whose parts come first.
 */
function mergesOf(
  tokens: readonly string[],
  scores: readonly number[],
  types: readonly number[],
): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const found: { readonly pair: [string, string]; readonly score: number; readonly order: number[] }[] = [];
  for (const [id, token] of tokens.entries()) {
    if (types[id] !== NORMAL) continue;
    const characters = [...token];
    for (let at = 1; at < characters.length; at++) {
      const pair: [string, string] = [characters.slice(0, at).join(""), characters.slice(at).join("")];
      const [left, right] = [ids.get(pair[0]), ids.get(pair[1])];
      if (left !== undefined && right !== undefined)
        found.push({ pair, score: scores[id]!, order: [left, right] });
    }
  }
  found.sort((a, b) => b.score - a.score || a.order[0]! - b.order[0]! || a.order[1]! - b.order[1]!);
  return found.map(({ pair }) => pair);
}

/** Puts a token before every text. */
function beginWith(token: string, id: number) {
  const special = { SpecialToken: { id: token, type_id: 0 } };
  return {
    type: "TemplateProcessing",
    single: [special, { Sequence: { id: "A", type_id: 0 } }],
    pair: [special, { Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

function addedToken(id: number, content: string, special: boolean) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

function section(metadata: Readonly<Record<string, unknown>>, prefix: string): Record<string, unknown> {
  const entries = Object.entries(metadata).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
