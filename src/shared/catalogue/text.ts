import type { Component } from "./component.ts";

/** What happens to text before the model sees vectors. */
export const text: readonly Component[] = [
  {
    id: "bag-of-words",
    name: { en: "Bag of words", ko: "단어 가방" },
    aliases: {
      en: ["bag-of-words", "count vector", "term-frequency vector"],
      ko: ["단어 주머니", "백 오브 워즈", "단어 빈도 벡터"],
    },
    formula: String.raw`x_w = \sum_{i=1}^{n} [\,t_i = w\,]`,
    explanation: {
      en: "A text becomes one vector with an entry per word of the vocabulary: how often the word occurs. Two texts are compared by the angle between their vectors. Word order is lost, so “dog bites man” and “man bites dog” are the same.",
      ko: "텍스트를 어휘의 단어마다 한 칸씩, 그 단어가 나온 횟수를 적은 벡터 하나로 나타냅니다. 두 텍스트는 벡터 사이의 각도로 비교합니다. 어순 정보는 사라지므로 단어가 같고 순서만 다른 두 문장은 구별되지 않습니다.",
    },
    paper: { title: "Distributional Structure", authors: "Harris", year: 1954, arxiv: null },
    recognised: false,
    view: "general",
    hints: { classes: ["BagOfWords", "CountVectorizer"], names: ["bag_of_words", "count_vector"] },
  },
  {
    id: "word2vec",
    name: { en: "word2vec", ko: "워드투벡" },
    aliases: {
      en: ["static word embedding", "skip-gram", "continuous bag-of-words", "CBOW"],
      ko: ["정적 단어 임베딩", "스킵그램"],
    },
    formula: String.raw`p(w_O \mid w_I) = \frac{\exp(u_{w_O}^\top v_{w_I})}{\sum_{w} \exp(u_w^\top v_{w_I})}`,
    explanation: {
      en: "Every word gets one fixed vector, learned by predicting the words around it. Words that occur in similar company end up close together, and some differences behave like analogies. A word has the same vector in every sentence, whatever it means there.",
      ko: "주변 단어를 예측하도록 학습하여 단어마다 고정된 벡터 하나를 얻습니다. 비슷한 문맥에 나오는 단어끼리 가까워지고, 벡터의 차이가 유추 관계를 나타내기도 합니다. 한 단어는 어느 문장에서 어떤 뜻으로 쓰여도 같은 벡터를 가집니다.",
    },
    paper: {
      title: "Efficient Estimation of Word Representations in Vector Space",
      authors: "Mikolov et al.",
      year: 2013,
      arxiv: "1301.3781",
    },
    recognised: false,
    view: "general",
    hints: { classes: ["Word2Vec", "SkipGram", "CBOW"], names: ["word2vec", "skip_gram", "cbow"] },
  },
  {
    id: "tokenizer",
    name: { en: "Tokenizer", ko: "토크나이저" },
    aliases: {
      en: ["tokenization", "byte-pair encoding", "BPE", "WordPiece", "SentencePiece", "subword"],
      ko: ["토큰화", "서브워드", "바이트 쌍 인코딩", "워드피스", "센텐스피스"],
    },
    formula: String.raw`(a, b)^* = \operatorname*{arg\,max}_{(a,b)} \operatorname{count}(ab), \qquad a\,b \to ab`,
    explanation: {
      en: "The tokenizer cuts text into pieces of a fixed vocabulary and replaces each by its number. Byte-pair encoding starts from bytes or characters and joins the most frequent neighbours again and again. Frequent words stay whole; rare ones fall into several pieces, so nothing is out of vocabulary.",
      ko: "토크나이저는 텍스트를 정해진 어휘의 조각으로 나누고 각 조각을 번호로 바꿉니다. 바이트 쌍 인코딩은 바이트나 문자에서 시작해 가장 자주 이웃하는 쌍을 거듭 합칩니다. 자주 쓰는 단어는 통째로 남고 드문 단어는 여러 조각이 되므로 어휘 밖의 단어가 생기지 않습니다.",
    },
    paper: {
      title: "Neural Machine Translation of Rare Words with Subword Units",
      authors: "Sennrich, Haddow, Birch",
      year: 2015,
      arxiv: "1508.07909",
    },
    recognised: false,
    view: "general",
    hints: { classes: ["Tokenizer", "TokenizerFast"], names: ["tokenizer", "tokenize"] },
  },
];
