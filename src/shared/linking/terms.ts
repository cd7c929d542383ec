import type { ComponentId } from "../catalogue/index.ts";
import type { Condition } from "./condition.ts";
import { korean } from "./korean-terms.ts";

/** Spellings of a component beside its names and aliases in the catalogue; patterns as in `Spelling`. */
export interface Terms {
  readonly component: ComponentId;
  readonly patterns: readonly string[];
  /** Where the spelling has other meanings. It then also replaces the catalogue's unconditional alias. */
  readonly when?: Condition;
}

const inMixture: Condition = { document: facts => facts.mixtureOfExperts };

/** Blocks, gates and stacks of recurrent and convolutional networks are other things. */
const notRecurrent: Condition = {
  notBefore:
    /(recurrent|convolutional|\brnn|\blstm|\bgru|\bcnn|\bcrf|auto|variational|one-hot|viterbi)[ -]+(\w+[ -]+)?$/,
  notAfter: /^[ -]*(rnn|lstm|gru)\b/,
};

/** “Pay attention”, “has received much attention”, “attention to detail”. */
const notOrdinaryAttention: Condition = {
  notBefore:
    /(\b(pay|pays|paid|paying|draw|draws|drew|drawn|drawing|attract|attracts|attracted|attracting|receiv\w+|gain|gains|gained|gaining|garner\w*|call|calls|called|turn|turns|turned|turning|focus|focuses|focused|focusing|restrict|restricted|devot\w+|deserv\w+|bring\w*|direct|directed|shift\w*|catch|caught|come to|brought to|thank\w* \w+ for)( (a|an|the|our|your|their|its|his|her|my|lot|of|deal|much|more|most|less|little|close|closer|great|greater|considerable|significant|particular|special|careful|increasing|increased|growing|recent|widespread|wide|public|broad|enough|no|some|any|extra|extensive|tremendous|substantial|research|reader's|readers'|reviewers'))*|\b(much|considerable|significant|particular|special|careful|close|widespread|increasing|growing|great|extensive|public|undivided|tremendous|enormous|your|my|readers'|reader's)) $/,
  notAfter:
    /^ (to detail|is drawn to|is paid to|has been (paid|drawn|given)|in the (community|literature|media)|from (the )?(\w+ )?(community|researchers|public|press|academia|industry)|of the (\w+ )?(community|reader|readers|public|field|audience))/,
};

const nearDecoding: Condition = {
  near: /sampl|decod|generat|greedy|nucleus|top-[kp]|logit|softmax/,
  notNear:
    /mixing|mixture of (tasks|data|languages)|distill|multilingual|upsampl|low-resource|annealing|celsius|°/,
  notBefore: /(room|mixing|data|body|surface)[ -]$/,
};

const QKV = ["{query|queries}", "{key|keys}", "{value|values}"];

/** “queries, keys and values” in any order, and any two of the three. */
function queryKeyValue(): string[] {
  const triples: string[] = [];
  for (const first of QKV) {
    for (const second of QKV) {
      if (second === first) continue;
      triples.push(`${first}{,|} {and|or|&} ${second}`, `${first}/${second}`);
      for (const third of QKV) {
        if (third === first || third === second) continue;
        triples.push(`${first}, ${second}{,|} {and|or|} ${third}`, `${first}/${second}/${third}`);
        triples.push(`${first} ${second} ${third}`);
      }
    }
  }
  return triples.flatMap(pattern => [pattern, `${pattern} {projection|vector|matrix|matrices|weight}`]);
}

export const terms: readonly Terms[] = [
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
      "byte-pair {encoding|encodings}",
    ],
  },
  {
    component: "token-embedding",
    patterns: [
      "{token|input|word|vocabulary} {embedding|embeddings}",
      "embedding {layer|table|matrix|matrices|lookup}",
      "learned embeddings",
      "{input and output|input/output|source and target} embeddings",
    ],
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
    ],
  },
  { component: "positional-encoding", patterns: ["=PE"], when: { after: /^ ?\(/ } },
  {
    component: "rotary-embedding",
    patterns: [
      "=RoPE",
      "{rotary|rotational} {position|positional|} {embedding|encoding}",
      "rotary {position|positional}",
    ],
  },
  {
    component: "relative-position",
    patterns: [
      "{learned|} relative {position|positional|attention} {bias|biases|embedding|encoding|representation|representations}",
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
      "linear projection of flattened patches",
      "{linear|} embedding{|s} of {image|} patches",
      "{patch|patches} + position embedding",
    ],
  },
  {
    component: "audio-frontend",
    patterns: [
      "log-mel {spectrogram|spectrum|filterbank|filter-bank|feature|}",
      "mel {spectrogram|filterbank|filter-bank}",
      "{convolution|convolutional} {stem|front-end|subsampling}",
    ],
  },
  {
    component: "contextual-embedding",
    patterns: [
      "{deep|} contextual{|ized} {word|token|} {embedding|representation}",
      "contextual{|ized} {word|token} vector",
      "contextual feature",
    ],
  },
  {
    component: "transformer-block",
    patterns: [
      "transformer {layer|block|encoder layer|decoder layer|encoder block|decoder block}",
      "{encoder|decoder} {layer|block}",
    ],
    when: notRecurrent,
  },
  {
    component: "residual-connection",
    patterns: ["{residual|skip|shortcut} {connection|path|stream|branch|addition}", "identity shortcut"],
  },
  { component: "residual-connection", patterns: ["add"], when: { after: /^ & norm/ } },
  {
    component: "layer-norm",
    patterns: [
      "layer-norm{|s}",
      "layer normali{s|z}ation",
      "layer normali{s|z}ed",
      "{pre|post}-{layer-norm|layernorm|norm|ln}",
      "{pre|post}-{layer|} normali{s|z}ation",
      "{pre|post}-layer normali{s|z}ation",
    ],
  },
  { component: "layer-norm", patterns: ["=LN"], when: { after: /^ ?\(/ } },
  {
    component: "layer-norm",
    patterns: ["normali{s|z}ation", "normali{s|z}ation layer"],
    when: {
      document: facts => facts.layerNorm,
      notBefore:
        /(batch|group|instance|weight|softmax|data|dataset|input|image|feature|score|spectral|text|unicode|response|length|l2|z-score|mean|advantage|reward|local|word|case|quantile)[ -]$/,
      notAfter: /^ (factor|constant|statistic|term)/,
      notNear: /softmax|partition function|statistic|batch|tokeniz|unicode|dataset|length penalty/,
    },
  },
  {
    component: "layer-norm",
    patterns: ["=Norm"],
    when: { before: /(add & |(^|[+⊕×] ?) )$/, after: /^( |$)/ },
  },
  {
    component: "rms-norm",
    patterns: ["rms-norm", "root mean square {layer|} normali{s|z}ation", "rms {layer|} normali{s|z}ation"],
  },
  {
    component: "self-attention",
    patterns: [
      "{self|intra}-attention {weight|score|matrix|matrices|map|probabilities|probability|distribution|pattern|logit|}",
      "attention {weight|score|matrix|matrices|map|probabilities|probability|distribution|pattern|logit}",
      "{scaled|} dot-product {self-attention|attention}",
      "{additive|multiplicative|bidirectional|global|full|dense} {self-attention|attention}",
    ],
  },
  { component: "self-attention", patterns: ["attention"], when: notOrdinaryAttention },
  {
    component: "multi-head-attention",
    patterns: ["multi-head{|ed} {self-attention|attention|}", "{attention|self-attention} head"],
  },
  {
    component: "qkv-projection",
    patterns: [
      ...queryKeyValue(),
      "{query|key|value|qkv} {projection|projection matrix|projection matrices|weight matrix}",
      "q, k{,|} {and|} v projection",
      "{q|k|v}-projection",
    ],
  },
  {
    component: "attention-mask",
    patterns: [
      "{causal|autoregressive|auto-regressive|padding|attention|look-ahead|future|subsequent|bidirectional|decoder} {mask|masking}",
      "{causal|causally masked|masked|unidirectional} {multi-head{|ed}|} {self-attention|attention}",
      "left-to-right {self-attention|attention}",
    ],
  },
  {
    component: "attention-mask",
    patterns: ["mask", "masking"],
    when: {
      near: /attention|softmax|future|subsequent|causal|score|\(opt\.?\)/,
      notNear:
        /\[ ?mask ?\]|language model|\bmlm\b|masked lm|cloze|pre-?train|predict (the )?(masked|original)|random|segmentation|%/,
      notBefore: /([[]|binary|object|instance|random|token|word|whole word|sparsity|face|span) ?$/,
    },
  },
  { component: "softmax", patterns: ["soft-max", "log-softmax", "row-wise softmax"] },
  {
    component: "cross-attention",
    patterns: [
      "cross-attention",
      "encoder-decoder {self-attention|attention}",
      "{encoder/decoder|decoder-encoder} attention",
    ],
  },
  {
    component: "grouped-query-attention",
    patterns: [
      "{grouped|group|multi}-query {attention|head|}",
      "=GQA",
      "=MQA",
      "shared key{|s} and value{|s} head",
    ],
  },
  {
    component: "sliding-window-attention",
    patterns: [
      "{sliding|shifted|local} window {attention|self-attention|}",
      "{local|windowed|window|banded} {self-attention|attention}",
      "=SWA",
    ],
  },
  {
    component: "flash-attention",
    patterns: [
      "{block-sparse|} flash-attention{| 2| 3}",
      "{tiled|online|streaming} softmax {computation|algorithm|}",
      "softmax tiling",
      "tiled attention",
    ],
  },
  {
    component: "kv-cache",
    patterns: [
      "{kv|k/v|key-value|key/value} {cache|caching}",
      "cached {keys and values|key{|s} and value{|s}|kv}",
      "{cache|caching} {of|} {the|} keys and values",
    ],
  },
  {
    component: "feed-forward",
    patterns: [
      "{position-wise|point-wise|} {fully-connected|} feed-forward {neural|} {network|layer|sub-layer|block|module|}",
      "fully-connected feed-forward {network|layer}",
      "=FFN",
      "=MLP {|block|layer}",
      "multi-layer perceptron",
    ],
    when: { notNear: /(classification|prediction) head|class prediction|classifier head/ },
  },
  {
    component: "activation-function",
    patterns: [
      "activation function",
      "{relu|gelu|silu|swish} {activation|non-linearity|function|unit|}",
      "{gaussian error|rectified|sigmoid} linear {unit|unit activation|units activation}",
      "non-linear activation {function|}",
      "leaky relu",
    ],
  },
  {
    component: "gated-linear-unit",
    patterns: [
      "gated linear {unit|unit activation}",
      "{swi|ge|re|bi|}glu {activation|layer|variant|}",
      "swish-glu",
    ],
  },
  {
    component: "mixture-of-experts",
    patterns: [
      "{sparsely-gated|sparsely gated|sparse|} {mixture|mixtures} of {experts|expert} {layer|}",
      "=MoE {layer|block|}",
      "sparse moe {layer|block|}",
      "expert {layer|network|parallelism|capacity}",
    ],
  },
  {
    component: "mixture-of-experts",
    patterns: ["expert"],
    when: { ...inMixture, notBefore: /(human|domain|medical|legal|linguistic|subject|annotation|by|an) $/ },
  },
  {
    component: "router",
    patterns: [
      "{gating|routing} {network|function|mechanism}",
      "{top-k|top-1|top-2|expert|token} {routing|gating|router}",
      "noisy top-k gating",
    ],
  },
  { component: "router", patterns: ["router", "routing", "gate network"], when: inMixture },
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
      "{top-k|top-p|nucleus|temperature|ancestral|stochastic} sampling",
      "sampling temperature",
      "beam search {decoding|}",
      "beam size",
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
  {
    component: "encoder",
    patterns: ["{transformer|} encoder {stack|}", "encoder only", "{bidirectional|} transformer encoder"],
    when: notRecurrent,
  },
  {
    component: "decoder",
    patterns: ["{transformer|} decoder {stack|}", "decoder only", "decoder-only {transformer|}"],
    when: notRecurrent,
  },
  {
    component: "encoder-decoder",
    patterns: ["encoder-decoder", "encoder/decoder", "sequence to sequence", "seq2seq"],
    when: notRecurrent,
  },
  { component: "dropout", patterns: ["dropout", "{residual|attention|embedding} dropout", "drop-out"] },
  ...korean,
];

/** Names and aliases of the catalogue that papers also use for something else, or that are too general to link. */
export const unlinkedAliases: readonly string[] = [
  "sampling",
  "relative position",
  "hidden state",
  "샘플링",
  "풀링",
  "상대 위치",
  "은닉 상태",
];

/** Spellings that contain a term but name something else; nothing inside them is linked. */
export const exclusions: readonly string[] = [
  // Whole models and works.
  "bidirectional encoder representations {from|}",
  "universal sentence encoder",
  "attention is all you need",
  "show, attend and tell",
  "neural machine translation by jointly learning to align and translate",
  "{switch|vision|image|sparse|set|universal|evolved|reformer} transformer",
  "routing transformer",
  "{bert|gpt|elmo|t5}-{encoder|decoder}",
  "listen, attend and spell",
  // Tasks.
  "masked {language|lm|token|image|word} {model|modeling|modelling|models|prediction|}",
  "{mask|masking} {rate|ratio|procedure|strategy|strategies|token|probability}",
  "mask rcnn",
  "mask r-cnn",
  "[mask]",
  // Other normalisations, gates, recurrences.
  "batch {norm|normali{s|z}ation}",
  "{group|instance|weight|spectral} {norm|normali{s|z}ation}",
  "{recurrent|rnn|lstm|gru|convolutional} {encoder-decoder|encoder|decoder|block|gate|layer}",
  "rnn based encoder decoder",
  "{denoising|variational|} auto-encoder",
  "{variational|sparse|stacked} autoencoder",
  "crf decoder",
  "viterbi decoder",
  // Classification.
  "{mlp|classification|classifier|prediction|regression} head",
  "softmax classifier",
  // Ordinary English.
  "head of attention",
  "center of attention",
  "centre of attention",
  "attention span",
  "attention deficit",
  "attention economy",
  "expert {annotator|knowledge|demonstration|opinion|reviewer|system}",
  "{importance|rejection|data|negative|random|uniform|up|down|sub|over|under} sampling",
  "dropout rate of students",
  "school dropout",
  "layer of abstraction",
];
