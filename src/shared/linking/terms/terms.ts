import type { ComponentId } from "../../catalogue/index.ts";
import { attentionTerms } from "./attention.ts";
import { blockTerms } from "./blocks.ts";
import type { Condition } from "./condition.ts";
import { inputTerms } from "./input.ts";
import { koreanTerms } from "./korean.ts";
import { outputTerms } from "./outputs.ts";

/** Spellings of a component beside its names and aliases in the catalogue; patterns as in `Spelling`. */
export interface Terms {
  readonly component: ComponentId;
  readonly patterns: readonly string[];
  /** Where the spelling has other meanings. It then also replaces the catalogue's unconditional alias. */
  readonly when?: Condition;
}

/** Every spelling; a later one replaces an equal earlier one. */
export const terms: readonly Terms[] = [
  ...inputTerms,
  ...blockTerms,
  ...attentionTerms,
  ...outputTerms,
  ...koreanTerms,
];

/** Components whose names mean nothing else: a text that is not about neural networks may speak of them, too. */
export const unmistakable: ReadonlySet<ComponentId> = new Set(["bag-of-words", "word2vec", "audio-frontend"]);

/** Names and aliases of the catalogue that papers also use for something else, or that are too general to link. */
export const unlinkedAliases: readonly string[] = [
  "sampling",
  "relative position",
  "hidden state",
  "샘플링",
  "풀링",
  "상대 위치",
  "은닉 상태",
];
