import type { Terms } from "./terms.ts";

/** Text, its embeddings, images and sound. */
export const inputTerms: readonly Terms[] = [
  { component: "bag-of-words", patterns: ["bag-of-word{|s} {model|vector|representation}", "=BoW"] },
  {
    component: "word2vec",
    patterns: [
      "skip-gram {model|}",
      "{static|fixed|non-contextual|pretrained|pre-trained} word {embedding|vector}",
      "continuous skip-gram",
    ],
  },
  {
    component: "tokenizer",
    patterns: [
      "tokeni{s|z}er",
      "tokeni{s|z}ation",
      "byte-level {BPE|byte-pair encoding}",
      "word-piece",
      "wordpiece {tokenization|tokenizer|model}",
      "sub-word {unit|token|tokenization|tokenizer|}",
      "byte-pair {encoding|encodings|}",
      "word pieces",
      // In small capitals, whose letters read as small ones.
      "bpe",
    ],
  },
  {
    component: "token-embedding",
    patterns: [
      "{token|input|word|vocabulary} {embedding|embeddings}",
      "{embedding|embeddings} of {the|} {input|training|vocabulary} token",
      "learned embeddings",
      "{input and output|input/output|source and target} embeddings",
    ],
  },
  {
    component: "token-embedding",
    patterns: ["embedding {layer|table|matrix|matrices|lookup}"],
    // And not the features that a recommendation is made of.
    when: {
      any: [
        { document: facts => !facts.otherNetworks },
        { near: /\btoken|\bwords?\b|vocab|language|1-of-k/ },
      ],
    },
  },
  {
    component: "token-embedding",
    patterns: ["embeddings"],
    when: {
      near: /positional|softmax|vocabular|input token|output token/,
      notNear: /patch|image|sentence|segment|visual|speech|contextual|learnable|bert|elmo/,
      notBefore: /(position|positional|patch|output|sentence|segment)(al)? $/,
    },
  },
  {
    component: "positional-encoding",
    patterns: [
      "{absolute|learned|learnable|fixed|sinusoidal|1d|2d|standard|} {positional|position} {encoding|embedding}",
      "sinusoidal {encoding|embedding|version}",
      "{positional|position} {information|signal} {encoding|embedding}",
      "{absolute|learned|parameter-free|} {positional|position} {representation|vector}",
    ],
  },
  { component: "positional-encoding", patterns: ["=PE", "=P E"], when: { after: /^ ?\(/ } },
  // “adding positional- to patch embeddings”, “position- and token embeddings”.
  {
    component: "positional-encoding",
    patterns: ["{positional|position}"],
    when: { after: /^- (to|and|or|,|with) (\w+[ -]){0,3}(embedding|encoding)/ },
  },
  {
    component: "rotary-embedding",
    patterns: [
      "=RoPE*",
      "{rotary|rotational} {position|positional|} {embedding|encoding}",
      "rotary {position|positional|method|matrix|matrices|attention}",
    ],
  },
  {
    component: "relative-position",
    patterns: [
      "{learned|} relative {position|positional|attention} {bias|biases|embedding|encoding|representation|representations|vector|scheme}",
      "{t5|} relative {bias|biases}",
      "relative self-attention",
      "=T5 bias",
      "=ALiBi",
      "attention with linear biases",
    ],
  },
  {
    component: "patch-embedding",
    patterns: [
      "patch {embedding|embeddings} {layer|projection|}",
      "linear projection of {the|} flattened {image|} patches",
      "{linear|} {embedding|embeddings} of {these|the|} {image|} patches",
      "{linearly|} embedded {image|} patch{|es}",
      "patchify {layer|stem|operation}",
      "tubelet embedding",
      "{patch|patches} + position embedding",
    ],
  },
  {
    component: "audio-frontend",
    patterns: [
      "log-mel {spectrogram|spectrum|filterbank|filter-bank|feature|}",
      "mel {spectrogram|filterbank|filter-bank}",
    ],
  },
  {
    component: "audio-frontend",
    patterns: ["{convolution|convolutional|conv} {stem|front-end|subsampling}"],
    when: { near: /audio|speech|acoustic|spectr|waveform|\bmel\b/ },
  },
  {
    component: "audio-frontend",
    patterns: ["{acoustic|audio|speech} front-end", "{convolution|convolutional|conv} front-end"],
    when: { notNear: /image|vision|visual|video|\blip/ },
  },
  {
    component: "contextual-embedding",
    patterns: [
      "{deep|} contextual{|ized} {word|token|} embedding",
      "{deep|} contextual{|ized} {word|token} {vector|representation}",
      "{contextualized|deep contextual{|ized}} representation",
    ],
  },
  {
    component: "contextual-embedding",
    patterns: ["contextual representation"],
    when: { near: /\btoken|\bwords?\b|language|sentence|bert\b|elmo|\bbilm|pre-?train|bidirectional/ },
  },
  {
    component: "contextual-embedding",
    patterns: ["contextual feature"],
    when: { near: /token|word|language|speech|transformer|layer/, notNear: /user|\bitem|\bad\b|click/ },
  },
];
