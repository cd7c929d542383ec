import assert from "node:assert/strict";
import { test } from "node:test";
import { closestModel, cuesOf, kindOfConfig, kindOfPaper } from "../../../src/shared/papers/index.ts";

const kindOf = (text: string) => kindOfPaper(cuesOf([text.repeat(5)]));

test("a paper's kind is told by its words, and which they are", () => {
  const encoder = kindOf(
    "A bidirectional encoder is trained as a masked language model, bidirectional in every layer. ",
  );
  assert.equal(encoder?.kind, "encoder");
  assert.deepEqual(encoder.evidence[0], { label: "bidirectional", count: 10 });
  for (const [kind, text] of [
    [
      "vision",
      "An image is cut into image patches for classification on ImageNet by a transformer encoder. ",
    ],
    [
      "mixture-of-experts",
      "Each token goes to two experts of the mixture of experts, by a router of this language model. ",
    ],
    [
      "speech",
      "Speech is turned into a log-mel spectrogram before the encoder and the decoder read the audio. ",
    ],
    [
      "encoder-decoder",
      "Machine translation maps a source sentence to a target with an encoder and a decoder. ",
    ],
    ["decoder", "An autoregressive language model predicts the next token; language models grow. "],
  ] as const)
    assert.equal(kindOf(text)?.kind, kind, text);
});

test("words that stand once or twice say nothing", () => {
  assert.equal(kindOfPaper(cuesOf(["We thank the experts, and an image of the lab."])), null);
  assert.equal(kindOfPaper(cuesOf([])), null);
});

test("a checkpoint's kind is told by its configuration", () => {
  for (const [kind, config] of [
    ["mixture-of-experts", { architectures: ["MixtralForCausalLM"], num_local_experts: 8 }],
    ["decoder", { architectures: ["LlamaForCausalLM"], num_experts: 1 }],
    ["vision", { architectures: ["ViTForImageClassification"], patch_size: 16, image_size: 224 }],
    [
      "speech",
      { architectures: ["WhisperForConditionalGeneration"], num_mel_bins: 80, is_encoder_decoder: true },
    ],
    ["encoder-decoder", { architectures: ["T5ForConditionalGeneration"], is_encoder_decoder: true }],
    ["encoder", { architectures: ["BertForMaskedLM"] }],
    ["decoder", { architectures: ["GPT2LMHeadModel"] }],
    [null, {}],
  ] as const)
    assert.equal(kindOfConfig(config), kind, JSON.stringify(config));
});

test("the closest model is the first of the kind, else of its kin, else none", () => {
  const decoder = { id: "a", kind: "decoder" } as const;
  const experts = { id: "b", kind: "mixture-of-experts" } as const;
  const unknown = { id: "c", kind: null } as const;
  assert.deepEqual(closestModel("mixture-of-experts", [unknown, decoder, experts]), {
    model: experts,
    exact: true,
  });
  assert.deepEqual(closestModel("mixture-of-experts", [unknown, decoder]), { model: decoder, exact: false });
  assert.equal(closestModel("vision", [unknown, decoder]), null);
});
