import type { Condition } from "./condition.ts";
import type { Terms } from "./terms.ts";

/** Sensors of turning shafts and coders of pictures; stacks of recurrent networks; and what an autoencoder is made of. */
const ofTransformers: Condition = {
  document: facts => !facts.otherNetworks,
  notNear: /모터|펄스|서보|바퀴|코덱|비트레이트|회전 (속도|각)|채널 부호/,
  notBefore:
    /(오토|변분|순환|합성곱|신경망|동영상|비디오|로터리|광학|자기식|rnn|lstm|gru|cnn|auto|엘에스티엠)[ -]*$/,
};

/** The temperature of a distribution, and not of a room. */
const ofDecoding: Condition = {
  near: /샘플링|디코딩|소프트\s?맥스|로짓|(문장|텍스트|토큰|답변|글)[을를]? ?생성|생성 ?(시|할)|top-?[kp]/,
  notNear: /섭씨|실내|실험실|기온|체온|°|℃|난방|냉각|반응|센서/,
};

const inMixture: Condition = { document: facts => facts.mixtureOfExperts };

/** A window that slides over tokens to bound attention, and not over samples or pictures. */
const windowOfAttention: Condition = {
  near: /어텐션|주의|마스[크킹]|트랜스포머|토큰|헤드|캐시|attention|transformer|swin|token|kv/,
  notNear: /시계열|센서|샘플링|평가|검출|탐지|합성곱|펄스/,
};

/** Attention that people pay: “어텐션을 받다”, “주의를 끌다”. */
const notOrdinary: Condition = { notAfter: /^[을를] (받|끌|기울|모으|주었|주고|주지)/ };

