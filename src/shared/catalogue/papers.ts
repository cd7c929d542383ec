import type { Paper } from "./component.ts";

/** Introduces most of what a transformer consists of, so that several entries name it. */
export const attentionIsAllYouNeed: Paper = {
  title: "Attention Is All You Need",
  authors: "Vaswani et al.",
  year: 2017,
  arxiv: "1706.03762",
};

/** The sparsely gated layer: both the experts and the router that chooses among them. */
export const sparselyGatedExperts: Paper = {
  title: "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer",
  authors: "Shazeer et al.",
  year: 2017,
  arxiv: "1701.06538",
};
