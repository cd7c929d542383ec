import assert from "node:assert/strict";
import { test } from "node:test";
import { linkText } from "../../../src/shared/linking/index.ts";
import { unmark } from "../../support/marked-text.ts";

/** Each line: a sentence with its mentions in brackets, and their components in order. */
const LINKED: readonly (readonly [sentence: string, ...components: string[]])[] = [
  ["[셀프 어텐션]은 한 문장 안의 모든 토큰을 서로 비교한다.", "self-attention"],
  ["[어텐션 가중치]를 그려 보면 어느 단어를 참고했는지 알 수 있다.", "self-attention"],
  ["[어텐션] 메커니즘이란 필요한 정보에 가중치를 주는 방법이다.", "self-attention"],
  ["본 논문에서는 [자기 주의] 기반 모델만을 다룬다.", "self-attention"],
  ["[스케일드 닷 프로덕트 어텐션]에서는 내적을 차원의 제곱근으로 나눈다.", "self-attention"],
  ["[멀티헤드 어텐션]에서는 헤드마다 다른 관계를 배운다.", "multi-head-attention"],
  ["[멀티 헤드 셀프 어텐션]과 [피드 포워드 네트워크]로 이루어진다.", "multi-head-attention", "feed-forward"],
  ["[어텐션 헤드]들을 하나씩 제거해 보았다.", "multi-head-attention"],
  [
    "[트랜스포머 블록]마다 [잔차 연결]과 [층 정규화]가 있다.",
    "transformer-block",
    "residual-connection",
    "layer-norm",
  ],
  [
    "12개의 [인코더 층]을 쌓고, [디코더 블록]도 같은 수만큼 쌓았다.",
    "transformer-block",
    "transformer-block",
  ],
  ["[레이어 정규화]를 앞에 두는 것을 [사전 정규화]라고 한다.", "layer-norm", "layer-norm"],
  ["[RMS 정규화]는 평균을 빼지 않는다는 점에서 다르다.", "rms-norm"],
  ["[스킵 연결]이 없으면 기울기가 사라지기 쉽다.", "residual-connection"],
  ["[인코더]의 출력은 [디코더]에서 [크로스 어텐션]으로 참조된다.", "encoder", "decoder", "cross-attention"],
  ["[인코더-디코더] 구조뿐만 아니라 [디코더] 전용 모델도 실험하였다.", "encoder-decoder", "decoder"],
  ["[트랜스포머 인코더]만으로도 충분하였다.", "encoder"],
  ["[쿼리, 키, 값]은 입력에 서로 다른 행렬을 곱해 얻는다.", "qkv-projection"],
  ["[쿼리(Q), 키(K), 값(V)] 행렬을 구한다.", "qkv-projection"],
  ["[쿼리와 키]의 내적에 [소프트맥스]를 취한다.", "qkv-projection", "softmax"],
  ["이전 토큰의 [키와 값]을 [KV 캐시]에 두어 다시 계산하지 않는다.", "qkv-projection", "kv-cache"],
  ["[KV캐시]의 크기는 문맥의 길이에 비례한다.", "kv-cache"],
  ["[키-값 캐시]까지 양자화하면 메모리가 더 줄어든다.", "kv-cache"],
  ["쿼리와 [키-값 캐시]의 길이가 다르다.", "kv-cache"],
  ["[인과 마스크]로 미래의 토큰을 가린다.", "attention-mask"],
  ["[패딩 마스크]는 빈 자리를 무시하게 한다.", "attention-mask"],
  ["[마스크드 셀프 어텐션]이라고도 부른다.", "attention-mask"],
  [
    "[그룹 쿼리 어텐션]은 [멀티 쿼리 어텐션]을 일반화한 것이다.",
    "grouped-query-attention",
    "grouped-query-attention",
  ],
  ["[슬라이딩 윈도우 어텐션]은 가까운 토큰만 본다.", "sliding-window-attention"],
  ["[플래시 어텐션]으로 메모리 사용량을 줄였다.", "flash-attention"],
  ["[위치 인코딩]을 [토큰 임베딩]에 더한다.", "positional-encoding", "token-embedding"],
  ["[학습된 위치 임베딩]보다 [회전 위치 임베딩]이 나았다.", "positional-encoding", "rotary-embedding"],
  ["[상대 위치 바이어스]는 점수에 바로 더해진다.", "relative-position"],
  ["[GELU]를 [활성화 함수]로 썼다.", "activation-function", "activation-function"],
  ["[SwiGLU]를 쓴 [피드포워드 층]의 은닉 차원은 네 배이다.", "gated-linear-unit", "feed-forward"],
  ["[다층 퍼셉트론]을 거친 뒤 [드롭아웃]을 적용한다.", "feed-forward", "dropout"],
  [
    "[전문가 혼합 모델]에서는 [라우터]가 토큰마다 [전문가]를 둘씩 고른다.",
    "mixture-of-experts",
    "router",
    "mixture-of-experts",
  ],
  ["[게이팅 네트워크]의 출력이 한쪽으로 쏠렸다.", "router"],
  ["[빔 서치]나 [핵 샘플링]으로 문장을 생성한다.", "sampling", "sampling"],
  ["디코딩할 때 [온도]를 0.7로 두었다.", "sampling"],
  ["[교차 엔트로피 손실]을 줄이면 [퍼플렉서티]도 내려간다.", "cross-entropy", "cross-entropy"],
  ["[바이트 페어 인코딩]을 쓰는 [토크나이저]로 [토큰화]를 한다.", "tokenizer", "tokenizer", "tokenizer"],
  ["[토큰화]된 문장을 [서브워드] 단위로 다룬다.", "tokenizer", "tokenizer"],
  ["[패치 임베딩]은 이미지를 겹치지 않는 조각으로 나눈다.", "patch-embedding"],
  ["[CLS 토큰]의 벡터 대신 [평균 풀링]한 벡터를 썼다.", "pooling", "pooling"],
  ["[문장 임베딩]끼리의 유사도를 잰다.", "pooling"],
  ["[문맥 임베딩]은 같은 단어라도 문장마다 다르다.", "contextual-embedding"],
  ["[워드투벡]과 달리 [단어 가방 모델]은 순서를 모른다.", "word2vec", "bag-of-words"],
  ["[로그 멜 스펙트로그램]을 입력으로 받는다.", "audio-frontend"],
  ["[언어 모델 헤드]는 [임베딩 행렬]을 공유한다.", "lm-head", "token-embedding"],
  [
    "[self-attention]을 계산한 다음 [softmax]를 거쳐 [encoder]로 보낸다.",
    "self-attention",
    "softmax",
    "encoder",
  ],
  ["[Transformer block]마다 [feed-forward layer]가 하나씩 있다.", "transformer-block", "feed-forward"],
  [
    "[어텐션]([attention])과 [피드포워드]([feed-forward])를 번갈아 쓴다.",
    "self-attention",
    "self-attention",
    "feed-forward",
    "feed-forward",
  ],
  [
    "모델은 [멀티헤드\n어텐션]을 쓰며, [셀프 어텐\n션]으로 시작한다.",
    "multi-head-attention",
    "self-attention",
  ],
  ["[멀티헤드어텐션]층과 [셀프어텐션]층을 비교하였다.", "multi-head-attention", "self-attention"],
  ["입력은 [임베딩 층]을 지나 [인코더]로 들어간다.", "token-embedding", "encoder"],
];

