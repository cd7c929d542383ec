import type { Token } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import { readsTokens, tableRows } from "../recognise/arguments.ts";

/** Ids below are often special: padding, begin, end. */
const FIRST_ID = 3;

/**
 * A model without a checkpoint has no tokenizer, and its random weights know no words: any ids serve, as long as equal
 * words have equal ids. Words and marks are counted up as they come; an id that no word has yet is shown by its number.
 */
export class WordTokens {
  readonly #size: number;
  readonly #ids = new Map<string, number>();
  readonly #texts = new Map<number, string>();

  constructor(trace: Trace) {
    this.#size = vocabularySize(trace);
  }

  tokenize(text: string): Token[] {
    return words(text).map(word => ({ id: this.#idOf(word), text: word }));
  }

  decode(ids: readonly number[]): Token[] {
    return ids.map(id => ({ id, text: this.#texts.get(id) ?? `#${id}` }));
  }

  #idOf(word: string): number {
    const known = this.#ids.get(word.trim());
    if (known !== undefined) return known;
    const id = (FIRST_ID + this.#ids.size) % this.#size;
    this.#ids.set(word.trim(), id);
    if (!this.#texts.has(id)) this.#texts.set(id, word);
    return id;
  }
}

/** Letters, digits and single marks, each with the space before it. */
export function words(text: string): readonly string[] {
  return text.match(/\s?(?:[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}])|\s+/gu) ?? [];
}

/** Rows of the smallest table that tokens look up; many where none is found. */
export function vocabularySize(trace: Trace): number {
  const sizes = trace.values.flatMap(({ leaf }, value) =>
    leaf?.kind === "input" && readsTokens(trace, value) ? (tableRows(trace, value) ?? []) : [],
  );
  return Math.min(...sizes, 2 ** 15);
}
