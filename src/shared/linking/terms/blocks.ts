import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

const inMixture: Condition = { document: facts => facts.mixtureOfExperts };

/** Blocks, gates and stacks of recurrent and convolutional networks are other things. */
const notRecurrent: Condition = {
  notBefore:
    /(recurrent|convolutional|\brnn|\blstm|\bgru|\bcnn|\bcrf|auto|variational|one-hot|viterbi)[ -]+(\w+[ -]+)?$/,
  notAfter: /^[ -]*(rnn|lstm|gru)\b/,
};

/** Blocks, their parts apart from attention, and the stacks that they form. */
export const blockTerms: readonly Terms[] = [
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
    // Beside the other labels of a figure, in one line or each in its own.
    when: {
      before: /(add & |(^|[+⊕×] ?) |(attention|mlp|ffn|feed[ -]?forward) )$/,
      after: /^( |$)/,
    },
  },
  {
    component: "rms-norm",
    patterns: ["rms-norm", "root mean square {layer|} normali{s|z}ation", "rms {layer|} normali{s|z}ation"],
  },
  {
    component: "feed-forward",
    patterns: [
      "{position-wise|point-wise|} {fully-connected|} feed-forward {neural|} {network|layer|sub-layer|block|module|}",
      "fully-connected feed-forward {network|layer}",
      "{position-wise|point-wise}{,|} fully-connected {network|layer}",
      "=FFN",
      "{position-wise|point-wise} {ffn|mlp}",
      "=MLP {|block|layer}",
      "multi-layer perceptron",
    ],
    when: { notNear: /(classification|prediction) head|class prediction|classifier head/ },
  },
  {
    component: "activation-function",
    patterns: [
      "activation function",
      "{relu|gelu|silu|swish} {activation|activation function|non-linearity|function|unit|}",
      "{gaussian error|rectified|sigmoid} linear {unit|unit activation|units activation}",
      "{tanh|sigmoid|softplus|mish|squared relu} {activation|activation function|non-linearity|nonlinearity}",
      "non-linear activation {function|}",
      "leaky relu",
    ],
  },
  {
    component: "gated-linear-unit",
    patterns: [
      "gated linear {unit|unit activation}",
      "{swi|ge|re|bi|}glu {activation|activation function|layer|variant|}",
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
      "{gating|routing} network",
      "{top-k|top-1|top-2|expert|token} {routing|gating|router}",
      "noisy top-k gating",
    ],
  },
  {
    component: "router",
    patterns: ["router", "routing", "gate network", "{gating|routing} {function|mechanism}"],
    when: inMixture,
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
];
