import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

const nearDecoding: Condition = {
  near: /sampl|decod|generat|greedy|nucleus|top-[kp]|logit|softmax/,
  notNear:
    /mixing|mixture of (tasks|data|languages)|distill|multilingual|upsampl|low-resource|annealing|celsius|°/,
  notBefore: /(room|mixing|data|body|surface)[ -]$/,
};

/** From hidden states to an answer. */
export const outputTerms: readonly Terms[] = [
  {
    component: "lm-head",
    patterns: [
      "{lm|language model|language modeling|language modelling} head",
      "unembedding {matrix|}",
      "{tied|shared|output|output word} {embedding|embeddings} {matrix|}",
      "{weight|embedding} {tying|sharing}",
      "pre-softmax linear {transformation|layer|projection}",

      "logit lens",
    ],
  },
  {
    component: "lm-head",
    patterns: ["output projection", "output projection {matrix|layer}"],
    when: { notNear: /head_|concat|multi-?head|attention output|w ?o\b/ },
  },
  {
    component: "sampling",
    patterns: [
      "{greedy|beam|beam-search|nucleus} {decoding|search|sampling}",
      "{top-k|top-p|nucleus|ancestral|stochastic} {random|} sampling",
      "sampling temperature",
      "beam search {decoding|}",
    ],
  },
  { component: "sampling", patterns: ["temperature"], when: nearDecoding },
  {
    component: "sampling",
    patterns: ["temperature sampling"],
    when: { notNear: /language|corpus|corpora|task|data|multilingual/ },
  },
  { component: "cross-entropy", patterns: ["cross-entropy {loss|objective|}", "perplexit{y|ies}", "=PPL"] },
  {
    component: "pooling",
    patterns: [
      "[CLS] {token|embedding|representation|}",
      "[class] {token|embedding}",
      "{cls|class|classification} token",
      "{mean|average|global average|attention|cls|max-over-time|multihead attention} pooling",
      "pooled {output|representation|embedding}",
      "{mean|average|global average|globally average|attention|attentive|last-token} pool{|ed|ing}",
      "pooling layer",
      "sentence {embedding|embeddings}",
    ],
    when: { notBefore: /universal $/ },
  },
  {
    component: "pooling",
    patterns: ["pooling", "pooler"],
    when: {
      near: /token|sentence|cls|hidden state|embedding|bert/,
      notBefore: /(max|spatial|roi|pyramid)[ -]$/,
    },
  },
];
