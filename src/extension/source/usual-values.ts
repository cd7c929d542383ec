import type { Parameter } from "../../shared/python/index.ts";

/** Names of parameters, what they are given, as Python, and what they may be annotated with; numbers unless said. */
type Usual = readonly [names: RegExp, value: string, annotation?: RegExp];

const NUMBER = /\b(int|float|bool|Tuple|tuple|Optional)\b/;
const ANYTHING = /./;

/**
 * Sizes that fit each other, by the names that constructors use; what is named otherwise is not guessed. Names are asked
 * for in this order.
 */
const USUAL: readonly Usual[] = [
  [/^(num_|n_)?(kv_heads|key_value_heads|kv_groups)$/, "2"],
  [/^(num_|n_)?(attention_)?heads?(_num)?$|^(nhead|nheads|h)$/, "4"],
  [
    /^(num_|n_)?(hidden_|encoder_|decoder_)?layers$|^(num_|n_)layer$|^(depth|N|nlayers)$|^(num_|n_)blocks?$/,
    "2",
  ],
  [/^(head_dim|dim_head|d_head|head_size|d_k|d_v|d_qkv)$/, "16"],
  [
    /^(d_)?(ff|ffn|mlp)(_?(dim|size|hidden))?$|^(intermediate|hidden_features|mlp_dim|dim_feedforward|d_ff)(_size|_dim)?$|^(d_)?hidden$/,
    "128",
  ],
  [
    /^(dim|width|channels|features|size|ninp|nhid|nembd)$|^normalized_shape$|^(d|dim|n|embed|embedding|hidden|model|emb|input|output|in|out)_?(model|size|dim|dims|embd|embed|in|out|features|hidden|width)$|^embedding_dim$/,
    "64",
  ],
  [/^(\w+_)?(vocab|voc)(_?size)?$|^(num_embeddings|n_tokens|num_tokens|ntokens?)$/, "100"],
  [
    /^(max_|n_)?(seq|sequence|context|block|ctx)(_?(len|length|size))?$|^max_(len|length|position_embeddings)$|^n_ctx$/,
    "64",
  ],
  [/^(num_|n_)?(classes|labels)$/, "10"],
  [/^(in_chans|(img|image|num|n)_channels)$/, "3"],
  [/^((in|out)_channels|in_?planes|(out_?)?planes)$/, "16"],
  [/^(image|img|input)_(size|resolution)$|^resolution$/, "32"],
  [/^patch_size$/, "8"],
  [/^merge(_size|_factor)?$/, "2"],
  [/^(num|n)_patches$/, "16"],
  [/^kernel(_size)?$/, "3"],
  [/^(stride|dilation|groups|expansion|factor|n_rep)$/, "1"],
  [/^(num_groups|reduction|mlp_ratio)$/, "4"],
  [/^multiple_of$/, "32"],
  [/^(padding|layer_idx|layer_id|index|idx)$/, "0"],
  [/^(\w+_)?(pad|bos|sos|eos|start|end|mask|unk)(_token)?_(id|idx|index)$|^padding_idx$/, "0"],
  [/^(num_|n_)?experts$/, "4"],
  [/^(top_k|k|(num_|n_)?experts_per_tok)$/, "2"],
  [/^(\w+_)?(drop|dropout)(_?(p|prob|rate|path))?$|^(p|\w+_pdrop)$/, "0.0"],
  [/^(eps|epsilon)$/, "1e-5"],
  [/^(rope_)?(theta|base)$/, "10000.0"],
  [/^(bias|qkv_bias|causal|use_bias|is_causal)$/, "False"],
  [/^(world_size|tp_size)$/, "1"],
  [/^device$/, '"cpu"', ANYTHING],
  [/^(\w+_)?dtype$/, "torch.float32", ANYTHING],
  [/^(\w+_)?dim$/, "64"],
];

/** What a parameter is usually given, as Python; null where its name or its annotation says nothing of that. */
export function usualValue({ name, annotation }: Pick<Parameter, "name" | "annotation">): string | null {
  const fits = (types: RegExp = NUMBER) => annotation === null || types.test(annotation);
  // `vit_n_heads` counts heads too.
  for (let rest = name; rest !== ""; rest = rest.replace(/^[^_]*_?/, "")) {
    const usual = USUAL.find(([names, , types]) => names.test(rest) && fits(types));
    if (usual) return usual[1];
  }
  return annotation !== null && /^Optional\b|\|\s*None$/.test(annotation) ? "None" : null;
}

/** Names that mean different things: asked for where nothing else says more. */
const PLAIN: readonly Usual[] = [
  [/^(\w+_)?rank$/, "0"],
  [/^(\w+_)?(scale|scaling|temperature|alpha|beta|gamma|init_values?)$/, "1.0"],
];

/** What is plain enough to be taken where neither a name nor its use says more; null where that is not so. */
export function plainValue({ name, annotation }: Pick<Parameter, "name" | "annotation">): string | null {
  if (annotation === "bool") return "False";
  const plain = PLAIN.find(([names]) => names.test(name) && (annotation === null || NUMBER.test(annotation)));
  return plain?.[1] ?? null;
}
