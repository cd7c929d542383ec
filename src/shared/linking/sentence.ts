/** A sentence of a page's text. */
export interface Sentence {
  /** As it stands on the page, with its line breaks. */
  readonly text: string;
  /** Code points from the start of the page's text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Text of a page on one line, as it is quoted: without the signs that its font draws and gives no letter for. */
export function quoted(text: string): string {
  return text.replace(/[\p{Cc}\p{Co}\s]+/gu, " ").trim();
}

/** A sentence is cut off after this many code points. */
export const LONGEST_SENTENCE = 360;

/** Full stops that end no sentence. */
const ABBREVIATED = /(?:\be\.g|\bi\.e|\bal|\bfig|\beq|\bsec|\bcf|\bvs|\bresp|\bno)$/i;

/** The sentence around a span of a page, whose text is given as code points. */
export function sentenceAround(points: readonly string[], start: number, end: number): Sentence {
  let from = start;
  while (from > 0 && start - from < LONGEST_SENTENCE && !isBoundary(points, from - 1)) from--;
  while (points[from] === " " || points[from] === "\n") from++;
  let to = end;
  while (to < points.length && to - from <= LONGEST_SENTENCE && !isBoundary(points, to)) to++;
  const text = points.slice(from, to + 1).join("");
  return { text, start: from, end: Math.min(points.length, to + 1) };
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
