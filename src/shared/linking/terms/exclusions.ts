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
