import assert from "node:assert/strict";
import { test } from "node:test";
import { linkText } from "../../../src/shared/linking/index.ts";

/** Spellings without particles, by component. */
const KOREAN: readonly (readonly [component: string, ...spellings: string[]])[] = [
  [
    "self-attention",
    "셀프어텐션",
    "셀프-어텐션",
    "자기 주의",
    "스케일드 닷-프로덕트 어텐션",
    "점곱 어텐션",
    "어텐션 스코어",
  ],
  ["multi-head-attention", "멀티헤드어텐션", "멀티-헤드 셀프-어텐션", "다중 헤드 주의"],
  ["attention-mask", "마스크드 멀티-헤드 셀프-어텐션", "인과적 마스킹", "룩어헤드 마스크"],
  ["cross-attention", "인코더-디코더 어텐션", "교차 주의"],
  ["qkv-projection", "쿼리(Query), 키(Key), 값(Value)", "쿼리와 키, 값", "쿼리·키·값"],
  ["grouped-query-attention", "그룹화된 쿼리 어텐션", "멀티쿼리 어텐션"],
  ["sliding-window-attention", "슬라이딩 윈도우 어텐션", "로컬 어텐션", "시프트 윈도우 셀프 어텐션"],
  ["kv-cache", "KV 캐싱", "키-값 캐시"],
  ["layer-norm", "층정규화", "레이어 노멀라이제이션"],
  ["residual-connection", "스킵 커넥션", "잔차연결"],
  ["positional-encoding", "포지션 임베딩", "절대 위치 임베딩"],
  ["relative-position", "상대적 위치 인코딩"],
  ["rotary-embedding", "로터리 포지션 임베딩", "회전 위치 인코딩"],
  ["feed-forward", "피드-포워드 네트워크", "위치별 피드포워드 네트워크", "전방향 신경망"],
  ["transformer-block", "인코더 계층", "디코더 블록"],
  ["sampling", "그리디 디코딩", "Top-k 샘플링", "탐욕적 디코딩"],
  ["cross-entropy", "교차 엔트로피 손실", "펄플렉서티"],
  ["tokenizer", "바이트 페어 인코딩", "하위 단어"],
  ["lm-head", "LM 헤드"],
];

test("Korean terms are linked without their particles", () => {
  const text =
    "멀티헤드 어텐션은 셀프 어텐션을 여러 번 계산합니다. 소프트맥스가 점수를, 잔차 연결이 변화량을 다룹니다.";
  assert.deepEqual(
    linkText(text).map(({ surface, component }) => [surface, component]),
    [
      ["멀티헤드 어텐션", "multi-head-attention"],
      ["셀프 어텐션", "self-attention"],
      ["소프트맥스", "softmax"],
      ["잔차 연결", "residual-connection"],
    ],
  );
  assert.deepEqual(linkText("그는 디코더스라는 회사에 다닙니다."), []);
});

test("Korean compounds are found apart, together and with hyphens, and with their English beside them", () => {
  for (const [component, ...spellings] of KOREAN) {
    for (const spelling of spellings) {
      const [mention, ...others] = linkText(`여기서 ${spelling}을 설명합니다.`);
      assert.deepEqual([mention?.component, mention?.surface, others], [component, spelling, []], spelling);
    }
  }
});

test("a word that means several things is a term beside its English name or among words of the field", () => {
  const found = (text: string) => linkText(text).map(({ surface }) => surface);
  assert.deepEqual(found("이상 주의(Anomaly-Attention)를 계산한다."), ["주의", "Attention"]);
  assert.deepEqual(found("슬라이딩 윈도우로 토큰을 제한한다."), ["슬라이딩 윈도우"]);
  assert.deepEqual(found("센서 값을 슬라이딩 윈도우로 나눈다."), []);
});

test("Korean words of everyday use are not terms", () => {
  for (const text of [
    "주의해야 할 사항입니다. 자기 주의를 끌려고 했다.",
    "이 문제는 큰 어텐션을 받았다.",
    "전문가의 의견을 듣고 실내 온도를 낮췄다.",
    "사전에 값과 키를 저장한다.",
    "배치 정규화와 데이터 샘플링",
  ])
    assert.deepEqual(linkText(text), [], text);
});
