import type { Component } from "./component.ts";

/** From the last hidden state to an answer, and how good it was. */
export const outputs: readonly Component[] = [
  {
    id: "lm-head",
    name: { en: "LM head", ko: "언어 모델 헤드" },
    aliases: {
      en: [
        "language modeling head",
        "language model head",
        "unembedding",
        "output projection",
        "output embedding",
        "tied embedding",
        "weight tying",
      ],
      ko: ["출력 투영", "언어 모델링 헤드", "출력 임베딩", "가중치 공유 임베딩"],
    },
    formula: String.raw`\mathrm{logits} = W_U\,\mathrm{Norm}(h), \qquad W_U \in \mathbb{R}^{|V| \times d}`,
    explanation: {
      en: "The last hidden state is compared with one vector per entry of the vocabulary; the dot products are the logits of the next token. Often these vectors are the token embedding itself. Applied to an earlier layer it shows what the model would say there: the logit lens.",
      ko: "마지막 은닉 상태를 어휘 항목마다 하나씩 있는 벡터와 비교하며, 그 내적이 다음 토큰의 로짓입니다. 이 벡터들로 토큰 임베딩을 그대로 쓰는 경우가 많습니다. 앞쪽 층에 적용하면 그 층에서 모델이 내놓을 답이 보이며, 이를 로짓 렌즈라고 합니다.",
    },
    paper: {
      title: "Using the Output Embedding to Improve Language Models",
      authors: "Press, Wolf",
      year: 2016,
      arxiv: "1608.05859",
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["LMHead", "LMHeadModel", "LMPredictionHead", "PredictionHead"],
      names: ["lm_head", "get_output_embeddings", "embed_out", "unembed", "logits"],
    },
  },
  {
    id: "sampling",
    name: { en: "Sampling", ko: "샘플링" },
    aliases: {
      en: [
        "greedy decoding",
        "greedy search",
        "beam search",
        "nucleus sampling",
        "top-k sampling",
        "top-p sampling",
        "sampling temperature",
      ],
      ko: ["탐욕 디코딩", "빔 서치", "빔 탐색", "뉴클리어스 샘플링", "핵 샘플링"],
    },
    formula: String.raw`p_i \propto e^{z_i/\tau}, \qquad V_p = \min\Big\{ S : \sum_{i \in S} p_i \ge p \Big\}`,
    explanation: {
      en: "The model gives a distribution over the next token; a rule decides which one is taken. Greedy decoding takes the most probable, temperature sharpens or flattens, top-k and top-p cut the tail before drawing, and beam search keeps several continuations alive.",
      ko: "모델은 다음 토큰의 분포를 내놓고, 어느 토큰을 쓸지는 규칙이 정합니다. 탐욕 디코딩은 가장 확률이 높은 것을 고르고, 온도는 분포를 날카롭게 하거나 고르게 하며, top-k와 top-p는 뽑기 전에 꼬리를 자릅니다. 빔 서치는 여러 후보를 함께 이어 갑니다.",
    },
    paper: {
      title: "The Curious Case of Neural Text Degeneration",
      authors: "Holtzman et al.",
      year: 2019,
      arxiv: "1904.09751",
    },
    recognised: false,
    view: "general",
    hints: {
      classes: ["LogitsProcessor", "BeamSearch"],
      names: ["multinomial", "top_p", "do_sample", "beam_search", "greedy_search"],
    },
  },
  {
    id: "cross-entropy",
    name: { en: "Cross-entropy", ko: "크로스 엔트로피" },
    aliases: { en: ["cross-entropy loss", "perplexity"], ko: ["교차 엔트로피", "퍼플렉서티", "혼란도"] },
    formula: String.raw`\mathcal{L} = -\frac{1}{n}\sum_{t=1}^{n} \log p(x_t \mid x_{<t}), \qquad \mathrm{PPL} = e^{\mathcal{L}}`,
    explanation: {
      en: "The loss of a token is the negative logarithm of the probability that the model gave it: 0 when it was certain, large when it was surprised. Perplexity is the exponential of the mean loss, the number of equally likely choices that would be as surprising.",
      ko: "토큰의 손실은 모델이 그 토큰에 준 확률의 로그에 음수를 붙인 값입니다. 확신했으면 0이고 뜻밖이면 커집니다. 퍼플렉서티는 평균 손실의 지수이며, 그만큼 뜻밖인 같은 확률의 선택지가 몇 개인지를 나타냅니다.",
    },
    paper: { title: "A Mathematical Theory of Communication", authors: "Shannon", year: 1948, arxiv: null },
    recognised: false,
    view: "general",
    hints: {
      classes: ["CrossEntropyLoss"],
      names: ["cross_entropy", "loss_fct", "loss_function", "CrossEntropyLoss", "perplexity"],
    },
  },
  {
    id: "pooling",
    name: { en: "Pooling", ko: "풀링" },
    aliases: {
      en: ["CLS token", "class token", "mean pooling", "average pooling", "sentence embedding"],
      ko: ["CLS 토큰", "평균 풀링", "문장 임베딩", "클래스 토큰"],
    },
    formula: String.raw`v = \frac{\sum_i m_i h_i}{\sum_i m_i} \quad\text{or}\quad v = h_{\mathrm{CLS}}`,
    explanation: {
      en: "One vector for a whole text is made from the vectors of its tokens: their mean, or the vector of a special first token. Texts with similar meaning then have similar vectors, which is what search and clustering use.",
      ko: "토큰 벡터들로부터 글 전체를 나타내는 벡터 하나를 만듭니다. 평균을 내거나 맨 앞의 특별한 토큰의 벡터를 씁니다. 뜻이 비슷한 글은 벡터도 비슷해지며, 검색과 군집화가 이것을 이용합니다.",
    },
    paper: {
      title: "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks",
      authors: "Reimers, Gurevych",
      year: 2019,
      arxiv: "1908.10084",
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["Pooler", "Pooling"],
      names: ["pooler", "pooled_output", "pooler_output", "cls_token", "mean_pooling"],
    },
  },
];
