import { existsSync } from "node:fs";
import { join } from "node:path";
import type { OpenRequest } from "../../src/runtime/live/types.ts";
import { userCache } from "../../src/runtime/models/cache.ts";
import { referenceSource } from "../../src/runtime/models/zoo.ts";
import { Unavailable } from "./measurement.ts";

const ID = "smollm2-135m-instruct";

/**
 * SmolLM2 in this person's cache, run from its reference source.
 * @throws Unavailable where it has not been added.
 */
export function smolLm2(): OpenRequest & { readonly checkpoint: string } {
  const checkpoint = join(userCache().models, ID);
  if (!existsSync(join(checkpoint, "config.json")))
    throw new Unavailable(`${ID} is not in the cache; add it: node dist/cli.js models add ${ID}`);
  return { source: llamaSource(), class: "LlamaForCausalLM", checkpoint, transformers: null };
}

export function llamaSource(): string {
  const source = referenceSource("llama");
  if (!source) throw new Unavailable("media/sources/llama.py is missing");
  return source;
}

/** `length` ids that mean nothing, the same for the same round: what is timed does not depend on which they are. */
export function someIds(length: number, round = 0): number[] {
  return Array.from({ length }, (_, i) => 1000 + (((i + 10) * 7919 + (round + 10) * 31) % 30_000));
}
