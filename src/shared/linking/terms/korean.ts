import type { Terms } from "./terms.ts";

/** Korean spellings beside the catalogue's; a space also stands for none, since Korean compounds are written both ways. */
export const koreanTerms: readonly Terms[] = [
  {
    component: "self-attention",
    patterns: [
      "{셀프|자기} {어텐션|주의}",
      "{닷 프로덕트|내적} 어텐션",
      "어텐션 {가중치|점수|스코어|행렬|맵}",
    ].map(loose),
  },
  { component: "self-attention", patterns: ["자기 주의 {메커니즘|기법}"].map(loose) },
  {
    component: "multi-head-attention",
    patterns: ["{멀티|다중} 헤드 {셀프 어텐션|어텐션|}", "어텐션 헤드"].map(loose),
  },
  { component: "cross-attention", patterns: ["{크로스|교차} 어텐션", "인코더 디코더 어텐션"].map(loose) },
  {
    component: "qkv-projection",
    patterns: [
      "{쿼리|질의}{,|와|·} {키|}{,|와|·} {값|밸류}",
      "{쿼리|질의}{, |와 |·}{키}{, |와 |·}{값|밸류}",
      "키와 {값|밸류}",
    ],
  },
  {
    component: "attention-mask",
    patterns: [
      "{인과|인과적|패딩|어텐션} {마스크|마스킹}",
      "{마스크드|마스킹된|마스크된} {셀프 어텐션|멀티 헤드 어텐션|어텐션}",
    ].map(loose),
  },
  { component: "layer-norm", patterns: ["{층|계층|레이어} {정규화|노름}"].map(loose) },
  { component: "residual-connection", patterns: ["{잔차|스킵|레지듀얼} {연결|스트림|커넥션}"].map(loose) },
  { component: "positional-encoding", patterns: ["{위치|포지셔널} {인코딩|임베딩|부호화}"].map(loose) },
  { component: "rotary-embedding", patterns: ["{회전|로터리} {위치|} {임베딩|인코딩}"].map(loose) },
  { component: "token-embedding", patterns: ["{토큰|단어|입력} 임베딩"].map(loose) },
  {
    component: "feed-forward",
    patterns: ["피드 포워드 {신경망|네트워크|층|레이어|계층|}", "다층 퍼셉트론"].map(loose),
  },
  { component: "activation-function", patterns: ["{활성화|활성} 함수"].map(loose) },
  {
    component: "transformer-block",
    patterns: ["트랜스포머 {블록|층|레이어}", "{인코더|디코더} {층|블록|레이어}"].map(loose),
  },
  {
    component: "mixture-of-experts",
    patterns: ["전문가"],
    when: { document: facts => facts.mixtureOfExperts },
  },
  {
    component: "router",
    patterns: ["라우터", "라우팅"],
    when: { document: facts => facts.mixtureOfExperts },
  },
  {
    component: "sampling",
    patterns: ["{빔|탐욕} {서치|탐색|디코딩}", "{핵|뉴클리어스|탑케이|온도} 샘플링"].map(loose),
  },
  { component: "tokenizer", patterns: ["토크나이저", "토크나이징", "토큰화"] },
  { component: "encoder-decoder", patterns: ["인코더 디코더", "인코더·디코더"].map(loose) },
];

/** Words that may be written together or apart. */
function loose(pattern: string): string {
  return pattern.replaceAll(" ", "-");
}
