import type { Component } from "./component.ts";
import { attentionIsAllYouNeed } from "./papers.ts";

/** Attention, its parts and its variants. */
export const attention: readonly Component[] = [
  {
    id: "self-attention",
    name: { en: "Self-attention", ko: "셀프 어텐션" },
    aliases: {
      en: [
        "attention",
        "scaled dot-product attention",
        "attention weights",
        "attention scores",
        "intra-attention",
      ],
      ko: [
        "어텐션",
        "자기 주의",
        "자기 어텐션",
        "스케일드 닷 프로덕트 어텐션",
        "어텐션 가중치",
        "어텐션 점수",
      ],
    },
    formula: String.raw`\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right) V`,
    explanation: {
      en: "Every token compares its query with the keys of all tokens and takes an average of their values, weighted by how well they match. The softmax turns the scores of a row into weights that sum to 1. Dividing by √dₖ keeps the scores from growing with the width.",
      ko: "모든 토큰은 자기 쿼리를 다른 토큰들의 키와 비교하고, 잘 맞는 정도를 가중치로 하여 값을 평균합니다. 소프트맥스가 한 행의 점수를 합이 1인 가중치로 바꿉니다. √dₖ로 나누어 점수가 차원에 따라 커지는 것을 막습니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: true,
    view: "attention",
    hints: {
      classes: ["SelfAttention", "SdpaAttention", "Attention"],
      names: [
        "self_attn",
        "attn",
        "attention",
        "scaled_dot_product_attention",
        "attn_weights",
        "attn_scores",
        "eager_attention_forward",
      ],
    },
  },
  {
    id: "multi-head-attention",
    name: { en: "Multi-head attention", ko: "멀티 헤드 어텐션" },
    aliases: {
      en: ["multi-head self-attention", "attention head", "MHA", "multi-headed attention"],
      ko: ["다중 헤드 어텐션", "멀티헤드 어텐션", "어텐션 헤드"],
    },
    formula: String.raw`\mathrm{MultiHead}(Q,K,V) = \mathrm{Concat}(\mathrm{head}_1, \dots, \mathrm{head}_h)\,W^O`,
    explanation: {
      en: "Attention is computed several times side by side, each head with its own smaller projections. Heads can look for different things at once: the previous token, the subject, a matching bracket. Their outputs are joined and mixed by one more linear map.",
      ko: "헤드마다 더 작은 투영을 따로 두고 어텐션을 여러 번 나란히 계산합니다. 헤드들은 앞 토큰, 주어, 짝이 되는 괄호처럼 서로 다른 것을 동시에 찾을 수 있습니다. 출력은 이어 붙인 뒤 선형 변환 하나로 섞습니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: true,
    view: "attention",
    hints: {
      classes: ["MultiHeadAttention", "MultiheadAttention", "MultiHeadSelfAttention"],
      names: ["multi_head_attention", "multihead_attn", "mha", "num_heads", "split_heads"],
    },
  },
  {
    id: "qkv-projection",
    name: { en: "Query, key and value projection", ko: "쿼리·키·값 투영" },
    aliases: {
      en: [
        "queries, keys and values",
        "query projection",
        "key projection",
        "value projection",
        "QKV projection",
      ],
      ko: ["쿼리, 키, 값", "쿼리·키·값", "쿼리와 키", "키와 값", "쿼리 키 밸류"],
    },
    formula: String.raw`Q = XW^Q, \qquad K = XW^K, \qquad V = XW^V`,
    explanation: {
      en: "Three linear maps give every token three vectors: the query says what it looks for, the key what it offers, the value what it passes on. Some models keep three weights, others fuse them into one and split the result.",
      ko: "세 개의 선형 변환이 토큰마다 벡터 셋을 만듭니다. 쿼리는 무엇을 찾는지, 키는 무엇을 가졌는지, 값은 무엇을 전할지를 나타냅니다. 가중치를 셋으로 두는 모델도 있고 하나로 합쳐 결과를 나누는 모델도 있습니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: true,
    view: "attention",
    hints: {
      classes: ["QKVProjection"],
      names: [
        "q_proj",
        "k_proj",
        "v_proj",
        "qkv_proj",
        "c_attn",
        "query",
        "key",
        "value",
        "query_key_value",
        "qkv",
        "in_proj",
      ],
    },
  },
  {
    id: "attention-mask",
    name: { en: "Attention mask", ko: "어텐션 마스크" },
    aliases: {
      en: [
        "causal mask",
        "padding mask",
        "masked attention",
        "causal attention",
        "masked self-attention",
        "look-ahead mask",
      ],
      ko: ["인과 마스크", "패딩 마스크", "마스크드 어텐션", "마스크된 어텐션", "인과적 어텐션"],
    },
    formula: String.raw`s_{ij} \leftarrow s_{ij} + m_{ij}, \qquad m_{ij} = \begin{cases} 0 & j \le i \\ -\infty & j > i \end{cases}`,
    explanation: {
      en: "Scores that must not count are set to −∞ before the softmax, so their weights become 0. A causal mask hides the tokens to the right, so that a model that predicts the next token cannot see it. A padding mask hides the filler of shorter texts in a batch.",
      ko: "쓰면 안 되는 점수를 소프트맥스 앞에서 −∞로 만들어 가중치가 0이 되게 합니다. 인과 마스크는 오른쪽 토큰을 가려, 다음 토큰을 예측하는 모델이 답을 미리 보지 못하게 합니다. 패딩 마스크는 배치에서 짧은 글을 채운 자리를 가립니다.",
    },
    paper: attentionIsAllYouNeed,
    recognised: true,
    view: "attention",
    hints: {
      classes: ["AttentionMask", "CausalMask"],
      names: [
        "attention_mask",
        "causal_mask",
        "attn_mask",
        "create_causal_mask",
        "create_bidirectional_mask",
        "masked_fill",
        "key_padding_mask",
        "is_causal",
      ],
    },
  },
  {
    id: "softmax",
    name: { en: "Softmax", ko: "소프트맥스" },
    aliases: { en: ["softmax function", "soft-max"], ko: ["소프트맥스 함수"] },
    formula: String.raw`\mathrm{softmax}(z)_i = \frac{e^{z_i / \tau}}{\sum_j e^{z_j / \tau}}`,
    explanation: {
      en: "Any row of numbers becomes positive weights that sum to 1; larger numbers take a larger share, and differences count exponentially. A low temperature τ sharpens the result towards the largest, a high one flattens it.",
      ko: "임의의 수의 행을 합이 1인 양의 가중치로 바꿉니다. 큰 수일수록 더 큰 몫을 가지며 차이는 지수적으로 반영됩니다. 온도 τ가 낮으면 가장 큰 값에 몰리고 높으면 고르게 퍼집니다.",
    },
    paper: {
      title:
        "Probabilistic Interpretation of Feedforward Classification Network Outputs, with Relationships to Statistical Pattern Recognition",
      authors: "Bridle",
      year: 1990,
      arxiv: null,
    },
    recognised: true,
    view: "attention",
    hints: { classes: ["Softmax"], names: ["softmax", "Softmax"] },
  },
  {
    id: "cross-attention",
    name: { en: "Cross-attention", ko: "크로스 어텐션" },
    aliases: {
      en: ["encoder-decoder attention", "encoder-decoder cross-attention"],
      ko: ["교차 어텐션", "인코더-디코더 어텐션"],
    },
    formula: String.raw`\mathrm{softmax}\!\left(\frac{Q_{\mathrm{dec}} K_{\mathrm{enc}}^\top}{\sqrt{d_k}}\right) V_{\mathrm{enc}}`,
    explanation: {
      en: "The queries come from one sequence and the keys and values from another. In an encoder-decoder, each output token looks at all input tokens this way, which shows as an alignment between the two texts.",
      ko: "쿼리는 한 시퀀스에서, 키와 값은 다른 시퀀스에서 옵니다. 인코더-디코더에서는 출력 토큰 하나하나가 이렇게 모든 입력 토큰을 살피며, 두 글 사이의 정렬이 드러납니다.",
    },
    paper: {
      title: "Neural Machine Translation by Jointly Learning to Align and Translate",
      authors: "Bahdanau, Cho, Bengio",
      year: 2014,
      arxiv: "1409.0473",
    },
    recognised: true,
    view: "attention",
    hints: {
      classes: ["CrossAttention", "EncDecAttention", "LayerCrossAttention"],
      names: ["encoder_attn", "cross_attn", "crossattention", "cross_attention", "EncDecAttention"],
    },
  },
  {
    id: "grouped-query-attention",
    name: { en: "Grouped-query attention", ko: "그룹 쿼리 어텐션" },
    aliases: {
      en: ["GQA", "MQA", "multi-query attention"],
      ko: ["멀티 쿼리 어텐션", "그룹드 쿼리 어텐션", "다중 쿼리 어텐션"],
    },
    formula: String.raw`\mathrm{head}_i = \mathrm{Attention}\big(Q_i,\; K_{\lfloor i/g \rfloor},\; V_{\lfloor i/g \rfloor}\big)`,
    explanation: {
      en: "Several query heads share one key head and one value head. With one shared pair for all heads it is multi-query attention; with a few it is grouped-query attention. The cache that decoding keeps shrinks by the size of the group.",
      ko: "여러 쿼리 헤드가 키 헤드와 값 헤드 하나를 함께 씁니다. 모든 헤드가 한 쌍을 공유하면 멀티 쿼리 어텐션, 몇 쌍을 나누어 쓰면 그룹 쿼리 어텐션입니다. 디코딩할 때 보관하는 캐시가 그룹 크기만큼 줄어듭니다.",
    },
    paper: {
      title: "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints",
      authors: "Ainslie et al.",
      year: 2023,
      arxiv: "2305.13245",
    },
    recognised: true,
    view: "attention",
    hints: {
      classes: ["GroupedQueryAttention", "MultiQueryAttention"],
      names: ["repeat_kv", "num_key_value_groups", "num_key_value_heads", "num_kv_heads"],
    },
  },
  {
    id: "sliding-window-attention",
    name: { en: "Sliding-window attention", ko: "슬라이딩 윈도 어텐션" },
    aliases: {
      en: ["sliding window", "local attention", "windowed attention", "SWA"],
      ko: ["슬라이딩 윈도우 어텐션", "슬라이딩 윈도", "지역 어텐션"],
    },
    formula: String.raw`m_{ij} = \begin{cases} 0 & 0 \le i - j < w \\ -\infty & \text{otherwise} \end{cases}`,
    explanation: {
      en: "Each token sees only the last w tokens, so the cost grows with the length instead of its square. Information still travels further, because every layer extends the reach by one more window. Many models alternate such layers with full attention.",
      ko: "각 토큰이 최근 w개의 토큰만 보므로 비용이 길이의 제곱이 아니라 길이에 비례합니다. 층마다 창 하나만큼 닿는 범위가 늘어나므로 정보는 더 멀리까지 전해집니다. 이런 층과 전체 어텐션 층을 번갈아 쓰는 모델이 많습니다.",
    },
    paper: {
      title: "Longformer: The Long-Document Transformer",
      authors: "Beltagy, Peters, Cohan",
      year: 2020,
      arxiv: "2004.05150",
    },
    recognised: true,
    view: "attention",
    hints: {
      classes: ["SlidingWindowAttention", "LocalAttention"],
      names: ["sliding_window", "create_sliding_window_causal_mask", "local_attention", "is_sliding"],
    },
  },
  {
    id: "flash-attention",
    name: { en: "FlashAttention", ko: "플래시 어텐션" },
    aliases: {
      en: ["flash attention", "tiled softmax", "online softmax", "tiled attention"],
      ko: ["온라인 소프트맥스", "플래시어텐션"],
    },
    formula: String.raw`m' = \max(m, \tilde m), \quad \ell' = e^{m-m'}\ell + e^{\tilde m-m'}\tilde\ell, \quad O' = \frac{e^{m-m'}\,\ell\,O + e^{\tilde m-m'}\,\tilde P V}{\ell'}`,
    explanation: {
      en: "Attention is computed tile by tile, keeping a running maximum and sum for each row, so the full matrix of scores never exists. The result equals plain attention up to rounding. Memory grows with the length rather than its square, and slow memory is touched far less.",
      ko: "행마다 최댓값과 합을 이어 가며 타일 단위로 어텐션을 계산하므로 전체 점수 행렬을 만들지 않습니다. 결과는 반올림 오차를 빼면 보통의 어텐션과 같습니다. 메모리가 길이의 제곱이 아니라 길이에 비례하고, 느린 메모리를 훨씬 적게 읽고 씁니다.",
    },
    paper: {
      title: "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness",
      authors: "Dao et al.",
      year: 2022,
      arxiv: "2205.14135",
    },
    recognised: false,
    view: "general",
    hints: {
      classes: ["FlashAttention", "FlashAttention2"],
      names: ["flash_attn_func", "flash_attention_forward", "flash_attention"],
    },
  },
  {
    id: "kv-cache",
    name: { en: "KV cache", ko: "KV 캐시" },
    aliases: {
      en: ["key-value cache", "KV caching", "cached keys and values"],
      ko: ["키-값 캐시", "키 값 캐시"],
    },
    formula: String.raw`K_{\le t} = [\,K_{<t};\; k_t\,], \qquad V_{\le t} = [\,V_{<t};\; v_t\,]`,
    explanation: {
      en: "While text is generated, the keys and values of earlier tokens do not change, so they are kept instead of computed again. Each step then works on the newest token alone. The price is memory: two vectors per token, layer and key-value head.",
      ko: "텍스트를 생성하는 동안 앞선 토큰의 키와 값은 변하지 않으므로 다시 계산하지 않고 보관합니다. 그러면 단계마다 새 토큰 하나만 계산하면 됩니다. 대신 토큰, 층, 키-값 헤드마다 벡터 두 개만큼의 메모리가 듭니다.",
    },
    paper: {
      title: "Fast Transformer Decoding: One Write-Head Is All You Need",
      authors: "Shazeer",
      year: 2019,
      arxiv: "1911.02150",
    },
    recognised: true,
    view: "general",
    hints: {
      classes: ["DynamicCache", "StaticCache", "KVCache", "EncoderDecoderCache"],
      names: ["past_key_values", "past_key_value", "use_cache", "kv_cache", "layer_past"],
    },
  },
];
