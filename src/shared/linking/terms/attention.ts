import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

/** “Pay attention”, “has received much attention”, “attention to detail”. */
const notOrdinaryAttention: Condition = {
  notBefore:
    /(\b(pay|pays|paid|paying|draw|draws|drew|drawn|drawing|attract|attracts|attracted|attracting|receiv\w+|gain|gains|gained|gaining|garner\w*|call|calls|called|turn|turns|turned|turning|focus|focuses|focused|focusing|restrict|restricted|devot\w+|deserv\w+|bring\w*|direct|directed|shift\w*|catch|caught|come to|brought to|thank\w* \w+ for)( (a|an|the|our|your|their|its|his|her|my|lot|of|deal|much|more|most|less|little|close|closer|great|greater|considerable|significant|particular|special|careful|increasing|increased|growing|recent|widespread|wide|public|broad|enough|no|some|any|extra|extensive|tremendous|substantial|research|reader's|readers'|reviewers'))*|\b(much|considerable|significant|particular|special|careful|close|widespread|increasing|growing|great|extensive|public|undivided|tremendous|enormous|your|my|readers'|reader's)) $/,
  notAfter:
    /^ (to detail|is drawn to|is paid to|has been (paid|drawn|given)|in the (community|literature|media)|from (the )?(\w+ )?(community|researchers|public|press|academia|industry)|of the (\w+ )?(community|reader|readers|public|field|audience))/,
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

/** Attention, its parts and its variants. */
export const attentionTerms: readonly Terms[] = [
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
    patterns: [
      "multi-head{|ed} {self-attention|attention|}",
      "multi-head{|ed} {scaled|} dot-product {self-attention|attention}",
      "multi-head latent attention",
      "{attention|self-attention} head",
    ],
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
      "{causal|causally masked|unidirectional} {self-attention|attention}",
      "masked {multi-head{|ed}|} {self-attention|attention}",
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
      "{encoder/decoder|decoder-encoder|source-target} attention",
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
      "{block-sparse|} flash-attention",
      "{tiled|online|streaming} softmax {computation|algorithm|}",
      "softmax tiling",
      "tiled attention",
    ],
  },
  {
    component: "kv-cache",
    patterns: [
      "{kv|k/v|key-value|key/value} {cache|caching}",
      "rolling buffer cache",
      "cached {keys and values|key{|s} and value{|s}|kv}",
      "{cache|caching} {of|} {the|} keys and values",
    ],
  },
];
