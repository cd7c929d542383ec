/** What has to be known of the whole document before a span of it can be judged. */
export interface DocumentFacts {
  /** Experts and routing are those of a mixture of experts. */
  readonly mixtureOfExperts: boolean;
  /** Layer normalisation is spoken of, so that plain “normalization” may mean it. */
  readonly layerNorm: boolean;
  /** Query heads that share keys and values are spoken of, so that GQA and MQA are they and no question answering. */
  readonly groupedQueries: boolean;
  /** Recurrent or convolutional networks, or autoencoders, are spoken of and Transformers are not. */
  readonly otherNetworks: boolean;
}

const MIXTURE = /mixtures?[- –]of[- –]\s?experts?|\bmoes?\b|전문가\s?혼합|혼합\s?전문가/gi;
const LAYER_NORM = /layer[- ]?norm|(?:층|레이어|계층)\s?정규화/gi;
const GROUPED = /(?:grouped|group|multi)[- ]?quer(?:y|ies)/gi;
const TRANSFORMER = /transformer|self-?\s?attention|multi-?\s?head|트랜스포머|셀프\s?어텐션|멀티\s?헤드/gi;
const OTHER_NETWORK = /recurrent|\b[rc]nns?\b|\blstms?\b|\bgrus?\b|convolution|\bconvnets?\b|auto-?encoder/gi;
/** A long document that names mixtures of experts less often speaks of other work. */
const OFTEN = 3;

/** The facts that the parts of a document state; its list of references is not to be among them. */
export function readFacts(texts: readonly string[]): DocumentFacts {
  const states = (pattern: RegExp, times: number) => occursAtLeast(texts, pattern, times);
  return {
    mixtureOfExperts: states(MIXTURE, texts.length > OFTEN ? OFTEN : 1),
    layerNorm: states(LAYER_NORM, 1),
    groupedQueries: states(GROUPED, 1),
    otherNetworks: states(OTHER_NETWORK, OFTEN) && !states(TRANSFORMER, 1),
  };
}

function occursAtLeast(texts: readonly string[], pattern: RegExp, times: number): boolean {
  let found = 0;
  for (const text of texts) {
    pattern.lastIndex = 0;
    while (found < times && pattern.test(text)) found++;
    if (found >= times) return true;
  }
  return false;
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
