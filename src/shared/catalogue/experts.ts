import type { Component } from "./component.ts";
import { sparselyGatedExperts } from "./papers.ts";

/** Layers of which only a part runs for each token. */
export const experts: readonly Component[] = [
  {
    id: "mixture-of-experts",
    name: { en: "Mixture of experts", ko: "전문가 혼합" },
    aliases: {
      en: ["mixture-of-experts", "MoE", "expert", "sparse expert layer"],
      ko: ["전문가 혼합 모델", "혼합 전문가", "전문가 네트워크"],
    },
    formula: String.raw`y = \sum_{e \in \mathrm{TopK}(p)} p_e\, E_e(x), \qquad p = \mathrm{softmax}(W_r x)`,
    explanation: {
      en: "Instead of one feed-forward network there are many, the experts, and each token is sent to only a few of them. Their outputs are added with the router’s weights. The model has many parameters, but a token pays for a fraction.",
      ko: "피드포워드 신경망 하나 대신 여러 전문가를 두고, 토큰마다 그중 몇 개에만 보냅니다. 출력은 라우터의 가중치로 더해집니다. 매개변수는 많지만 토큰 하나가 치르는 계산은 일부뿐입니다.",
    },
    paper: sparselyGatedExperts,
    recognised: true,
    view: "general",
    hints: {
      classes: ["SparseMoeBlock", "MixtureOfExperts", "MoE", "Moe", "Experts"],
      names: ["experts", "shared_expert", "moe", "block_sparse_moe", "num_experts"],
    },
  },
  {
    id: "router",
    name: { en: "Router", ko: "라우터" },
    aliases: {
      en: ["gating network", "routing", "top-k routing", "top-k gating"],
      ko: ["게이팅 네트워크", "라우팅", "게이트 네트워크"],
    },
    formula: String.raw`p = \mathrm{softmax}(W_r x), \qquad \mathcal{E} = \mathrm{TopK}(p, k)`,
    explanation: {
      en: "A small linear layer scores every expert for a token. The k best are chosen, and their scores, turned into weights, say how much each contributes. Training usually adds a loss that keeps the load even.",
      ko: "작은 선형층이 토큰마다 모든 전문가의 점수를 매깁니다. 점수가 높은 k개를 고르고, 그 점수를 가중치로 바꾸어 각 전문가의 몫을 정합니다. 학습할 때는 보통 부하를 고르게 하는 손실을 더합니다.",
    },
    paper: sparselyGatedExperts,
    recognised: true,
    view: "general",
    hints: {
      classes: ["Router", "TopKRouter", "TopKGate"],
      names: ["router", "router_logits", "routing_weights", "top_k_weights", "top_k_index"],
    },
  },
];
