import type { ComponentId } from "../catalogue/index.ts";
import type { EquationSymbol } from "../protocol/paper-context.ts";

/** How an equation looks that defines a component. */
export interface EquationRule {
  readonly component: ComponentId;
  /** Every match holds one of these near its beginning: what holds none is not tried, as most of what has a sign of equality. */
  readonly holds: readonly string[];
  /** From the beginning of a line, without any white space. */
  readonly pattern: RegExp;
  /** What symbols of a match stand for: the first group of each, wherever it stands. Only what no other reading fits. */
  readonly symbols?: readonly (readonly [pattern: RegExp, symbol: EquationSymbol])[];
}

/** Fonts of formulas give the same sign in several ways. */
const MINUS = "[-−–]";
const TIMES = "[·⊙⊗∘◦∗*⋅×]";
const SUM = "\\w{0,3}∑";
/** “=”, “:=”. */
const IS = ":?=";
const NORM = "(?:LN|LayerNorm|LayerNormalization|RMSNorm|Norm)";
const SOFTMAX = "[Ss]oft-?[Mm]ax";
const HAS_SOFTMAX = ["max", "Max"];
const ATTENTION =
  "(?:(?:S?W-)?M[HS]?S?A|MultiHead\\w{0,13}|Multi-?[Hh]ead\\w{0,9}|MultiheadAttention|Self-?Attention|SA|Attention|Attn)";
/** The name of an activation function that opens a bracket. */
const ACTIVATED =
  "(?:max\\(0,|(?:Re|re|Ge|ge|GE)L[Uu]\\(|[gr]elu\\(|[Ss]i[Ll][Uu]\\(|[Ss]wish\\w{0,2}\\(|[σφϕf]\\()";

function rule(
  component: ComponentId,
  holds: readonly string[],
  pattern: string,
  symbols?: EquationRule["symbols"],
): EquationRule {
  return { component, holds, pattern: new RegExp(`^(?:${pattern})`, "u"), symbols };
}

