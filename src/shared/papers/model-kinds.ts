/** What a model is made for; papers and checkpoints are matched by it. */
export type ModelKind =
  | "mixture-of-experts"
  | "vision"
  | "speech"
  | "word-vectors"
  | "encoder"
  | "encoder-decoder"
  | "decoder";

/** Words by which a paper shows what kind of model it is about. */
interface Cue {
  /** As a reader is told of it. */
  readonly label: string;
  readonly pattern: RegExp;
}

interface KindRule {
  readonly kind: ModelKind;
  readonly cues: readonly Cue[];
  /**
   * How often, per thousand words, the cues have to stand for the paper to be about this kind whatever else it speaks of;
   * null: the kind only competes with the others by frequency.
   */
  readonly decisive: number | null;
}

/** In order: the first that is decisive counts; else the kind whose cues are the most frequent. */
const rules: readonly KindRule[] = [
  {
    kind: "mixture-of-experts",
    decisive: 4,
    cues: [
      { label: "experts", pattern: /(?<!mixture[- ]of[- ])\bexperts?\b/gi },
      {
        label: "mixture of experts",
        pattern: /\bmixture[- ]of[- ]experts?\b|\bmoe\b|전문가 혼합|혼합 전문가/gi,
      },
      { label: "router", pattern: /\brouters?\b|\bgating network\b/gi },
    ],
  },
  {
    kind: "vision",
    decisive: 4,
    cues: [
      { label: "image patches", pattern: /\b(?:image )?patch(?:es)?\b/gi },
      { label: "images", pattern: /\bimages?\b|이미지/gi },
      { label: "vision", pattern: /\bvision\b|\bvisual\b/gi },
      { label: "ImageNet", pattern: /\bimagenet\b/gi },
    ],
  },
  {
    kind: "speech",
    decisive: 4,
    cues: [
      { label: "speech", pattern: /\bspeech\b|음성/gi },
      { label: "audio", pattern: /\baudio\b|\bacoustic\b|\bwaveforms?\b/gi },
      { label: "spectrogram", pattern: /\b(?:mel[- ])?spectrograms?\b/gi },
    ],
  },
  {
    kind: "word-vectors",
    decisive: 4,
    cues: [
      { label: "word vectors", pattern: /\bword vectors?\b|\bvector representations? of words?\b/gi },
      { label: "skip-gram", pattern: /\bskip-?grams?\b|\bcbow\b|\bword2vec\b/gi },
    ],
  },
  {
    kind: "encoder",
    decisive: 2,
    cues: [
      { label: "bidirectional", pattern: /\bbi-?directional(?:ity|ly)?\b|양방향/gi },
      { label: "masked language model", pattern: /\bmasked (?:language model(?:s|ing)?|lm)\b|\bmlm\b/gi },
      { label: "[CLS]", pattern: /\[cls\]/gi },
      { label: "encoder-only", pattern: /\bencoder-only\b/gi },
    ],
  },
  {
    kind: "encoder-decoder",
    decisive: null,
    cues: [
      { label: "encoder-decoder", pattern: /\bencoder-decoders?\b|\bencoder and (?:the )?decoder\b/gi },
      { label: "translation", pattern: /\btranslation\b|번역/gi },
      {
        label: "sequence-to-sequence",
        pattern: /\bsequence[- ]to[- ]sequence\b|\bseq2seq\b|\btext-to-text\b/gi,
      },
      { label: "decoder", pattern: /\bdecoders?\b(?!-only)|디코더/gi },
      { label: "encoder", pattern: /\bencoders?\b(?!-only)|인코더/gi },
    ],
  },
  {
    kind: "decoder",
    decisive: null,
    cues: [
      {
        label: "language model",
        pattern: /(?<!masked )\blanguage model(?:s|ing|ling)?\b|\bllms?\b|언어 모델/gi,
      },
      { label: "autoregressive", pattern: /\bauto-?regressive(?:ly)?\b|\bnext[- ]token\b|자기회귀/gi },
      { label: "decoder-only", pattern: /\bdecoder-only\b/gi },
    ],
  },
];

/** How often each cue stands in a paper, by its label, and how many words the paper has. */
export interface PaperCues {
  readonly words: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** The cues of a paper, given as its pages without the bibliography. */
export function cuesOf(pages: readonly string[]): PaperCues {
  const text = pages.join("\n");
  const counts: Record<string, number> = {};
  for (const { label, pattern } of rules.flatMap(({ cues }) => cues)) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > 0) counts[label] = count;
  }
  return { words: text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0, counts };
}