/** Sensors, codecs, stores, networks of cables, people, schools and weather. */
const NOT_LINKED: readonly string[] = [
  "인코더를 장착한 모터의 회전 속도를 잰다.",
  "로터리 인코더의 펄스를 세어 각도를 구한다.",
  "동영상 인코더와 디코더는 코덱마다 다르다.",
  "변분 오토인코더와 오토 인코더를 비교한다.",
  "운전할 때에는 주의해야 하며 주의 사항을 읽어야 한다.",
  "아이들은 부모의 어텐션을 끌려고 했다.",
  "각 분야 전문가에게 의견을 물었다.",
  "라우터를 다시 켜고 라우팅 테이블을 확인한다.",
  "키가 큰 사람에게는 값이 비싸도 소용이 없다.",
  "데이터베이스는 키와 값을 디스크에 저장한다.",
  "해시 테이블의 키, 값 쌍을 지운다.",
  "감기에 걸려 마스크를 쓰고 나갔다.",
  "보안 토큰을 발급받아 로그인한다.",
  "실험실의 온도는 25도로 유지하였다.",
  "반응 온도가 높을수록 생성물이 많았다.",
  "변압기의 절연유와 전력망의 부하를 조사하였다.",
  "윈도우 운영체제의 창을 옮긴다.",
  "배치 정규화와 데이터베이스 정규화는 다르다.",
  "회귀 분석에서는 잔차의 분포를 살핀다.",
  "교차로에서 신호를 기다린다.",
  "고등학교를 드롭아웃한 학생이 늘었다.",
  "신호의 샘플링 주기를 두 배로 늘렸다.",
  "위치 추적 장치가 좌표를 보낸다.",
  "LSTM 인코더와 순환 신경망 디코더를 사용한다.",
  "값싼 쿼리 최적화기가 질의 계획을 고른다.",
  "CPU 캐시에 값을 저장한다.",
];

test("terms are linked in Korean sentences, whatever is attached to them", () => {
  for (const [marked, ...components] of LINKED) {
    const { text, spans } = unmark(marked);
    assert.deepEqual(
      linkText(text).map(({ surface, component }) => [surface, component]),
      spans.map(([start, end], index) => [text.slice(start, end), components[index]]),
      text,
    );
  }
});

test("Korean words that also mean something else are linked only where they mean the component", () => {
  for (const sentence of NOT_LINKED) assert.deepEqual(linkText(sentence), [], sentence);
});

test("a long run of particles takes no longer than its length", () => {
  assert.deepEqual(linkText(`어텐션${"이나".repeat(20_000)}뷁`), []);
});
