/** “(MSA)”, right after a term. */
const IN_PARENTHESES = /^s?\s*\(([A-Z][A-Za-z]{1,7}?)s?[),;]/;
/** “, MSA for short”, after a term; “is called MSA”. */
const FOR_SHORT =
  /^s?,?\s+(?:\(?(?:hereafter|henceforth|short|in short|abbreviated(?: as| to)?|denoted(?: as| by)?|called),?\s+|or\s+)?([A-Z][A-Za-z]{1,7}?)(?:\s+for short|\s+hereafter)\b/;
/** “MSA denotes the”, “MSA (”, right before a term. */
const BEFORE =
  /(?<![\p{L}\p{N}])([A-Z][A-Za-z]{1,7}?)s?(?:\s*\(|\s+(?:denotes?|indicates?|stands\s+for|refers?\s+to|represents?|means|is\s+short\s+for|abbreviates)\s+(?:(?:the|a|an|our)\s+)?)$/u;
/** What stands in `BEFORE` between an abbreviation and its term, if no bracket does. */
const VERB = /denote|indicate|stands|refer|represent|means|short|abbreviates/;
/** How far around a term its abbreviation stands, in code units. */
const AFTER = 48;
const AHEAD = 40;

/** The abbreviations that a text defines for the term at a place of it, as in “multi-head self-attention (MSA)”. */
export function abbreviationsOf(text: string, start: number, end: number): string[] {
  const term = text.slice(start, end);
  const after = text.slice(end, end + AFTER);
  const before = text.slice(Math.max(0, start - AHEAD), start);
  const matches = [
    after.includes("(") ? IN_PARENTHESES.exec(after) : null,
    after.includes(" short") || after.includes(" hereafter") ? FOR_SHORT.exec(after) : null,
    before.endsWith("(") || VERB.test(before) ? BEFORE.exec(before) : null,
  ].filter(match => match !== null);
  if (matches.length === 0) return [];
  return matches
    .map(match => match[1])
    .filter(abbreviation => abbreviation !== undefined)
    .filter(abbreviation => abbreviates(abbreviation, term));
}

/** Whether the letters of an abbreviation occur in a term in that order, beginning with the first. */
function abbreviates(abbreviation: string, term: string): boolean {
  if (!/[A-Z].*[A-Z]/.test(abbreviation)) return false;
  const letters = term.toLowerCase().replace(/[^a-z]/g, "");
  if (letters[0] !== abbreviation[0]?.toLowerCase()) return false;
  let at = 0;
  for (const letter of abbreviation.toLowerCase()) {
    at = letters.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
