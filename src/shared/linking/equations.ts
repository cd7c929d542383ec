import type { ComponentId } from "../catalogue/index.ts";
import type { EquationSymbol } from "../protocol/paper-context.ts";

/** A displayed equation that defines a component. */
export interface Equation {
  readonly component: ComponentId;
  /** Code points of the page's text, its number included; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** The symbols in it that are certain, in order. */
  readonly symbols: readonly SymbolPlace[];
}

export interface SymbolPlace {
  readonly symbol: EquationSymbol;
  readonly start: number;
  readonly end: number;
}

interface EquationRule {
  readonly component: ComponentId;
  /** From the beginning of a line, without any white space. */
  readonly pattern: RegExp;
  /** What symbols of a match stand for: the first group of each, wherever it stands. */
  readonly symbols?: readonly (readonly [pattern: RegExp, symbol: EquationSymbol])[];
}

/** Fonts of formulas give the same sign in several ways. */
const MINUS = "[-−–]";
const NORM = "(?:LN|LayerNorm|RMSNorm|Norm)";

/**
 * How equations look that define a component, wherever white space and line breaks fell. The name at the left says which
 * component it is, the right side that this is its definition and no use of it.
 */
const rules: readonly EquationRule[] = [
  {
    component: "self-attention",
    pattern: /^\p{L}{0,20}(?:Attention|Attn|Att)\(Q,K,V[^)=]{0,20}\)=softmax[^=]{4,80}?V/u,
    symbols: attentionSymbols(),
  },
  {
    component: "self-attention",
    pattern: /^[AHOYZ]=softmax\(?Q(?:K|·K)[^=]{1,60}?V(?![\p{L}])/u,
    symbols: attentionSymbols(),
  },
  {
    component: "multi-head-attention",
    pattern:
      /^(?:MultiHead(?:Attention|Attn)?|MHA|MHSA|MSA)\([^)=]{1,20}\)=(?:Concat|\[)[^=]{2,120}?(?:W|U)/u,
  },
  {
    component: "feed-forward",
    pattern: /^(?:FFN|MLP|FF|FeedForward)\(x\)=(?:max\(0,|ReLU\(|GELU\(|σ\()xW1\+b1\)W2\+b2/,
    symbols: [
      [/\((x)\)=/g, "input"],
      [/[(,](x)W1/g, "input"],
      [/(W1)/g, "weight-1"],
      [/(W2)/g, "weight-2"],
      [/(b1)/g, "bias-1"],
      [/(b2)/g, "bias-2"],
    ],
  },
  {
    component: "feed-forward",
    pattern:
      /^(?:FFN|MLP|FF|FeedForward)\w{0,6}\(x(?:,\w{1,4}){0,4}\)=(?:max|ReLU|GELU|σ|Swish)\w{0,4}\(.{0,6}xW1.{0,12}W2/,
    symbols: [
      [/[(,](x)W1/g, "input"],
      [/=.{0,20}(W1)/g, "weight-1"],
      [/=.{0,30}(W2)/g, "weight-2"],
    ],
  },
  {
    component: "gated-linear-unit",
    pattern: /^(?:FFN)?(?:SwiGLU|GEGLU|ReGLU|GLU|Bilinear)\(x,[^)=]{1,24}\)=[^=]{4,60}?[⊗⊙∗*◦]/u,
  },
  {
    component: "layer-norm",
    pattern: new RegExp(
      `^(?:LN|LayerNorm|LayerNormalization)\\([a-z]\\)=[^=]{0,24}[a-z]i?${MINUS}(?:μ|µ|E\\[)(?:[^=]{0,50}?β)?`,
      "u",
    ),
    symbols: [
      [/\(([a-z])\)=/g, "input"],
      [/=.*?(γ)/g, "scale"],
      [/=.*?(β)/g, "shift"],
    ],
  },
  {
    component: "rms-norm",
    pattern: /^(?:RMSNorm\([a-z]\)=|[āa]¯?i=ai)[^=]{0,40}RMS\([a-z]\)(?:[^=]{0,4}?gi)?/u,
    symbols: [[/=.*?(γ|g(?=i))/g, "scale"]],
  },
  {
    component: "positional-encoding",
    pattern: /^PE\(?pos,2i\)?=sin\(pos[^=]{2,30}?\)(?:PE\(?pos,2i\+1\)?=cos\(pos[^=]{2,30}?\))?/,
  },
  { component: "rotary-embedding", pattern: /^f\{?q,k\}?\(x?m,m\)=R/u },
  { component: "rotary-embedding", pattern: /^Rd?Θ,m(?:d|x)?=/u },
  {
    component: "softmax",
    pattern:
      /^softmax\([a-z]i?\)i?=(?:exp\(?[a-z]|e[a-z]i)(?:[^=]{0,12}?∑[^=]{0,6}?(?:exp\([^)=]{1,4}\)|e[a-z]\w?))?/u,
  },
  {
    component: "activation-function",
    pattern: /^(?:GELU|GeLU)\(x\)=(?:x|0\.5x)/,
    symbols: [[/\((x)\)=/g, "input"]],
  },
  {
    component: "activation-function",
    pattern: /^(?:ReLU\(x\)=max\(0,x\)|(?:SiLU|Swish\w{0,2})\(x\)=x)/u,
    symbols: [[/\((x)\)=/g, "input"]],
  },
  { component: "router", pattern: /^G\(x\)=[Ss]oft[Mm]ax\([^=]{2,30}?\)/ },
  { component: "router", pattern: /^pi\(x\)=eh\(x\)i(?:[^=]{0,12}?eh\(x\)j)?/u },
  {
    component: "mixture-of-experts",
    pattern: /^y=.{0,6}∑.{0,8}(?:G\(x\)i?|gi(?:\(x\))?|pi\(x\))Ei\(x\)/u,
  },
  { component: "patch-embedding", pattern: /^z0=\[x\w{0,5};x1\w?E;[^=]{4,40}\]\+Epos/ },
  {
    component: "transformer-block",
    pattern: new RegExp(
      `^[a-z].{0,3}=(?:MSA|MHA|MHSA|MultiHead\\w{0,9}|SelfAttention|Attention|Attn)\\(${NORM}\\([^=]{1,12}\\)\\)\\+`,
      "u",
    ),
  },
  { component: "lm-head", pattern: /^P\(\w{1,3}\)=softmax\(h\w{0,3}W\w{1,4}\)/ },
];

function attentionSymbols(): EquationRule["symbols"] {
  return [
    [/(Q)/g, "query"],
    [/(K)/g, "key"],
    [/(V)/g, "value"],
    [/√\(?(d(?:k|h|head)?)(?![a-z])/g, "head-dimension"],
  ];
}

/** An equation is looked for in this many code units from the beginning of its line. */
const WINDOW = 260;
/** Its sign of equality stands this near the beginning of its line, in code points. */
const NAME_WITHIN = 60;
/** Two words, as no formula has them. */
const PROSE = /\p{L}{3,}\s+\p{Ll}{2,}/u;
/** Of an equation, after what its pattern says: punctuation and its number. */
const NUMBER = /^[.,;]?\((?:\d{1,3}|[A-Z]\.?\d{1,2})\)/;

/** The equations of a page that define components, in order. What only looks like one is left out. */
export function equationsIn(text: string): Equation[] {
  const found: Equation[] = [];
  if (!text.includes("=")) return found;
  const points = Array.from(text);
  let equals = points.indexOf("=");
  for (let at = 0; at < points.length && equals >= 0; at++) {
    if (at > 0 && points[at - 1] !== "\n") continue;
    if (equals < at) equals = points.indexOf("=", at);
    // Most lines are prose: without a sign of equality near its beginning, none defines anything.
    if (equals < 0 || equals - at > NAME_WITHIN) continue;
    const equation = equationAt(points, at);
    if (equation === null) continue;
    found.push(equation);
    at = equation.end - 1;
  }
  return found;
}

function equationAt(points: readonly string[], from: number): Equation | null {
  const { text, at } = compact(points, from);
  for (const { component, pattern, symbols = [] } of rules) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const length = match[0].length;
    const number = NUMBER.exec(text.slice(length))?.[0].length ?? 0;
    const end = restOfLine(points, at[length + number - 1]! + 1);
    const places = symbols.flatMap(([symbol, meaning]) => placesOf(match[0], symbol, meaning, at));
    places.sort((a, b) => a.start - b.start);
    return { component, start: at[0]!, end, symbols: places };
  }
  return null;
}

/** The end of the line in which an equation goes on; where prose does, the equation ends before it. */
function restOfLine(points: readonly string[], from: number): number {
  const next = points.indexOf("\n", from);
  const end = next < 0 ? points.length : next;
  return PROSE.test(points.slice(from, end).join("")) ? from : end;
}

function placesOf(
  text: string,
  pattern: RegExp,
  symbol: EquationSymbol,
  at: readonly number[],
): SymbolPlace[] {
  return [...text.matchAll(pattern)].map(match => {
    const begin = match.index + match[0].lastIndexOf(match[1]!);
    return { symbol, start: at[begin]!, end: at[begin + match[1]!.length - 1]! + 1 };
  });
}

/** The code units from a place on without white space, with the code points that they come from. */
function compact(points: readonly string[], from: number): { text: string; at: number[] } {
  const at: number[] = [];
  let text = "";
  for (let point = from; point < points.length && text.length < WINDOW; point++) {
    const own = points[point]!;
    if (/\s/.test(own)) continue;
    text += own;
    for (let unit = 0; unit < own.length; unit++) at.push(point);
  }
  return { text, at };
}