const attention: EquationRule["symbols"] = [
  [/(Q)/g, "query"],
  [/(K)/g, "key"],
  [/(V)/g, "value"],
  [/√\(?(d(?:k|h|head|K|H)?)(?![a-z])/g, "head-dimension"],
];

/**
 * The definitions as papers print them, in the notations that are in use: the name at the left says which component it is,
 * the right side that this is its definition and no use of it.
 */
export const equationRules: readonly EquationRule[] = [
  rule(
    "self-attention",
    HAS_SOFTMAX,
    `\\p{L}{1,20}\\w{0,3}\\(Q\\w?,K\\w?,V\\w?[^)=]{0,20}\\)${IS}${SOFTMAX}[^=]{0,16}?Q[^=]{0,8}?K[^=]{1,60}?V(?!a)`,
    attention,
  ),
  rule(
    "self-attention",
    HAS_SOFTMAX,
    `(?:[AHOYZoyh]\\w{0,2}|(?:Out|Context|Attn)\\w{0,14})${IS}${SOFTMAX}\\(?[^=QK]{0,8}[Qq]\\w?${TIMES}?K[^=]{1,60}?V(?!a)`,
    attention,
  ),
  // In three steps.
  rule(
    "self-attention",
    HAS_SOFTMAX,
    `S${IS}[^=]{0,6}Q\\W?K[^=]{0,24}P${IS}${SOFTMAX}\\(S[^=]{0,24}O${IS}PV(?!a)`,
    [
      [/(Q)\W?K/g, "query"],
      [/Q\W?(K)/g, "key"],
      [/P(V)/g, "value"],
    ],
  ),
  // Written for one query and one key.
  rule(
    "self-attention",
    ["j=", "j)="],
    `[aαS]\\(?i,?j\\)?${IS}(?:${SOFTMAX}\\(eij\\)${IS})?(?:exp|${SOFTMAX}\\w{0,2})\\((?:\\(?q\\W?i?\\W{0,2}\\(?kj?(?:\\/√\\w\\)?\\W?\\w?\\w=\\d\\w?exp\\(q\\W?i?k\\w\\/?√\\w\\))?|e\\w{1,3}\\)(?:\\/?∑\\w{0,4}(?:=\\d)?exp\\(e\\w{1,3}\\))?)`,
  ),
  rule(
    "self-attention",
    ["∑"],
    `o\\w?,?\\w?${IS}\\w{0,3}∑(?:\\w=\\d)?\\w?(?:${SOFTMAX}\\w?\\(|[aα])q?[^=]{3,60}?v`,
  ),
  rule(
    "multi-head-attention",
    ["Multi", "MH", "MSA"],
    `(?:\\w{1,3}=)?(?:Multi-?[Hh]ead(?:ed)?(?:Self)?(?:-?Attention|-?Attn)?|MHA|MHSA|MSA|MH)\\([^)=]{1,20}\\)${IS}(?:Concat|concat|\\[)[^=]{2,120}?(?:W|U)`,
  ),
  rule(
    "qkv-projection",
    [",K", ",k"],
    `[Qq]\\w{0,2}=(?:[XHExhz]\\w{0,2}${TIMES}?W\\w{0,3}|W\\w{0,3}?${TIMES}?[XHExhz]\\w{0,2}),[Kk]\\w{0,2}=[^=]{2,10},[^=]{0,3}[Vv]\\w{0,2}=(?:[XHExhz]\\w?${TIMES}?W\\w?|W\\w?${TIMES}?[XHExhz]\\w?)`,
  ),
  {
    component: "feed-forward",
    holds: ["W1"],
    pattern:
      /^(?:FFN|MLP|FF|FeedForward)\(([a-zA-Z])i?\):?=(?:max\(0,|ReLU\(|GELU\(|GeLU\(|σ\(|[φϕ]\(|relu\(|gelu\()\1i?W1\+b1\)W2\+b2/u,
    symbols: [
      [/\(([a-zA-Z])i?\):?=/g, "input"],
      [/[(,]([a-zA-Z])i?W1/g, "input"],
      [/(W1)/g, "weight-1"],
      [/(W2)/g, "weight-2"],
      [/(b1)/g, "bias-1"],
      [/(b2)/g, "bias-2"],
    ],
  },
  // The weights on the left.
  {
    component: "feed-forward",
    holds: ["W1"],
    pattern:
      /^(?:FFN|MLP|FF|FeedForward)\(([a-zA-Z])\):?=W2·?(?:max\(0,|ReLU\(|GELU\(|GeLU\(|σ\(|[φϕ]\()W1·?\1\+b1\)\+b2/u,
    symbols: [
      [/\(([a-zA-Z])\):?=/g, "input"],
      [/W1·?([a-zA-Z])\+/g, "input"],
      [/(W1)/g, "weight-1"],
      [/(W2)/g, "weight-2"],
      [/(b1)/g, "bias-1"],
      [/(b2)/g, "bias-2"],
    ],
  },
  {
    component: "feed-forward",
    holds: ["W1"],
    pattern: new RegExp(
      `^(?:FFN|MLP|FF|FeedForward)\\w{0,6}\\([a-zA-Z]i?(?:,\\w{1,4}){0,4}\\)${IS}${ACTIVATED}[a-zA-Z]i?W1.{0,12}W2[A-Z]{0,3}`,
      "u",
    ),
    symbols: [
      [/[(,]([a-zA-Z])W1/g, "input"],
      [/=.{0,20}(W1)(?=[+)·])/g, "weight-1"],
      [/=.{0,30}(W2)(?=[+)·]|$)/g, "weight-2"],
    ],
  },
  rule(
    "gated-linear-unit",
    ["LU", "Bilinear"],
    `(?:FFN)?(?:SwiGLU|GEGLU|GeGLU|ReGLU|GLU|Bilinear)\\([xX](?:,[^)=]{1,24})?\\)${IS}[^=]{4,60}?${TIMES}[^=]{0,24}?(?:[xX][VW]|[VW]\\w?[xX])(?:\\d)?(?:\\+c)?\\)?(?:W2)?`,
  ),
  {
    component: "layer-norm",
    holds: ["LN", "LayerNorm"],
    pattern: new RegExp(
      `^(?:LN|LayerNorm|LayerNormalization)\\([a-zA-Z]\\w?(?:;[^)=]{1,12})?\\)i?${IS}[^=]{0,24}[a-zA-Z]i?${MINUS}(?:μ|µ|E\\[)(?:[^=]{0,50}?β)?`,
      "u",
    ),
    symbols: [
      [/\(([a-zA-Z])\):?=/g, "input"],
      [/=.*?(γ)/g, "scale"],
      [/=.*?(β)/g, "shift"],
    ],
  },
  rule("layer-norm", ["σ"], `¯?[aā]¯?i=ai${MINUS}[μµ]σ(?:gi)?`),
  {
    component: "rms-norm",
    holds: ["RMS", "√"],
    pattern:
      /^(?:RMSNorm\(([a-z])\)i?:?=|¯?[āa]¯?i=ai)[^=]{0,40}(?:RMS\([a-z]\)|√[^γg]{1,40}[ϵεǫ]?)(?:[^=]{0,4}?(?:gi|γ|g))?/u,
    symbols: [[/=.*?(γ|g(?=i))/g, "scale"]],
  },
  rule(
    "positional-encoding",
    ["sin("],
    "[{⎧]?[Pp]E?\\w{0,2}[({\\[]?(?:(?:pos|[ptkinm]),2[ijkt][)}\\]]?|[a-z]{1,3}\\),?2[ijkt])=sin\\([^=]{1,12}10{4}[^=]{1,24}?\\)(?:[{⎨]?[Pp]E?\\w{0,2}[({\\[]?(?:(?:pos|[ptkinm]),2[ijkt]\\+1[)}\\]]?|[a-z]{1,3}\\),?2[ijkt]\\+1)=cos\\([^=]{2,40}?\\))?",
  ),
  rule(
    "rotary-embedding",
    ["m,m", "RoPE"],
    "f\\{?q,k\\}?\\(x?m,m\\)=R|fq\\(xm,m\\)=\\(?Wqxm\\)?eimθ|RoPE\\(\\w{1,3},\\w\\)=\\w{1,3}ei\\wθ",
  ),
  rule("rotary-embedding", ["Θ,m"], "Rd?Θ,m(?:d|x)?="),
  rule(
    "softmax",
    HAS_SOFTMAX,
    `${SOFTMAX}\\([a-z]i?\\)i?${IS}(?:1Z)?(?:exp\\(?[a-z]|e[a-z]i)(?:[^=]{0,12}?∑[^=]{0,6}?(?:exp\\([^)=]{1,4}\\)|e[a-z]\\w?))?`,
  ),
  rule(
    "softmax",
    ["exp("],
    "[pqyσ]\\w?(?:\\([a-z]\\))?\\w?=exp\\(([a-z])\\w?(?:\\([a-z]\\))?(?:\\/T)?\\)\\/?\\(?\\w?∑\\w{0,2}(?:=1)?\\w?exp\\(\\1\\w?(?:\\([a-z]\\))?(?:\\/T)?\\)\\)?",
  ),
  {
    component: "activation-function",
    holds: ["GELU", "GeLU"],
    pattern: /^(?:GELU|GeLU)\(([xz])\):?=(?:\1|0\.5\1)/,
    symbols: [[/\(([xz])\):?=/g, "input"]],
  },
  {
    component: "activation-function",
    holds: ["LU(", "wish"],
    pattern:
      /^(?:ReLU\(([xz])\):?=max\((?:0,\1|\1,0)\)|(?:SiLU|Swish\w{0,2}|swish\w{0,2})\(([xz])\):?=\2·?(?:σ|sigmoid|sigm))/u,
    symbols: [[/\(([xz])\):?=/g, "input"]],
  },
  rule("router", HAS_SOFTMAX, `[Gg]\\w?\\(x\\w?\\)${IS}${SOFTMAX}\\([^=]{2,30}?\\)(?![^,.;(]*f\\w?\\()`),
  rule("router", ["eh(x)"], "pi\\(x\\)=eh\\(x\\)i(?:[^=]{0,12}?eh\\(x\\)j)?"),
  rule("router", ["i,t"], `[sg]i,t=(?:${SOFTMAX}i?|[Ss]igmoid|σ)\\(?u(?:[T⊤⊺]t|t[T⊤⊺])ei\\)?`),
  rule("router", ["i,t"], "g′?i,t=[({]?\\{?si,t,?"),
  rule(
    "mixture-of-experts",
    ["∑"],
    `y\\w?=${SUM}(?:\\w{1,2}=\\d)?.{0,4}?(?:G\\(x\\)i?|gi(?:\\(x\\))?|g\\(x\\)i|pi\\(x\\)|${SOFTMAX}\\(Top.{1,14}\\)i)${TIMES}?(?:E|f|SwiGLU|FFN)i\\(x\\)`,
  ),
  // Whose sum stands before its bounds.
  rule(
    "mixture-of-experts",
    ["∑"],
    "y=\\w{0,2}[−–-]?\\d?∑\\w∈\\w(?:G\\(x\\)i?|gi\\(x\\)|pi\\(x\\))Ei\\(x\\)",
  ),
  rule("mixture-of-experts", ["∑"], "y=[\\w−–-]{0,4}∑(?:\\w=\\d)?(?:G\\(x\\)i?|gi(?:\\(x\\))?)·?Ei\\(x\\)"),
  rule("mixture-of-experts", ["FFN"], "h′?\\w{0,3}=u\\w{0,2}\\+\\w{0,2}∑(?:\\w=\\d)?FFN"),
  rule("patch-embedding", ["Epos"], "z0=\\[x\\w{0,5};x1\\w?E;[^=]{4,40}\\]\\+Epos"),
  rule("token-embedding", ["We+Wp"], "h0=\\w{1,2}We\\+Wp"),
  rule(
    "transformer-block",
    ["LN", "Norm"],
    `[ˆˇ˜~]?[A-Za-z].{0,4}=${ATTENTION}\\(?\\(${NORM}\\(?\\([^=]{1,12}\\)+\\+`,
  ),
  rule(
    "transformer-block",
    ["LN", "Norm"],
    `[ˆˇ˜~]?[A-Za-z].{0,4}=[A-Za-z].{0,4}\\+${ATTENTION}\\(${NORM}\\([^=]{1,8}\\)\\)`,
  ),
  rule(
    "transformer-block",
    ["LN", "Norm"],
    `[ˆˇ˜~]?[A-Za-z].{0,4}=${NORM}\\((?:[A-Za-z].{0,6}\\+(?:Dropout\\()?)?${ATTENTION}\\([^=]{1,20}\\)(?:\\+[A-Za-z].{0,6})?\\)`,
  ),
  rule("transformer-block", ["LN", "Norm"], `y=x\\+(?:MLP|FFN)\\(${NORM}\\(x`),
  rule("lm-head", HAS_SOFTMAX, `P\\(\\w{1,3}\\)=${SOFTMAX}\\(h\\w{0,3}W\\w{1,4}\\)`),
  rule(
    "lm-head",
    HAS_SOFTMAX,
    `[Pp]\\(\\w{1,3}\\|[^)=]{1,12}\\)=${SOFTMAX}\\((?:W\\w{0,2}h\\w{0,2}|h\\w{0,2}W\\w{0,2}|h\\w{0,2}ET?)\\)`,
  ),
  rule(
    "cross-entropy",
    ["PPL", "erplexity", "ppl"],
    "(?:PPL|[Pp]erplexity|ppl)\\([^)=]{1,12}\\)=(?:exp|2|e)",
  ),
  rule("word2vec", ["wO|wI"], "p\\(wO\\|wI\\)=exp"),
];
