import type { Token } from "../../shared/run.ts";
import type { Sampler } from "./sampling.ts";

/** Logits that follow the last of `ids`. A cached step is given new ids only, one without a cache all of them. */
export type Step = (ids: readonly number[]) => Promise<ArrayLike<number>>;

/** What is kept from one step to the next: keys and values in one buffer, what forward returned, or nothing. */
export type Keeping = "in-place" | "handed-on" | "nothing";

/** How the text of new tokens is found. */
export interface TextOfTokens {
  /** The text that one more id adds. */
  push(id: number): string | Promise<string>;
  whole(ids: readonly number[]): string | Promise<string>;
}

export interface GenerationOptions {
  readonly start: readonly number[];
  readonly tokens: number;
  readonly stop: readonly number[];
  /** Whether `step` remembers what it was given. */
  readonly cached: boolean;
  readonly step: Step;
  readonly sample: Sampler;
  /** Null: ids alone. */
  readonly text: TextOfTokens | null;
  readonly onToken: (token: Token) => void;
  readonly cancelled: () => boolean;
}

export interface GenerationOutcome {
  readonly text: string;
  /** New ids, with the one that ended the text if one did. */
  readonly tokens: readonly number[];
  readonly prefillMs: number;
  /** Mean over the steps after the first; 0 where there is none. */
  readonly decodeMsPerToken: number;
}

/** Continues `start` token by token until a stop id, the limit or a cancellation. */
export async function generate(options: GenerationOptions): Promise<GenerationOutcome> {
  const { start, step, sample, stop, text } = options;
  const tokens: number[] = [];
  let prefillMs = 0;
  let decodeMs = 0;
  for (let fresh = start; tokens.length < options.tokens; ) {
    const began = performance.now();
    const logits = await step(options.cached ? fresh : [...start, ...tokens]);
    const id = sample(logits);
    const elapsed = performance.now() - began;
    if (tokens.length === 0) prefillMs = elapsed;
    else decodeMs += elapsed;
    tokens.push(id);
    options.onToken({ id, text: (await text?.push(id)) ?? "" });
    if (stop.includes(id)) break;
    fresh = [id];
    // Lets a cancellation in, and the token out.
    await new Promise(resolve => setImmediate(resolve));
    if (options.cancelled()) break;
  }
  return {
    text: (await text?.whole(tokens)) ?? "",
    tokens,
    prefillMs,
    decodeMsPerToken: tokens.length > 1 ? decodeMs / (tokens.length - 1) : 0,
  };
}