/** Korean spellings beside the catalogue's; a space also stands for none, since Korean compounds are written both ways. */
export const koreanTerms: readonly Terms[] = [
  { component: "bag-of-words", patterns: loose("백 오브 워즈", "단어 가방 모델") },
  { component: "word2vec", patterns: loose("{정적|사전 학습된} 단어 임베딩", "스킵 그램") },
  {
    component: "self-attention",
    patterns: loose(
      "{닷 프로덕트|내적|점곱|스케일드 닷 프로덕트|스케일드 내적|스케일드 점곱|확장된 점곱|축소된 내적} {어텐션|주의}",
      "{셀프|자기} 어텐션",
      "어텐션 {가중치|점수|스코어|행렬|맵|분포|값|패턴}",
      "{자기 주의|자가 주의|주의 집중|주의} {메커니즘|기법|가중치}",
      "{전역|글로벌|양방향|선형|희소} 어텐션",
    ),
  },
  { component: "self-attention", patterns: loose("{자기|셀프} 주의", "어텐션"), when: notOrdinary },
  // With its English name, of which it may be a part: “희소 주의(Sparse-Attention)”.
  {
    component: "self-attention",
    patterns: ["주의"],
    when: { after: /^ ?\(([\w-]+[ -]+)?attention\b/ },
  },
  {
    component: "multi-head-attention",
    patterns: loose(
      "{멀티|다중} {헤드|머리} {셀프 어텐션|자기 어텐션|어텐션|자기 주의|주의|}",
      "어텐션 헤드",
    ),
  },
  {
    component: "cross-attention",
    patterns: loose("{크로스|교차} {어텐션|주의}", "인코더 디코더 {어텐션|주의}"),
  },
  {
    component: "qkv-projection",
    patterns: queryKeyValue(),
    when: {
      notNear: /딕셔너리|사전|해시|데이터베이스|저장소|json/,
      notAfter: /^ ?[-·/와과,]? ?((값|밸류|벨류) ?)?캐[시싱]/,
    },
  },
  {
    component: "attention-mask",
    patterns: loose(
      "{인과|인과적|인과성|코잘|패딩|어텐션|셀프 어텐션|룩 어헤드|미래} {마스크|마스킹}",
      "{마스크드|마스킹된|마스크된|마스킹} {멀티 헤드|다중 헤드|} {셀프 어텐션|어텐션|주의}",
      "{인과|인과적|코잘} {셀프 어텐션|어텐션}",
    ),
  },
  { component: "softmax", patterns: loose("소프트 맥스 {함수|}") },
  {
    component: "grouped-query-attention",
    patterns: loose("{그룹|그룹드|그룹화된|그룹화|멀티|다중} {쿼리|질의} {어텐션|주의}"),
  },
  {
    component: "sliding-window-attention",
    patterns: loose(
      "{슬라이딩|시프트|이동} {윈도|윈도우} {셀프 어텐션|어텐션}",
      "{지역|로컬|국소|윈도|윈도우} {셀프 어텐션|어텐션}",
    ),
  },
  {
    component: "sliding-window-attention",
    patterns: loose("{슬라이딩|시프트|이동} {윈도|윈도우}"),
    when: windowOfAttention,
  },
  { component: "flash-attention", patterns: loose("플래시 어텐션", "온라인 소프트맥스") },
  {
    component: "kv-cache",
    patterns: loose("{kv|키 값|키 밸류|키와 값} {캐시|캐싱}"),
  },
  {
    component: "layer-norm",
    patterns: loose(
      "{층|계층|레이어} {정규화|노름|놈|노멀라이제이션|노말라이제이션}",
      "{사전|사후} {층|} 정규화",
    ),
  },
  { component: "rms-norm", patterns: loose("{rms|제곱평균제곱근} {층|레이어|} {정규화|노름|놈}") },
  {
    component: "residual-connection",
    patterns: loose(
      "{잔차|잔여|스킵|숏컷|쇼트컷|지름길|레지듀얼} {연결|커넥션}",
      "{잔차|레지듀얼} {스트림|경로}",
    ),
  },
  {
    component: "positional-encoding",
    patterns: loose(
      "{절대|학습된|사인파|사인 코사인|} {위치|포지셔널|포지션} {인코딩|임베딩|부호화}",
      "위치 정보 {인코딩|임베딩}",
    ),
  },
  {
    component: "relative-position",
    patterns: loose("{상대|상대적|상대적인} {위치|포지션|포지셔널} {인코딩|임베딩|편향|바이어스|표현}"),
  },
  {
    component: "rotary-embedding",
    patterns: loose("{회전|로터리} {위치|포지션|포지셔널|} {임베딩|인코딩}"),
  },
  {
    component: "token-embedding",
    patterns: loose("{토큰|단어|워드|입력} 임베딩", "임베딩 {층|레이어|계층|행렬|테이블}"),
  },
  { component: "patch-embedding", patterns: loose("패치 {임베딩|투영|프로젝션}") },
  {
    component: "feed-forward",
    patterns: loose(
      "{포지션 와이즈|위치별|} 피드 포워드 {신경망|뉴럴 네트워크|네트워크|층|레이어|계층|}",
      "{순방향|전방향|완전 연결 순방향} 신경망",
      "{다층|멀티 레이어} 퍼셉트론",
    ),
  },
  {
    component: "activation-function",
    patterns: loose("{활성화|활성} 함수", "{렐루|젤루|스위시|relu|gelu|silu|swish} {활성화 함수|함수}"),
  },
  {
    component: "gated-linear-unit",
    patterns: loose("{게이트|게이티드} {선형|리니어} {유닛|단위}", "스위 글루"),
  },
  {
    component: "transformer-block",
    patterns: loose(
      "트랜스포머 {블록|층|레이어|계층}",
      "{트랜스포머|} {인코더|디코더} {층|블록|레이어|계층}",
    ),
  },
  { component: "encoder", patterns: loose("{트랜스포머|양방향|} 인코더"), when: ofTransformers },
  { component: "decoder", patterns: loose("{트랜스포머|} 디코더"), when: ofTransformers },
  { component: "mixture-of-experts", patterns: ["전문가"], when: inMixture },
  { component: "router", patterns: ["라우터", "라우팅"], when: inMixture },
  { component: "router", patterns: loose("{게이팅|게이트} 네트워크") },
  { component: "lm-head", patterns: loose("{lm|언어 모델|언어 모델링} 헤드", "{출력|공유} 임베딩") },
  {
    component: "sampling",
    patterns: loose(
      "{빔|탐욕|탐욕적|그리디} {서치|탐색|디코딩}",
      "{핵|뉴클리어스|온도|탑 k|탑 p|톱 k|톱 p|탑 케이|top k|top p} 샘플링",
    ),
  },
  { component: "sampling", patterns: ["온도"], when: ofDecoding },
  {
    component: "cross-entropy",
    patterns: loose(
      "{크로스|교차} 엔트로피 {손실|손실 함수|}",
      "{퍼플렉서티|펄플렉서티|퍼플렉시티|펄플렉시티}",
    ),
  },
  { component: "pooling", patterns: loose("{cls|클래스|분류} 토큰", "{평균|전역 평균|어텐션} 풀링") },
  {
    component: "tokenizer",
    patterns: loose(
      "토크나이저",
      "토크나이징",
      "토크나이제이션",
      "토큰화",
      "{서브|하위} {워드|단어}",
      "바이트 {쌍|페어} 인코딩",
    ),
  },
  { component: "encoder-decoder", patterns: loose("인코더 디코더", "인코더·디코더") },
  {
    component: "dropout",
    patterns: loose("{드롭|드랍} 아웃"),
    // And not those who leave a school.
    when: { notBefore: /학교[를에의]? ?$/, notAfter: /^\S{0,4} (학생|청소년|환자)/ },
  },
];

/** “쿼리, 키, 값”, “쿼리(Query)와 키(Key)”: two of the three or all, joined by a comma, a particle or a point. */
function queryKeyValue(): string[] {
  const korean = ["{쿼리|질의}", "키", "{값|밸류|벨류}"];
  const written = [
    ["", "", ""],
    ["(query)", "(key)", "(value)"],
    ["(q)", "(k)", "(v)"],
  ];
  const joints = [
    [", ", ", "],
    ["{와|과} ", ", "],
    [", ", "{와|과} "],
    ["·", "·"],
    ["/", "/"],
    [" ", " "],
  ] as const;
  return written.flatMap(marks => {
    const [query, key, value] = korean.map((name, at) => name + marks[at]);
    return joints.flatMap(([first, second]) => [
      `${query}${first}${key}${second}${value}`,
      `${key}${first}${value}${second}${query}`,
      `${query}${first}${key}`,
      `${key}${first}${value}`,
    ]);
  });
}

/** Words that may be written together or apart. */
function loose(...patterns: readonly string[]): string[] {
  return patterns.map(pattern => pattern.replaceAll(" ", "-"));
}
