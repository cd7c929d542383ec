/** What has to be known of the whole document before a span of it can be judged. */
export interface DocumentFacts {
  /** Experts and routing are those of a mixture of experts. */
  readonly mixtureOfExperts: boolean;
  /** Layer normalisation is spoken of, so that plain “normalization” may mean it. */
  readonly layerNorm: boolean;
}

const MIXTURE = /mixture[- ]of[- ]experts|\bmoe\b|전문가 혼합|혼합 전문가/i;
const LAYER_NORM = /layer[- ]?norm/i;

/** The facts that the parts of a document state. */
export function readFacts(texts: readonly string[]): DocumentFacts {
  return {
    mixtureOfExperts: texts.some(text => MIXTURE.test(text)),
    layerNorm: texts.some(text => LAYER_NORM.test(text)),
  };
}

/**
 * The abbreviation in parentheses right after a term, as in “multi-head self-attention (MSA)”; null where the parentheses
 * hold something else. Its letters have to occur in the term in that order, beginning with the first.
 */
export function abbreviationAfter(term: string, rest: string): string | null {
  const match = /^s?\s*\(([A-Z][A-Za-z]{1,7}?)s?[),;]/.exec(rest);
  const abbreviation = match?.[1];
  if (abbreviation === undefined || !/[A-Z].*[A-Z]/.test(abbreviation)) return null;
  const letters = term.toLowerCase().replace(/[^a-z]/g, "");
  if (letters[0] !== abbreviation[0]?.toLowerCase()) return null;
  let at = 0;
  for (const letter of abbreviation.toLowerCase()) {
    at = letters.indexOf(letter, at) + 1;
    if (at === 0) return null;
  }
  return abbreviation;
}
