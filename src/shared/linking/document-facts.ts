/** What has to be known of the whole document before a span of it can be judged. */
export interface DocumentFacts {
  /** Neural networks are its subject. */
  readonly neuralNetworks: boolean;
  /** Attention is spoken of as a part of networks. */
  readonly attention: boolean;
  /** Experts and routing are those of a mixture of experts. */
  readonly mixtureOfExperts: boolean;
  /** Layer normalisation is spoken of, so that plain “normalization” may mean it. */
  readonly layerNorm: boolean;
  /** Query heads that share keys and values are spoken of, so that GQA and MQA are they and no question answering. */
  readonly groupedQueries: boolean;
  /** How a next token is drawn is spoken of, so that a temperature is that of a distribution. */
  readonly decoding: boolean;
  /** Other networks than Transformers are its subject. */
  readonly otherNetworks: boolean;
}

const NETWORKS =
  /neural[-\s]+(?:net|model|machine|language|architecture|sequence)|deep[-\s]+(?:learning|net)|self-?\s?attention|softmax|language[-\s]+model|word[-\s]+embedding|\bll?ms?\b|\bm?llms?\b|\blstms?\b|\b[rc]nns?\b(?!\.)|conv(?:olution(?:al)?[-\s]+(?:neural[-\s]+)?)?net(?:s|works?)?\b|resnet|\bbert\b|\bgpt\b|\bllama\b|mixture[-\s]of[-\s]experts|\bmoe\b|back-?prop|pre-?train|multi-?layer[-\s]+perceptron|transformer[-\s]+(?:model|layer|block|network|architecture|encoder|decoder|based)|신경망|딥\s?러닝|임베딩|자연어|언어\s?모델|트랜스포머|어텐션|нейрон|трансформер|神经网络|卷积|注意力/gi;
const ATTENTION =
  /self-?\s?attention|attention[-\s]+(?:mechanism|layer|module|head|weight|score|map|model|network|based|block|matri|operation|function|comput|mask|like)|multi-?\s?head|attentive|attentional|attn|transformer|어텐션|주의 메커니즘/gi;
const MIXTURE = /mixtures?[-\s–]of[-\s–]\s?experts?|\bmoes?\b|전문가\s?혼합|혼합\s?전문가/gi;
const EXPERTS = /\bexperts?\b/gi;
const GATES = /\b(?:gat(?:e|ing)|routing)[-\s]+(?:network|module|function)|\brouters?\b/gi;
const LAYER_NORM = /layer[-\s]?(?:wise\s)?norm|(?:층|레이어|계층)\s?정규화/gi;
const GROUPED = /(?:grouped|group|multi)[-\s]?quer(?:y|ies)/gi;
const DECODING =
  /nucleus|(?:top-?\s?[kp]|min-?\s?p|greedy|beam|ancestral|typical)[-\s]+(?:sampl|decod|search)|speculative[-\s]+(?:sampl|decod)|핵 샘플링|빔 서치/gi;
const TRANSFORMER = /transformer|self-?\s?attention|multi-?\s?head|트랜스포머|셀프\s?어텐션|멀티\s?헤드/gi;
const LANGUAGE_MODEL = /language[-\s]+models?|\bllms?\b|\bbert\b|\bgpt\b|언어\s?모델/gi;
const OTHER_NETWORK =
  /recurrent|\b[rc]nns?\b|\blstms?\b|\bgrus?\b|convolution|\bconvnets?\b|auto-?encoder|순환\s?신경망|합성곱|오토\s?인코더/gi;
/** A long document that names mixtures of experts less often speaks of other work. */
const OFTEN = 3;
/** One that names experts so often, and gates as well, does speak of a mixture. */
const MANY = 10;
/** A text that names other networks so many times as often as Transformers only compares itself with those. */
const TIMES = 10;
/** A text that is shorter, in code units, does not say what it leaves out. */
const SHORT = 1500;
/** One that is shorter may be about Transformers and not name them. */
const PART = 12_000;
/** Of so many code units, one speaks of networks where they are the subject. */
const PER_NETWORK = 12_000;

/** The facts that the parts of a document state; its list of references is not to be among them. */
export function readFacts(texts: readonly string[]): DocumentFacts {
  const states = (pattern: RegExp, times: number) => occursAtLeast(texts, pattern, times);
  const length = lengthOf(texts);
  return {
    neuralNetworks: length < SHORT || speaksOfNetworks(texts),
    attention: length < SHORT || states(ATTENTION, 1),
    mixtureOfExperts:
      states(MIXTURE, texts.length > OFTEN ? OFTEN : 1) ||
      (states(MIXTURE, 1) && states(GATES, OFTEN) && states(EXPERTS, MANY)),
    layerNorm: states(LAYER_NORM, 1),
    groupedQueries: states(GROUPED, 1),
    decoding: states(DECODING, OFTEN),
    otherNetworks: states(TRANSFORMER, 1)
      ? otherThanTransformers(texts) && !states(LANGUAGE_MODEL, OFTEN)
      : states(OTHER_NETWORK, OFTEN) || (length > PART && !states(LANGUAGE_MODEL, OFTEN)),
  };
}

/** Whether texts that name Transformers are about other networks. */
function otherThanTransformers(texts: readonly string[]): boolean {
  const named = occurrences(texts, TRANSFORMER, OFTEN + 1);
  return named <= OFTEN && occursAtLeast(texts, OTHER_NETWORK, TIMES * named);
}

/** Whether neural networks are what texts are about. */
export function speaksOfNetworks(texts: readonly string[]): boolean {
  return occursAtLeast(texts, NETWORKS, Math.max(2, Math.ceil(lengthOf(texts) / PER_NETWORK)));
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((length, text) => length + text.length, 0);
}

function occursAtLeast(texts: readonly string[], pattern: RegExp, times: number): boolean {
  return occurrences(texts, pattern, times) === times;
}

/** How often a pattern occurs, counted no further than so many times. */
function occurrences(texts: readonly string[], pattern: RegExp, most: number): number {
  let found = 0;
  for (const text of texts) {
    pattern.lastIndex = 0;
    while (found < most && pattern.test(text)) found++;
    if (found === most) break;
  }
  return found;
}
