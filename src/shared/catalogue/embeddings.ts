import type { Component } from "./component.ts";
import { attentionIsAllYouNeed } from "./papers.ts";

/** Vectors for tokens, positions, image patches and sound. */
export const embeddings: readonly Component[] = [
  {
    id: "token-embedding",
    name: { en: "Token embedding", ko: "토큰 임베딩" },
    aliases: {
      en: ["input embedding", "word embedding", "embedding layer", "embedding table", "embedding matrix"],
      ko: ["입력 임베딩", "단어 임베딩", "임베딩 층", "임베딩 테이블", "임베딩 행렬"],
    },
    formula: String.raw`x_i = E_{t_i}, \qquad E \in \mathbb{R}^{|V| \times d}`,
    explanation: {
      en: "A table holds one learned vector per entry of the vocabulary. Each token number picks its row, and that row is what enters the first layer. Many models use the same table again, transposed, to score the next token.",
      ko: "어휘의 항목마다 학습된 벡터 하나를 담은 표입니다. 토큰 번호가 자기 행을 고르고, 그 행이 첫 번째 층의 입력이 됩니다. 같은 표를 전치하여 다음 토큰의 점수를 매기는 데 다시 쓰는 모델도 많습니다.",
    },
    paper: {
      title: "A Neural Probabilistic Language Model",
      authors: "Bengio et al.",
      year: 2003,
      arxiv: null,
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["TokenEmbedding", "WordEmbedding", "Embedding", "Embeddings"],
      names: [
        "embed_tokens",
        "word_embeddings",
        "tok_embeddings",
        "token_embedding",
        "wte",
        "embed_in",
        "inputs_embeds",
      ],
    },
  },
  {
    id: "positional-encoding",
    name: { en: "Positional encoding", ko: "위치 인코딩" },
    aliases: {
      en: ["positional embedding", "position embedding", "position encoding", "sinusoidal encoding"],
      ko: ["위치 임베딩", "포지셔널 인코딩", "사인파 위치 인코딩"],
    },
    formula: String.raw`PE_{(p,2i)} = \sin\frac{p}{10000^{2i/d}}, \quad PE_{(p,2i+1)} = \cos\frac{p}{10000^{2i/d}}`,
    explanation: {
      en: "Attention by itself does not see the order of tokens, so a vector that depends on the position is added to each embedding. The original transformer takes sines and cosines of many wavelengths; later models learn one vector per position. Take it away and every ordering of the same tokens looks alike.",
      ko: "어텐션만으로는 토큰의 순서를 알 수 없으므로 위치에 따라 달라지는 벡터를 각 임베딩에 더합니다. 처음의 트랜스포머는 여러 파장의 사인과 코사인을 쓰고, 이후의 모델은 위치마다 벡터를 학습합니다. 이것을 빼면 같은 토큰의 어떤 순서도 똑같아 보입니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: true,
    view: "general",
    hints: {
      classes: [
        "PositionalEncoding",
        "PositionalEmbedding",
        "PositionEmbedding",
        "SinusoidalPositionalEmbedding",
      ],
      names: [
        "position_embeddings",
        "embed_positions",
        "wpe",
        "positional_encoding",
        "pos_embed",
        "position_embedding",
      ],
    },
  },
  {
    id: "rotary-embedding",
    name: { en: "Rotary position embedding", ko: "회전 위치 임베딩" },
    aliases: {
      en: ["RoPE", "rotary embedding", "rotary positional embedding"],
      ko: ["로터리 임베딩", "로터리 위치 임베딩", "회전 임베딩"],
    },
    formula: String.raw`\begin{pmatrix} q'_{2i} \\ q'_{2i+1} \end{pmatrix} = \begin{pmatrix} \cos p\theta_i & -\sin p\theta_i \\ \sin p\theta_i & \cos p\theta_i \end{pmatrix} \begin{pmatrix} q_{2i} \\ q_{2i+1} \end{pmatrix}`,
    explanation: {
      en: "Queries and keys are turned, pair of features by pair, through an angle that grows with the position. In their dot product only the difference of the two angles is left. So a score depends on how far apart two tokens are, not on where they stand.",
      ko: "쿼리와 키의 특성을 두 개씩 짝지어 위치에 비례하는 각도만큼 회전합니다. 내적을 하면 두 각도의 차이만 남습니다. 따라서 점수는 두 토큰의 절대 위치가 아니라 거리에 따라 정해집니다.",
    },
    paper: {
      title: "RoFormer: Enhanced Transformer with Rotary Position Embedding",
      authors: "Su et al.",
      year: 2021,
      arxiv: "2104.09864",
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["RotaryEmbedding", "RotaryPositionEmbedding", "Rotary"],
      names: ["rotary_emb", "apply_rotary_pos_emb", "rotate_half", "rope", "apply_rope", "rotary"],
    },
  },
  {
    id: "relative-position",
    name: { en: "Relative position", ko: "상대 위치" },
    aliases: {
      en: [
        "relative position bias",
        "relative position embedding",
        "relative position encoding",
        "relative position representation",
        "T5 bias",
        "ALiBi",
      ],
      ko: ["상대 위치 편향", "상대 위치 임베딩", "상대 위치 인코딩"],
    },
    formula: String.raw`s_{ij} = \frac{q_i^\top k_j}{\sqrt{d_k}} + b_{\,j-i}`,
    explanation: {
      en: "A learned or fixed bias that depends on the distance between two tokens is added to their attention score, for each head. T5 learns one value per distance bucket; ALiBi subtracts the distance times a slope. Nothing is added to the embeddings.",
      ko: "두 토큰 사이의 거리에 따라 정해지는 편향을 헤드마다 어텐션 점수에 더합니다. T5는 거리 구간마다 값 하나를 학습하고, ALiBi는 거리에 기울기를 곱해 뺍니다. 임베딩에는 아무것도 더하지 않습니다.",
    },
    paper: {
      title: "Self-Attention with Relative Position Representations",
      authors: "Shaw, Uszkoreit, Vaswani",
      year: 2018,
      arxiv: "1803.02155",
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["RelativePositionBias", "RelativePosition", "Alibi"],
      names: [
        "relative_attention_bias",
        "relative_position_bias",
        "compute_bias",
        "position_bias",
        "alibi",
        "build_alibi_tensor",
      ],
    },
  },
  {
    id: "patch-embedding",
    name: { en: "Patch embedding", ko: "패치 임베딩" },
    aliases: {
      en: ["linear projection of flattened patches", "patch projection"],
      ko: ["이미지 패치 임베딩", "패치 투영"],
    },
    formula: String.raw`z_i = W\,\mathrm{vec}(x_i) + b, \qquad x_i \in \mathbb{R}^{P \times P \times C}`,
    explanation: {
      en: "An image is cut into squares of equal size, and one linear map turns each square into a vector. From there on a patch is treated as a word would be. A convolution whose stride equals its kernel does the same in one step.",
      ko: "이미지를 같은 크기의 정사각형으로 자르고, 하나의 선형 변환으로 각 조각을 벡터로 바꿉니다. 그다음부터 패치는 단어처럼 다루어집니다. 보폭과 커널 크기가 같은 합성곱 한 번이 같은 일을 합니다.",
    },
    paper: {
      title: "An Image Is Worth 16x16 Words: Transformers for Image Recognition at Scale",
      authors: "Dosovitskiy et al.",
      year: 2020,
      arxiv: "2010.11929",
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["PatchEmbedding", "PatchEmbeddings", "PatchEmbed"],
      names: ["patch_embeddings", "patch_embedding", "patch_embed", "to_patch_embedding"],
    },
  },
  {
    id: "audio-frontend",
    name: { en: "Audio front end", ko: "오디오 프런트엔드" },
    aliases: {
      en: [
        "log-mel spectrogram",
        "mel spectrogram",
        "mel filterbank",
        "convolution stem",
        "convolutional stem",
      ],
      ko: ["로그 멜 스펙트로그램", "멜 스펙트로그램", "합성곱 스템"],
    },
    formula: String.raw`M = \log\!\left(F\,\lvert \mathrm{STFT}(x) \rvert^2 + \varepsilon\right)`,
    explanation: {
      en: "A waveform becomes a sequence of frames: the energy in a few dozen frequency bands, spaced as the ear hears them, on a logarithmic scale. A few convolutions then shorten the sequence and bring it to the width of the model.",
      ko: "파형을 프레임의 열로 바꿉니다. 각 프레임은 귀가 느끼는 간격으로 나눈 수십 개 주파수 대역의 에너지를 로그 눈금으로 나타낸 것입니다. 이어서 합성곱 몇 층이 길이를 줄이고 모델의 너비에 맞춥니다.",
    },
    paper: {
      title: "Transformers with Convolutional Context for ASR",
      authors: "Mohamed, Okhonko, Zettlemoyer",
      year: 2019,
      arxiv: "1904.11660",
    },
    recognised: false,
    view: "general",
    hints: {
      classes: ["FeatureExtractor", "FeatureEncoder", "AudioFrontend", "ConvStem"],
      names: ["log_mel_spectrogram", "mel_spectrogram", "mel_filters", "feature_extractor"],
    },
  },
  {
    id: "contextual-embedding",
    name: { en: "Contextual embedding", ko: "문맥 임베딩" },
    aliases: {
      en: [
        "contextual word embedding",
        "contextualized embedding",
        "contextual representation",
        "contextualized word representation",
        "hidden state",
      ],
      ko: ["문맥화된 임베딩", "문맥 표현", "은닉 상태"],
    },
    formula: String.raw`h_i^{(\ell)} = \mathrm{Block}_\ell\big(h_1^{(\ell-1)}, \dots, h_n^{(\ell-1)}\big)_i`,
    explanation: {
      en: "After a layer, a token’s vector depends on the whole sentence, not on the word alone. The same word in two sentences starts from one vector and drifts apart layer by layer. This is what lets one spelling have several meanings.",
      ko: "층을 지난 토큰의 벡터는 단어만이 아니라 문장 전체에 따라 달라집니다. 두 문장에 나온 같은 단어는 한 벡터에서 출발해 층을 지날수록 멀어집니다. 철자가 같은 단어가 여러 뜻을 가질 수 있는 까닭입니다.",
    },
    paper: {
      title: "Deep Contextualized Word Representations",
      authors: "Peters et al.",
      year: 2018,
      arxiv: "1802.05365",
    },
    recognised: false,
    view: "general",
    hints: { classes: [], names: ["last_hidden_state", "all_hidden_states"] },
  },
];