/** A kind of model that a paper is about, with the cues that show it, the most frequent first. */
export interface PaperKind {
  readonly kind: ModelKind;
  readonly evidence: readonly { readonly label: string; readonly count: number }[];
}

/** Cues that stand this often at most say nothing: a survey names everything. */
const CHANCE = 9;

/** What kind of model a paper is about; null where its words show none. */
export function kindOfPaper({ words, counts }: PaperCues): PaperKind | null {
  const scored = rules.map(({ kind, cues, decisive }) => {
    const evidence = cues
      .map(({ label }) => ({ label, count: counts[label] ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
    const total = evidence.reduce((sum, { count }) => sum + count, 0);
    return { kind, decisive, evidence, total, frequency: (1000 * total) / Math.max(1, words) };
  });
  const seen = scored.filter(({ total }) => total > CHANCE);
  const found =
    seen.find(({ decisive, frequency }) => decisive !== null && frequency >= decisive) ??
    [...seen].sort((a, b) => b.frequency - a.frequency)[0];
  return found === undefined ? null : { kind: found.kind, evidence: found.evidence };
}

/** What a checkpoint's configuration shows of its kind: the first row that holds counts. */
const configRows: readonly {
  readonly kind: ModelKind;
  readonly holds: (config: Readonly<Record<string, unknown>>, architecture: string) => boolean;
}[] = [
  { kind: "mixture-of-experts", holds: config => keys(config, /experts$/).some(isSeveral) },
  {
    kind: "speech",
    holds: (config, architecture) =>
      keys(config, /^(?:num_mel_bins|n_mels|feature_size|conv_stride)$/).length > 0 ||
      /CTC$|Speech/.test(architecture),
  },
  { kind: "vision", holds: config => keys(config, /^(?:patch_size|image_size)$/).length > 0 },
  { kind: "encoder-decoder", holds: config => config.is_encoder_decoder === true },
  {
    kind: "encoder",
    holds: (config, architecture) =>
      /For(?:MaskedLM|PreTraining|SequenceClassification|TokenClassification|QuestionAnswering)$/.test(
        architecture,
      ) && config.is_decoder !== true,
  },
  { kind: "decoder", holds: (_, architecture) => /(?:ForCausalLM|LMHeadModel)$/.test(architecture) },
  { kind: "word-vectors", holds: (_, architecture) => /(?:Word2Vec|SkipGram|CBOW)/i.test(architecture) },
];

/** What kind of model a configuration (`config.json`) describes; null where it does not show. */
export function kindOfConfig(config: Readonly<Record<string, unknown>>): ModelKind | null {
  const architecture = Array.isArray(config.architectures) ? String(config.architectures[0] ?? "") : "";
  return configRows.find(({ holds }) => holds(config, architecture))?.kind ?? null;
}

/** Values of a configuration whose names fit. */
function keys(config: Readonly<Record<string, unknown>>, pattern: RegExp): unknown[] {
  return Object.entries(config)
    .filter(([key, value]) => pattern.test(key) && value !== null)
    .map(([, value]) => value);
}

function isSeveral(value: unknown): boolean {
  return typeof value === "number" && value > 1;
}

/** Kinds that do much the same, the closest first, for a paper whose own kind is not at hand. */
const kin: Readonly<Record<ModelKind, readonly ModelKind[]>> = {
  "mixture-of-experts": ["decoder", "encoder-decoder"],
  vision: ["encoder"],
  speech: ["encoder-decoder", "encoder"],
  "word-vectors": ["encoder", "decoder"],
  encoder: ["encoder-decoder", "vision"],
  "encoder-decoder": ["decoder", "encoder"],
  decoder: ["mixture-of-experts", "encoder-decoder"],
};

/** A model that can be chosen, with its kind. */
export interface ChoosableModel {
  readonly id: string;
  readonly kind: ModelKind | null;
}

/** The model that comes closest to a paper. */
export interface ModelChoice<M> {
  readonly model: M;
  /** Whether it is of the paper's own kind. */
  readonly exact: boolean;
}

/**
 * The model that comes closest to a kind: the first of that kind, else of its kin; null where none of the models is either,
 * and the reader's default is as good as any.
 * @param models in the order in which they are preferred.
 */
export function closestModel<M extends ChoosableModel>(
  kind: ModelKind,
  models: readonly M[],
): ModelChoice<M> | null {
  for (const wanted of [kind, ...kin[kind]]) {
    const model = models.find(each => each.kind === wanted);
    if (model !== undefined) return { model, exact: wanted === kind };
  }
  return null;
}
