import { join } from "node:path";
import type { PreTrainedTokenizer } from "@huggingface/transformers";
import { t } from "../../shared/l10n.ts";
import type { Token } from "../../shared/run.ts";
import { readWholeFile } from "../whole-file.ts";
import type { TextOfTokens } from "./generation.ts";

/** Text to ids and back, from the tokenizer files of a checkpoint folder. */
export class CheckpointTokenizer {
  readonly #tokenizer: PreTrainedTokenizer;
  readonly #folder: string;

  private constructor(tokenizer: PreTrainedTokenizer, folder: string) {
    this.#tokenizer = tokenizer;
    this.#folder = folder;
  }

  /**
   * Reads tokenizer.json, tokenizer_config.json and chat_template.jinja; only the first has to be there.
   * @throws Error that names the folder when it has no tokenizer.
   */
  static async load(folder: string): Promise<CheckpointTokenizer> {
    const [vocabulary, config, template] = await Promise.all([
      readJson(join(folder, "tokenizer.json")),
      readJson(join(folder, "tokenizer_config.json")),
      readWholeFile(join(folder, "chat_template.jinja")),
    ]);
    if (vocabulary === null) {
      throw new Error(
        t(
          "{0} has no tokenizer.json; add the model's tokenizer files or give token ids instead of text.",
          folder,
        ),
      );
    }
    const library = await import("@huggingface/transformers");
    library.env.allowRemoteModels = false;
    const settings: Record<string, unknown> = { ...config };
    if (template !== null) settings.chat_template = template;
    const name = String(settings.tokenizer_class ?? "PreTrainedTokenizer").replace(/Fast$/, "");
    const classes = library as unknown as Record<string, typeof PreTrainedTokenizer | undefined>;
    const Tokenizer = /Tokenizer$/.test(name) ? classes[name] : undefined;
    return new CheckpointTokenizer(
      new (Tokenizer ?? library.PreTrainedTokenizer)(vocabulary, settings),
      folder,
    );
  }

  /**
   * @param chat the text is one message of a user, in the checkpoint's own chat template, with the opening of the answer.
   * @throws Error when a chat is asked of a checkpoint without a template.
   */
  encode(text: string, chat = false): number[] {
    if (!chat) return this.#tokenizer.encode(text);
    if (!this.#tokenizer.chat_template) {
      throw new Error(
        t("{0} has no chat template, so it was not trained to chat; leave out --chat.", this.#folder),
      );
    }
    const ids: unknown = this.#tokenizer.apply_chat_template([{ role: "user", content: text }], {
      add_generation_prompt: true,
      tokenize: true,
      return_tensor: false,
      return_dict: false,
    });
    return (ids as (number | bigint)[]).map(Number);
  }

  /** The whole text of ids. */
  decode(ids: readonly number[], options: { readonly special: boolean }): string {
    if (ids.length === 0) return "";
    return this.#tokenizer.decode([...ids], {
      skip_special_tokens: !options.special,
      clean_up_tokenization_spaces: false,
    });
  }

  /** Text of a continuation as it grows, special tokens left out. */
  continuation(): TextOfTokens {
    const pieces = new PieceStream(this, { special: false });
    return { push: id => pieces.push(id), whole: ids => this.decode(ids, { special: false }) };
  }

  /** Pieces of ids, special tokens by their names. */
  pieces(ids: readonly number[]): Token[] {
    const stream = new PieceStream(this, { special: true });
    return ids.map(id => ({ id, text: stream.push(id) }));
  }
}

/** Tokens after which broken bytes are shown as such rather than waited on. */
const LONGEST_CHARACTER = 8;

/** Text of ids as they come. A character of several tokens is held back until its last one. */
export class PieceStream {
  readonly #tokenizer: CheckpointTokenizer;
  readonly #special: boolean;
  /** Ids whose text gives the context for the next; decoding them all each time would be quadratic. */
  #context: number[] = [];
  #pending: number[] = [];

  constructor(tokenizer: CheckpointTokenizer, options: { readonly special: boolean }) {
    this.#tokenizer = tokenizer;
    this.#special = options.special;
  }

  /** The text that this id completes; empty in the middle of a character. */
  push(id: number): string {
    this.#pending.push(id);
    const options = { special: this.#special };
    const before = this.#tokenizer.decode(this.#context, options);
    const after = this.#tokenizer.decode([...this.#context, ...this.#pending], options);
    if (after.endsWith("\uFFFD") && this.#pending.length < LONGEST_CHARACTER) return "";
    this.#context = this.#pending;
    this.#pending = [];
    return after.startsWith(before) ? after.slice(before.length) : after;
  }
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  const text = await readWholeFile(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Error(t("{0} is not valid JSON: {1}", path, (error as Error).message));
  }
}
