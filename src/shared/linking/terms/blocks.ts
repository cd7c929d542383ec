import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

/** In a paper about mixtures of experts, or where one is spoken of right here. */
const inMixture: Condition = {
  any: [
    { document: facts => facts.mixtureOfExperts },
    { near: /mixtures?[- ]of[- ]experts?|\bmoe\b|gating network/ },
  ],
};

/** In a paper about recurrent or convolutional networks alone, these words mean parts of those. */
const ofTransformers: Condition = { document: facts => !facts.otherNetworks };

/** Blocks, gates and stacks of recurrent and convolutional networks are other things. */
const notRecurrent: Condition = {
  notBefore:
    /(recurrent|convolutional|\brnn|\blstm|\bgru|\bcnn|\bcrf|\bu-?net|auto|variational|one-hot|label|viterbi|beam[ -]?search)[ -]+(based )?((?!and |or |to |than )\w+[ -]+)?$/,
  notAfter: /^[ -]*(rnn|lstm|gru|convolution|(layers? |blocks? )?(of|in) (the |a |an |its )?u-?net)/,
};

/** Sensors of turning shafts, and what codes pictures, sound and channels. */
const device =
  /\b(rotary|quadrature|incremental|optical|magnetic|wheel|shaft|joint|motor|priority|arithmetic|entropy|huffman|ldpc|turbo|reed-solomon|instruction|address|h\.26\d|mpeg|jpeg)(-\d+)? (en|de)coder|\bservo|encoder (pulses|ticks|counts|readings|resolution|disk)|\bcodecs?\b|bit-?rate/;

