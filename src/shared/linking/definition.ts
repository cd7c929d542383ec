import type { ComponentId } from "../catalogue/index.ts";
import type { Mention } from "./mention.ts";
import { LONGEST_SENTENCE, quoted, sentenceAround } from "./sentence.ts";

/** A sentence of a paper that says what a component is. */
export interface Definition {
  /** Index of its page. */
  readonly page: number;
  readonly sentence: string;
  /** The mention that is explained. */
  readonly mention: Mention;
}

/** What follows a term that is being explained. */
const EXPLAINED =
  /^[^.;:]{0,40}?\b(?:is|are|can be described as|consists? of|allows?|computes?|maps?|refers? to|turns?|means|works? on|compares?|runs?|keeps?|sets?|limits?|cuts?)\b/i;
/** What comes before a term that is being introduced. */
const INTRODUCED = /\b(?:called|call|known as|define|propose|introduce|termed)\b[^.;:]{0,40}$/i;
/** What may come before the subject of a sentence. */
const OPENING = /^["“(]?(?:(?:the|a|an|our|this|each|every|standard|in|here,|where)\s+){0,2}["“]?$/i;
const SHORTEST = 40;

/**
 * The first sentence that explains a component rather than uses it: one in which its term is the subject of a verb of
 * explanation, or which introduces the term. Null if no sentence is that plain.
 */
export function definingSentence(
  pages: readonly string[],
  mentions: readonly (readonly Mention[])[],
  component: ComponentId,
): Definition | null {
  for (const pattern of [EXPLAINED, INTRODUCED]) {
    for (const [page, found] of mentions.entries()) {
      const points = found.some(mention => mention.component === component)
        ? Array.from(pages[page] ?? "")
        : [];
      for (const mention of found) {
        if (mention.component !== component) continue;
        const { text: sentence, start } = sentenceAround(points, mention.start, mention.end);
        if (sentence.length < SHORTEST || sentence.length > LONGEST_SENTENCE) continue;
        const before = sentence.slice(0, mention.start - start);
        const after = sentence.slice(mention.end - start);
        const explains =
          pattern === EXPLAINED ? OPENING.test(before) && pattern.test(after) : pattern.test(before);
        if (explains && /[.!?]$/.test(sentence)) return { page, sentence: quoted(sentence), mention };
      }
    }
  }
  return null;
}
