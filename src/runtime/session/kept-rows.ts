import type { Tensor } from "../../shared/dtype.ts";
import { numbers } from "./numbers.ts";

/** Rows of room that a buffer grows by: more of it is cleared at each step, less is copied more often. */
const GROWTH = 64;

/** Keys or values of all tokens of one text so far: float32 [1, heads, room, width], of which the first rows are filled. */
export class KeptRows {
  readonly #heads: number;
  readonly #width: number;
  #room = 0;
  #length = 0;
  #data = new Float32Array();

  constructor(heads: number, width: number) {
    this.#heads = heads;
    this.#width = width;
    this.#grow(1);
  }

  get tensor(): Tensor {
    const { buffer } = this.#data;
    return {
      dtype: "float32",
      shape: [1, this.#heads, this.#room, this.#width],
      data: new Uint8Array(buffer),
    };
  }

  /** @param joined whether `fresh` is [1, tokens, heads · width], else [1, heads, tokens, width]. */
  append(fresh: Tensor, tokens: number, joined: boolean): void {
    this.#grow(tokens);
    const rows = numbers(fresh) as Float32Array;
    const [ofHead, ofToken] = joined ? [1, this.#heads] : [tokens, 1];
    for (let head = 0; head < this.#heads; head++) {
      for (let token = 0; token < tokens; token++) {
        const from = (head * ofHead + token * ofToken) * this.#width;
        const to = (head * this.#room + this.#length + token) * this.#width;
        this.#data.set(rows.subarray(from, from + this.#width), to);
      }
    }
    this.#length += tokens;
  }

  /** Makes room for more rows. */
  #grow(tokens: number): void {
    const needed = this.#length + tokens;
    if (needed <= this.#room) return;
    const room = Math.ceil(needed / GROWTH) * GROWTH;
    const data = new Float32Array(this.#heads * room * this.#width);
    for (let head = 0; head < this.#heads; head++) {
      const from = head * this.#room * this.#width;
      data.set(this.#data.subarray(from, from + this.#length * this.#width), head * room * this.#width);
    }
    this.#data = data;
    this.#room = room;
  }
}
