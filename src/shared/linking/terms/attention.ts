import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

/** “Pay attention”, “has received much attention”, “attention to detail”, the attention of people. */
const notOrdinaryAttention: Condition = {
  document: facts => facts.attention,
  notNear:
    /human (perception|visual|vision|cogniti|attention)|visual system|\bprimates?\b|psycholog|neuroscien|\bcogniti|vigilan|faculties/,
  notBefore:
    /(\b(pay|pays|paid|paying|draw|draws|drew|drawn|drawing|attract|attracts|attracted|attracting|receiv\w+|gain|gains|gained|gaining|garner\w*|call|calls|called|turn|turns|turned|turning|focus|focuses|focused|focusing|devot\w+|deserv\w+|bring\w*|direct|directed|shift\w*|catch|caught|come to|brought to|thank\w* \w+ for)( (a|an|the|our|your|their|its|his|her|my|lot|of|deal|much|more|most|less|little|close|closer|great|greater|considerable|significant|particular|special|careful|increasing|increased|growing|recent|widespread|wide|public|broad|enough|no|some|any|extra|extensive|tremendous|substantial|research|reader's|readers'|reviewers'))*|\b(restrict|limit|confin|concentrat)\w* (our|the|your|their|its|his|her|my)|\b(need|requir|demand|merit|warrant)\w* (more|timely|careful|further|special|urgent|immediate|close|closer|greater|our|your|their|its|some|no)|\b(much|considerable|significant|particular|special|careful|close|widespread|increasing|growing|great|extensive|public|undivided|tremendous|enormous|your|my|readers'|reader's)) $/,
  notAfter:
    /^ (to detail|is drawn to|is paid to|has been (paid|drawn|given)|in the (community|literature|media)|from (the )?(\w+ )?(community|researchers|public|press|academia|industry)|of the (\w+ )?(community|reader|readers|public|field|audience))/,
};

const QKV = ["{query|queries}", "{key|keys}", "{value|values}"];
const SYMBOLS = ["q", "k", "v"];
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** “queries, keys and values” in any order, and any two of the three. */
function queryKeyValue(): string[] {
  const names = ORDERS.flatMap(order => {
    const [first, second, third] = order.map(at => QKV[at]);
    return [
      `${first}{,|} {and|or|&} ${second}`,
      `${first}/${second}`,
      `${first}, ${second}{,|} {and|or|} ${third}`,
      `${first}/${second}/${third}`,
      `${first} ${second} ${third}`,
    ];
  });
  return names.flatMap(pattern => [
    pattern,
    `${pattern} {projection|vector|matrix|matrices|weight}`,
    `${pattern} {attention|} projection {matrix|matrices|layer|weight}`,
  ]);
}

/** The same with their symbols: “queries (Q), keys (K) and values (V)”, “query q and key k”. */
function queryKeyValueSymbols(): string[] {
  return ORDERS.flatMap(order =>
    [(at: number) => `${QKV[at]} (${SYMBOLS[at]}-)`, (at: number) => `${QKV[at]} ${SYMBOLS[at]}`].flatMap(
      marked => {
        const [first, second, third] = order.map(marked);
        return [`${first}{,|} and ${second}`, `${first}, ${second}{,|} {and|} ${third}`];
      },
    ),
  );
}

/** Pairs of keys and values, and look-ups, of a store rather than of attention; and not the cache of keys and values. */
const noStore: Condition = {
  notAfter:
    /^ (stores?|storage|databases?|records?|fields?|separators?|columns?)\b|^(-|\/| (and |or )?|, (and |or )?)?(values? )?cach(e|es|ing)\b/,
  notNear: /redis|\bjson\b|hash ?map|database|\bsql\b/,
};

/** A window that slides over tokens to bound attention, and not over pictures or texts to evaluate a model on them. */
const windowOfAttention: Condition = {
  near: /attention|attend|\bself-|transformer|swin|\bmask|span|head|\blayer|kv|cache|swa\b|dilat|global|tokens\b/,
  notAfter:
    /^[ -]*(evaluation|inference|decoding|detect|classif|convolution|protocol|search|stride|perplexit|with (a )?stride)/,
  notNear:
    /evaluat|detector|proposals|anchor|convolutional (network|layer)|convolution layer|classifier|\bstride|non-overlapping inference|perplexit/,
};

/** Attention, its parts and its variants. */
export const attentionTerms: readonly Terms[] = [
  {
    component: "self-attention",
    patterns: [
      "{self|intra}-attention {weight|score|matrix|matrices|map|probabilities|probability|distribution|pattern|logit|}",
      "self-attn",
      "attention {weight|score|matrix|matrices|map|probabilities|probability|distribution|pattern|logit}",
      "{scaled|} dot-product {self-attention|attention}",
      "{additive|multiplicative|bidirectional|global|full|dense} {self-attention|attention}",
    ],
  },
  { component: "self-attention", patterns: ["attention"], when: notOrdinaryAttention },
  { component: "self-attention", patterns: ["=Att"], when: { after: /^ ?\(/ } },
  { component: "self-attention", patterns: ["attn"], when: { document: facts => facts.attention } },
  {
    component: "multi-head-attention",
    patterns: [
      "multi-head{|ed} {self-attention|attention|}",
      "multi-head{|ed} {scaled|} dot-product {self-attention|attention}",
      "multi-head latent attention",
      "multi-head {self|} attn",
      "{attention|self-attention} head",
    ],
  },
  {
    component: "qkv-projection",
    patterns: [
      "{query|key|value|qkv} {projection|projection matrix|projection matrices|weight matrix}",
      "q, k{,|} {and|} v projection",
      "{q|k|v}-projection",
    ],
  },
  { component: "qkv-projection", patterns: [...queryKeyValue(), ...queryKeyValueSymbols()], when: noStore },
  {
    component: "attention-mask",
    patterns: [
      "{causal|autoregressive|auto-regressive|padding|attention|look-ahead|future|subsequent|bidirectional|decoder|block-diagonal} {mask|masking}",
      "{causal|causally masked|unidirectional} {self-attention|attention}",
      "masked {multi-head{|ed}|} {self-attention|attention}",
      "left-to-right {self-attention|attention}",
      "{causal|bidirectional|full|cross|sparse|local|prefix|block|tree|custom|} {self-attention|attention} {mask|masking}",
      "{lower|upper|} triangular mask",
    ],
  },
  {
    component: "attention-mask",
    patterns: ["mask", "masking"],
    when: {
      near: /attention|softmax|future|subsequent|causal|score|\(opt\.?\)/,
      notNear:
        /\[ ?mask ?\]|language model|\bmlm\b|masked lm|cloze|pre-?train|predict (the )?(masked|original)|random|segmentation|%|separat|speech|speaker|spectr|acoustic|noise/,
      notBefore:
        /([[]|element-?wise|binary|object|instance|random|token|word|whole word|sparsity|face|span) ?$/,
    },
  },
  { component: "softmax", patterns: ["soft-max", "softmax*", "sof tmax", "log-softmax", "row-wise softmax"] },
  {
    component: "cross-attention",
    patterns: [
      "{multi-head{|ed}|} {cross-attention|cross-attn}",
      "encoder-decoder {self-attention|attention}",
      "{encoder/decoder|decoder-encoder|source-target} attention",
    ],
  },
  {
    component: "grouped-query-attention",
    patterns: ["{grouped|group|multi}-query {attention|head|}", "shared key{|s} and value{|s} head"],
  },
  {
    component: "grouped-query-attention",
    patterns: ["=GQA", "=MQA"],
    // Both are names of question answering, too.
    when: {
      any: [
        { document: facts => facts.groupedQueries },
        { near: /\b(mha|[mg]qa)\b|\bkv|heads?\b|attention/ },
      ],
      notNear: /vqa|visual question|vizwiz|benchmark|question answering/,
    },
  },
  {
    component: "sliding-window-attention",
    patterns: [
      "{sliding|shifted|local} window {dilated|causal|sparse|multi-head|} {attention|self-attention}",
      "shifted window {|ing} {scheme|partition|partitioning|}",
      "{local|windowed|window|banded|window-based} {self-attention|attention}",
    ],
  },
  {
    component: "sliding-window-attention",
    patterns: ["{sliding|local} window"],
    when: windowOfAttention,
  },
  {
    component: "sliding-window-attention",
    patterns: ["=SWA"],
    when: { near: /window|attention|\bfull\b|\blayer/, notNear: /averag/ },
  },
  {
    component: "flash-attention",
    patterns: [
      "{block-sparse|} flash-{attention|attn}",
      "{tiled|online|streaming} softmax {computation|algorithm|}",
      "softmax tiling",
      "tiled attention",
    ],
  },
  {
    component: "kv-cache",
    patterns: [
      "{kv|k/v|key-value|key/value|key and value|keys and values|kv-} {cache|caching}",
      "{key-value|key value|key/value} (kv) {cache|caching}",
      "rolling buffer cache",
      "cached {keys and values|key{|s} and value{|s}|kv}",
      "{cache|caching} {of|} {the|} keys and values",
      "past {keys and values|key values}",
    ],
  },
];
