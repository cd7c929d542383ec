import type { Parameter } from "../../shared/python/index.ts";

/** Layers of torch.nn, and what they are built with, in order; required are those before the `|`. */
const LAYERS: Readonly<Record<string, string>> = {
  Linear: "in_features out_features |",
  Bilinear: "in_features in_features out_features |",
  Embedding: "num_embeddings embedding_dim |",
  EmbeddingBag: "num_embeddings embedding_dim |",
  Conv1d: "in_channels out_channels kernel_size | stride padding dilation groups",
  Conv2d: "in_channels out_channels kernel_size | stride padding dilation groups",
  Conv3d: "in_channels out_channels kernel_size | stride padding dilation groups",
  ConvTranspose1d: "in_channels out_channels kernel_size | stride padding",
  ConvTranspose2d: "in_channels out_channels kernel_size | stride padding",
  LayerNorm: "normalized_shape | eps",
  RMSNorm: "normalized_shape | eps",
  BatchNorm1d: "num_features | eps",
  BatchNorm2d: "num_features | eps",
  GroupNorm: "num_groups num_channels | eps",
  Dropout: "| p",
  MultiheadAttention: "embed_dim num_heads | dropout",
  LSTM: "input_size hidden_size | num_layers",
  GRU: "input_size hidden_size | num_layers",
  RNN: "input_size hidden_size | num_layers",
  TransformerEncoderLayer: "d_model nhead | dim_feedforward dropout",
  TransformerDecoderLayer: "d_model nhead | dim_feedforward dropout",
};

/** Functions that take sizes: the name that stands for each of their arguments. */
const SIZED: Readonly<Record<string, string>> = {
  ones: "size",
  zeros: "size",
  empty: "size",
  rand: "size",
  randn: "size",
  range: "num_layers",
};

/** What a layer of torch.nn is built with, by its name as it is written; null where there is none of that name. */
export function layerParameters(written: string): readonly Parameter[] | null {
  const name = written.replace(/^.*\./, "");
  if (!Object.hasOwn(LAYERS, name)) return null;
  const [required, optional] = LAYERS[name]!.split("|").map(part =>
    part.split(" ").filter(each => each !== ""),
  );
  const parameter = (hasDefault: boolean) => (each: string) => ({
    name: each,
    hasDefault,
    annotation: null,
    literal: null,
  });
  return [...required!.map(parameter(false)), ...optional!.map(parameter(true))];
}

/** What an argument of torch or of Python means, as a parameter's usual name; null where that says nothing. */
export function meaningOf(callee: string, argument: number | string): string | null {
  if (Object.hasOwn(SIZED, callee)) return typeof argument === "number" ? SIZED[callee]! : null;
  const parameters = layerParameters(callee);
  if (typeof argument === "string") return parameters?.find(({ name }) => name === argument)?.name ?? null;
  return parameters?.[argument]?.name ?? null;
}
