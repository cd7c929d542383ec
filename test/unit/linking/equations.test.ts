import assert from "node:assert/strict";
import { test } from "node:test";
import { equationsIn } from "../../../src/shared/linking/index.ts";

/** Each equation as `component: text`, and its symbols as `text=symbol`. */
function read(text: string): { equations: string[]; symbols: string[] } {
  const points = Array.from(text);
  const cut = ({ start, end }: { start: number; end: number }) => points.slice(start, end).join("");
  const found = equationsIn(text);
  return {
    equations: found.map(each => `${each.component}: ${cut(each).replace(/\s+/g, " ")}`),
    symbols: found.flatMap(({ symbols }) => symbols.map(each => `${cut(each)}=${each.symbol}`)),
  };
}

test("an equation is found however its parts fell over lines, with its number", () => {
  const text = "as follows:\nAttention(Q, K, V ) = softmax( QKT\n√dk\n)V (1)\nThe two most common functions";
  assert.deepEqual(read(text), {
    equations: ["self-attention: Attention(Q, K, V ) = softmax( QKT √dk )V (1)"],
    symbols: ["Q=query", "K=key", "V=value", "Q=query", "K=key", "dk=head-dimension", "V=value"],
  });
});

test("each symbol of a feed-forward network is told from the others", () => {
  assert.deepEqual(read("FFN(x) = max(0, xW1 + b1)W2 + b2 (2)"), {
    equations: ["feed-forward: FFN(x) = max(0, xW1 + b1)W2 + b2 (2)"],
    symbols: ["x=input", "x=input", "W1=weight-1", "b1=bias-1", "W2=weight-2", "b2=bias-2"],
  });
});

test("an equation in three steps is found, also where its font names brackets and spaces otherwise", () => {
  const spaced = "S = QKT ∈ RN×N , P = softmax(S) ∈ RN×N , O = PV ∈ RN×d";
  const misnamed = "S = QK> 2 RN \u0002N \ue00d P = softmax¹Sº 2 RN \u0002N \ue00d O = PV 2 RN \u0002d";
  for (const text of [spaced, misnamed])
    assert.deepEqual(read(text).symbols, ["Q=query", "K=key", "V=value"], text);
});

test("weights of which a part is taken are no symbols, nor is the query of one token", () => {
  const sliced = "MLPSM (y) = σ(yW 1\nSM )(W 2\nSM )⊤, (1)";
  assert.deepEqual(read(sliced).symbols, ["y=input"]);
  const decoding = "y = sof tmax\n( q · KT\n√dh\n)\n· V";
  assert.deepEqual(read(decoding).symbols, ["K=key", "dh=head-dimension", "V=value"]);
});

test("the usual definitions are found by their form", () => {
  for (const [component, text] of [
    ["multi-head-attention", "MultiHead(Q, K, V) = Concat(head1, ..., headh)W O\nwhere headi = Attention(QW"],
    ["positional-encoding", "P E(pos,2i) = sin(pos/100002i/dmodel)\nP E(pos,2i+1) = cos(pos/100002i/dmodel)"],
    ["positional-encoding", "P E(x)2i = sin(x/100002i/dmodel )\nP E(x)2i+1 = cos(x/100002i/dmodel )"],
    ["self-attention", "SDP(Q, K, V ) = softmax\n QKT\n√\nd\n\nV (1)"],
    ["self-attention", "Outputcontext = Sof tmax((QKT )/\np\n(d))V (1)"],
    ["self-attention", "Sij = sof tmax(eij ) = exp(eij )\n∑N\nj=0 exp(eij )"],
    ["gated-linear-unit", "SwiGLU(x, W, V, b, c, β) = Swishβ(xW + b) ⊗ (xV + c)"],
    ["layer-norm", "LayerNorm(x) = γ x − µ\nσ + β"],
    ["router", "G(x) = Softmax(KeepTopK(H(x), k)) (3)"],
    ["activation-function", "GELU(x) = xΦ(x)"],
    ["transformer-block", "h′ = Attention(LayerNorm(h)) + h (5)"],
  ] as const) {
    const [found] = equationsIn(text);
    assert.equal(found?.component, component, text);
  }
});

test("prose, other equations and uses of a component are no definitions", () => {
  for (const text of [
    "We set the number of layers N = 6 and use attention everywhere.",
    "where headi = Attention(QWi, KWi, VWi)",
    "O = softmax(S) is computed first",
    "Attention is all that Q, K, V = 3 projections need",
    "L = − ∑ log p(x)",
    "y = softmax(Wx)",
  ])
    assert.deepEqual(equationsIn(text), [], text);
});

test("an equation that prose follows on its line ends before it", () => {
  const { equations } = read(
    "GELU(x) = xΦ(x)\nFFN(x) = max(0, xW1 + b1)W2 + b2 where the inner layer is wide",
  );
  assert.equal(equations[1], "feed-forward: FFN(x) = max(0, xW1 + b1)W2 + b2");
});