/** Blocks, their parts apart from attention, and the stacks that they form. */
export const blockTerms: readonly Terms[] = [
  {
    component: "transformer-block",
    patterns: [
      "transformer {layer|block|encoder layer|decoder layer|encoder block|decoder block}",
      "{bert|gpt|t5} {encoder|decoder} {layer|block}",
    ],
    when: notRecurrent,
  },
  {
    component: "transformer-block",
    patterns: ["{encoder|decoder} {layer|block}"],
    when: { ...notRecurrent, ...ofTransformers },
  },
  {
    component: "residual-connection",
    patterns: [
      "{residual|skip|shortcut} {connection|connector|path|stream|branch|addition|link}",
      "identity {shortcut|skip} {connection|}",
    ],
  },
  { component: "residual-connection", patterns: ["add"], when: { after: /^ & norm/ } },
  {
    component: "residual-connection",
    patterns: ["shortcut"],
    when: {
      near: /\bconv|\bbn\b|kernel|residual|identity|resnet/,
      notBefore: /(keyboard|spurious|learn\w*|exploit\w*|dataset) $/,
      notAfter: /^ (learning|solution|feature|cue|opportunit|key)/,
    },
  },
  {
    component: "layer-norm",
    patterns: [
      "layer-norm*",
      "layer normali{s|z}ation",
      "layer normali{s|z}ed",
      "{pre|post}-{layer-norm|layernorm|norm|ln}",
      "{pre|post}-{layer|} normali{s|z}ation",
      "{pre|post}-layer normali{s|z}ation",
      "layer-wise normali{s|z}ation",
    ],
  },
  {
    component: "layer-norm",
    patterns: ["=LN"],
    when: { any: [{ after: /^ ?\(/ }, { document: facts => facts.layerNorm }] },
  },
  {
    component: "layer-norm",
    patterns: ["normali{s|z}ation", "normali{s|z}ation layer"],
    when: {
      document: facts => facts.layerNorm,
      notBefore:
        /(batch|group|instance|weight|softmax|data|dataset|input|image|feature|score|spectral|text|unicode|response|length|l2|z-score|mean|advantage|reward|local|word|case|quantile)[ -]$/,
      notAfter: /^ (factor|constant|statistic|term)/,
      notNear:
        /softmax|partition function|statistic|batch|tokeniz|unicode|dataset|length penalty|\b(input|output|forget|exponential) gates?\b|normali[sz]er/,
    },
  },
  {
    component: "layer-norm",
    patterns: ["=Norm"],
    // Beside the other labels of a figure, in one line or each in its own.
    when: {
      before: /(add & |(^|[+⊕×] ?) |(attention|mlp|ffn|feed[ -]?forward) )$/,
      after: /^( |$)/,
    },
  },
  {
    component: "rms-norm",
    patterns: ["rms-norm*", "root mean square {layer|} normali{s|z}ation", "rms {layer|} normali{s|z}ation"],
  },
  {
    component: "feed-forward",
    patterns: [
      "{position-wise|point-wise|} {fully-connected|} feed-forward {neural|} {network|layer|sub-layer|block|module|}",
      "fully-connected feed-forward {network|layer}",
      "{position-wise|point-wise}{,|} fully-connected {network|layer}",
      "ffn",
      "{position-wise|point-wise} {ffn|mlp}",
    ],
    when: {
      ...ofTransformers,
      // As opposed to recurrent networks.
      notAfter:
        /^ (and|or|versus|vs\.?|nor|neural networks? and) recurren|^ nets?\b|^ (sequence )?(model|architecture)/,
      notBefore: /(recurrent and|fully|purely|single-pass) $/,
      notNear: /(classification|prediction|classifier) head/,
    },
  },
  {
    component: "feed-forward",
    patterns: ["mlp {|block|layer}", "multi-layer perceptron"],
    when: {
      ...ofTransformers,
      notNear: /(classification|prediction) head|class prediction|classifier head/,
      notAfter: /^-?mixer/,
    },
  },
  {
    component: "activation-function",
    patterns: [
      "activation function",
      "{relu|gelu|silu|swish|selu} {activation|activation function|non-linearity|non-linearities|function|unit|}",
      "{gaussian error|rectified|sigmoid} linear {unit|unit activation|units activation}",
      "{tanh|sigmoid|softplus|mish|squared relu} {activation|activation function|non-linearity|non-linearities}",
      "non-linear activation {function|}",
      "{leaky|squared|approximate|quick}-{relu|gelu}",
      "{hard|h}-swish",
      "=PReLU {activation|activation function|}",
      "=ELU {activation|activation function|}",
      "=Mish",
    ],
  },
  {
    component: "activation-function",
    patterns: ["{tanh|sigmoid}"],
    when: { after: /^ as (the |a |an )?(non-?linear|activation)/ },
  },
  {
    component: "gated-linear-unit",
    patterns: [
      "gated linear {unit|unit activation}",
      "{swi|ge|re|bi}glu {activation|activation function|layer|variant|}",
      "=GLU {activation|activation function|layer|variant|}",
      "swish-glu",
    ],
  },
  {
    component: "mixture-of-experts",
    patterns: [
      "{sparsely-gated|sparsely gated|sparse|multi-gate|} {mixture|mixtures} of {experts|expert} {layer|}",
      "=MoE {layer|block|}",
      "sparse moe {layer|block|}",
      "expert {layer|network|parallelism|capacity}",
    ],
  },
  {
    component: "mixture-of-experts",
    patterns: ["expert"],
    when: {
      ...inMixture,
      notBefore: /(human|domain|medical|legal|linguistic|language|subject|annotation|industry|by) $/,
      notAfter:
        /^ (in (the|a|this|their|each) field|in (mathematics|biology|law|medicine|chemistry)|programmer|pianist|player|coder|writer|user|physician|witness|judge?ment|label|level|-level|-written|-curated|-annotated|-designed)/,
    },
  },
  {
    component: "router",
    patterns: [
      "{gating|routing} network",
      "{top-k|top-1|top-2|expert|token} {routing|gating|router}",
      "noisy top-k gating",
    ],
  },
  {
    component: "router",
    patterns: ["router", "routing", "gate network", "routing {function|mechanism}"],
    when: { ...inMixture, notNear: /capsule|packet|ip address|wi-?fi|traffic/ },
  },
  {
    component: "router",
    patterns: ["gating {function|mechanism|}"],
    when: {
      ...inMixture,
      near: /expert|\btop-|router|routing|\bmoe\b|sparse/,
      notBefore: /(self|linear|spatial|input|output|forget|multiplicative)[ -]$/,
      notAfter: /^ (unit|layer norm)/,
    },
  },
  {
    component: "encoder",
    patterns: ["encoder only"],
  },
  {
    component: "encoder",
    patterns: ["{transformer|} encoder {stack|}", "{bidirectional|} transformer encoder"],
    when: { ...notRecurrent, ...ofTransformers, notNear: device },
  },
  {
    component: "decoder",
    patterns: ["decoder only", "decoder-only {transformer|}"],
  },
  {
    component: "decoder",
    patterns: ["{transformer|} decoder {stack|}"],
    when: { ...notRecurrent, ...ofTransformers, notNear: device },
  },
  {
    component: "encoder-decoder",
    patterns: ["encoder-decoder", "sequence to sequence", "seq2seq"],
    when: notRecurrent,
  },
  {
    // Also says “encoder or decoder”.
    component: "encoder-decoder",
    patterns: ["encoder/decoder"],
    when: { ...notRecurrent, ...ofTransformers },
  },
  { component: "dropout", patterns: ["dropout", "{residual|attention|embedding} dropout"] },
  {
    component: "dropout",
    patterns: ["drop out"],
    // And not as a verb.
    when: {
      after: /^s? ?(layer|rate|probabilit|regulari|of 0|\(|with|=|p |and|,|\.|is )/,
      notBefore: /(\bto|we|they|who|students|girls|boys|will) $/,
    },
  },
];
