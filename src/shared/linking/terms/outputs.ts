import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

const nearDecoding: Condition = {
  any: [
    { near: /sampl|decod|generat|greedy|nucleus|top-[kp]/ },
    { after: /^ ?= ?[01](\.\d+)?\b/ },
    {
      after: /^ (of )?[01](\.\d)?(?![.\d]*\d)/,
      near: /\b(all|each|our|these|language|chat) models?\b|\bl?lms?\b|prompt/,
    },
    { document: facts => facts.decoding },
  ],
  notNear:
    /mixing|mixture of (tasks|data|languages)|distill|teacher|student|soft target|contrastive|infonce|similarit|calibrat|multilingual|upsampl|low-resource|annealing|celsius|°|weather/,
  notBefore: /(room|mixing|data|body|surface)[ -]$/,
};

/** From hidden states to an answer. */
export const outputTerms: readonly Terms[] = [
  {
    component: "lm-head",
    patterns: [
      "{lm|language model|language modeling|language modelling} head",
      "unembedding {matrix|}",
      "{tied|output|output word} {embedding|embeddings} {matrix|}",
      "{weight|embedding} tying",
      "{tie|tied|tying|share|shared|sharing} {the|} input {and|and the|/|} output {word|token|} {embedding|embeddings} {matrix|matrices|weights|}",
      "pre-softmax linear {transformation|layer|projection}",
      "logit lens",
    ],
  },
  {
    component: "lm-head",
    patterns: ["{weight|embedding|parameter} sharing", "{shared|tied} {embedding|weights}"],
    when: {
      near: /(input|output|softmax|head|vocabular|word)[^.]{0,30}embedding|embedding[^.]{0,40}(output|softmax|head|vocabular)|lm head|unembed/,
      notNear: /across (all )?layers|cross-layer|convolution|between (the )?(encoder and decoder|tasks)/,
    },
  },
  {
    component: "lm-head",
    patterns: ["output projection", "output projection {matrix|layer}"],
    when: { notNear: /head_|concat|multi-?head|attention output|w ?o\b/ },
  },
  {
    component: "sampling",
    patterns: [
      "{greedy|beam|beam-search|nucleus|typical} {decoding|search|sampling}",
      "{top-k|top-p|min-p|nucleus|typical|locally typical|ancestral|stochastic} {random|} sampling",
      "{top-k|top-p|nucleus} sample",
      "{diverse|constrained|stochastic} beam search",
      "{contrastive|greedy} search",
      "sampling temperature",
      "beam search {decoding|}",
    ],
  },
  { component: "sampling", patterns: ["temperature"], when: nearDecoding },
  {
    component: "sampling",
    patterns: ["top-p", "min-p"],
    when: {
      any: [
        { near: /sampl|decod|nucleus|temperature|truncat|top-?k/ },
        { document: facts => facts.decoding },
      ],
      notBefore: /\barg ?$/,
    },
  },
  {
    component: "sampling",
    patterns: ["top-k"],
    when: {
      near: /\b(top|min)-?p\b|nucleus|sampling with|temperature/,
      notNear: /expert|rout(er|ing)|gating|retriev/,
      notAfter: /^ accurac/,
    },
  },
  {
    component: "sampling",
    patterns: ["multinomial sampling"],
    when: { near: /token|decod|greedy|vocabular|language model|\bbeam/ },
  },
  {
    component: "sampling",
    patterns: ["temperature sampling"],
    when: { notNear: /language|corpus|corpora|task|data|multilingual/ },
  },
  { component: "cross-entropy", patterns: ["cross-entropy {loss|objective}", "=PPL"] },
  // And not the method that searches with samples.
  {
    component: "cross-entropy",
    patterns: ["cross-entropy"],
    when: { notAfter: /^ (method|optimi[sz]|search)/ },
  },
  {
    component: "cross-entropy",
    patterns: ["perplexit{y|ies}"],
    when: { notNear: /t-?sne|perplexity\.ai|perplexity ai/ },
  },
  {
    component: "pooling",
    patterns: [
      "[CLS] {token|embedding|representation|}",
      "[CLS ] {token|embedding|representation|}",
      "[class] {token|embedding}",
      "{cls|class|classification} token",
      "{mean|global average|attention|cls|max-over-time|multihead attention} pooling",
      "pooled {output|representation|embedding}",
      "{mean|global average|globally average|attention|attentive|last-token} pool{|ed|ing}",
      "sentence {embedding|embeddings}",
    ],
    when: { notBefore: /universal $/ },
  },
  {
    component: "pooling",
    patterns: ["average pool{|ed|ing}", "pooling layer"],
    when: {
      notBefore: /(max|roi|pyramid|graph|graph-based)[ -]$/,
      notNear:
        /convolution|\bconv|stride|max[ -]?pool|downsampl|feature map|spatial|receptive|kernel|\bgraph/,
    },
  },
  {
    component: "pooling",
    patterns: ["pooling", "pooler"],
    when: {
      near: /token|sentence|cls|hidden state|embedding|bert/,
      notBefore: /(max|spatial|roi|pyramid|local|average|graph|graph-based)[ -]$/,
      notNear:
        /stride|convolution|\bconv|kernel|feature map|mixer|token mix|mix tokens|(field|feature|item) embedding/,
    },
  },
];
