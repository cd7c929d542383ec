import type { Component } from "./component.ts";
import { attentionIsAllYouNeed } from "./papers.ts";

/** Whole stacks of blocks. */
export const stacks: readonly Component[] = [
  {
    id: "encoder",
    name: { en: "Encoder", ko: "인코더" },
    aliases: {
      en: ["encoder-only", "encoder stack", "Transformer encoder"],
      ko: ["트랜스포머 인코더", "인코더 스택"],
    },
    formula: String.raw`H = \mathrm{Block}_L \circ \dots \circ \mathrm{Block}_1\,(X), \qquad \text{no mask}`,
    explanation: {
      en: "A stack of blocks in which every token may attend to every other, on both sides. It turns a text, an image or a recording into one vector per token. Encoder-only models such as BERT are used to understand rather than to write.",
      ko: "모든 토큰이 양쪽의 모든 토큰을 볼 수 있는 블록의 스택입니다. 텍스트, 이미지, 녹음을 토큰마다 벡터 하나로 바꿉니다. BERT 같은 인코더 전용 모델은 글을 쓰기보다 이해하는 데 쓰입니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: false,
    view: "general",
    hints: { classes: ["Encoder"], names: ["encoder"] },
  },
  {
    id: "decoder",
    name: { en: "Decoder", ko: "디코더" },
    aliases: {
      en: ["decoder-only", "decoder stack", "Transformer decoder"],
      ko: ["트랜스포머 디코더", "디코더 스택"],
    },
    formula: String.raw`p(x) = \prod_{t} p(x_t \mid x_{<t})`,
    explanation: {
      en: "A stack of blocks in which a token sees only itself and what came before. It predicts the next token, appends it and goes on. Decoder-only models of this kind are today’s large language models.",
      ko: "토큰이 자기 자신과 앞선 토큰만 보는 블록의 스택입니다. 다음 토큰을 예측하여 덧붙이고 계속 이어 갑니다. 오늘날의 거대 언어 모델이 이러한 디코더 전용 모델입니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: false,
    view: "general",
    hints: { classes: ["Decoder"], names: ["decoder"] },
  },
  {
    id: "encoder-decoder",
    name: { en: "Encoder-decoder", ko: "인코더-디코더" },
    aliases: { en: ["sequence-to-sequence", "seq2seq"], ko: ["시퀀스 투 시퀀스", "인코더 디코더"] },
    formula: String.raw`p(y \mid x) = \prod_t p\big(y_t \mid y_{<t},\, \mathrm{Enc}(x)\big)`,
    explanation: {
      en: "An encoder reads the whole input, and a decoder writes the output one token at a time while looking at the encoder’s result. Translation and summarisation have this form: one sequence goes in, another comes out.",
      ko: "인코더가 입력 전체를 읽고, 디코더가 그 결과를 보면서 출력을 한 토큰씩 씁니다. 번역과 요약처럼 한 시퀀스가 들어가고 다른 시퀀스가 나오는 일에 알맞습니다.",
    },
    paper: {
      title: "Sequence to Sequence Learning with Neural Networks",
      authors: "Sutskever, Vinyals, Le",
      year: 2014,
      arxiv: "1409.3215",
    },
    recognised: false,
    view: "general",
    hints: { classes: ["EncoderDecoder", "Seq2Seq", "ForConditionalGeneration"], names: ["encoder_decoder"] },
  },
];
