import type { ComponentId } from "../catalogue/index.ts";
import type { Mention } from "./mention.ts";

/** A sentence of a paper that says what a component is. */
export interface Definition {
  /** Index of its page. */
  readonly page: number;
  readonly sentence: string;
}

/** What follows a term that is being explained. */
const EXPLAINED =
  /^[^.;:]{0,40}?\b(?:is|are|can be described as|consists? of|allows?|computes?|maps?|refers? to|turns?|means|works? on|compares?|runs?|keeps?|sets?|limits?|cuts?)\b/i;
/** What comes before a term that is being introduced. */
const INTRODUCED = /\b(?:called|call|known as|define|propose|introduce|termed)\b[^.;:]{0,40}$/i;
/** What may come before the subject of a sentence. */
const OPENING = /^["“(]?(?:(?:the|a|an|our|this|each|every|standard|in|here,|where)\s+){0,2}["“]?$/i;
/** Full stops that end no sentence. */
const ABBREVIATED = /(?:\be\.g|\bi\.e|\bal|\bfig|\beq|\bsec|\bcf|\bvs|\bresp|\bno)$/i;
const SHORTEST = 40;
const LONGEST = 360;

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
        const { sentence, start } = sentenceAround(points, mention.start, mention.end);
        if (sentence.length < SHORTEST || sentence.length > LONGEST) continue;
        const before = sentence.slice(0, mention.start - start);
        const after = sentence.slice(mention.end - start);
        const explains =
          pattern === EXPLAINED ? OPENING.test(before) && pattern.test(after) : pattern.test(before);
        if (explains && /[.!?]$/.test(sentence)) return { page, sentence: sentence.replace(/\s+/g, " ") };
      }
    }
  }
  return null;
}

function sentenceAround(
  points: readonly string[],
  start: number,
  end: number,
): { sentence: string; start: number } {
  let from = start;
  while (from > 0 && start - from < LONGEST && !isBoundary(points, from - 1)) from--;
  while (points[from] === " " || points[from] === "\n") from++;
  let to = end;
  while (to < points.length && to - from <= LONGEST && !isBoundary(points, to)) to++;
  return { sentence: points.slice(from, to + 1).join(""), start: from };
}

/** A full stop that ends a sentence, or a line that ends a heading. */
function isBoundary(points: readonly string[], at: number): boolean {
  const point = points[at];
  const next = points[at + 1];
  if (point === "\n") {
    const line = points.slice(Math.max(0, points.lastIndexOf("\n", at - 1) + 1), at).join("");
    return /^\s*(?:\d+(?:\.\d+)*\s+\S.{0,60}|.{0,24})$/.test(line);
  }
  if (point !== "." && point !== "!" && point !== "?") return false;
  if (next === undefined) return true;
  return (next === " " || next === "\n") && !ABBREVIATED.test(points.slice(Math.max(0, at - 6), at).join(""));
}
