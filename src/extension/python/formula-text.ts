/** What a command of TeX looks like as a character or a word. */
const symbols: Readonly<Record<string, string>> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  epsilon: "ε",
  varepsilon: "ε",
  theta: "θ",
  lambda: "λ",
  mu: "μ",
  pi: "π",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  phi: "φ",
  omega: "ω",
  Phi: "Φ",
  Theta: "Θ",
  Sigma: "Σ",
  sum: "Σ",
  prod: "∏",
  cdot: "·",
  cdots: "…",
  times: "×",
  odot: "⊙",
  oplus: "⊕",
  otimes: "⊗",
  circ: "∘",
  top: "ᵀ",
  infty: "∞",
  in: "∈",
  le: "≤",
  leq: "≤",
  ge: "≥",
  geq: "≥",
  ne: "≠",
  neq: "≠",
  approx: "≈",
  sim: "~",
  propto: "∝",
  to: "→",
  rightarrow: "→",
  mapsto: "↦",
  leftarrow: "←",
  gets: "←",
  dots: "…",
  ldots: "…",
  lVert: "‖",
  rVert: "‖",
  Vert: "‖",
  lvert: "|",
  rvert: "|",
  mid: "|",
  lfloor: "⌊",
  rfloor: "⌋",
  langle: "⟨",
  rangle: "⟩",
  partial: "∂",
  nabla: "∇",
  ell: "ℓ",
  quad: "  ",
  qquad: "   ",
};

/** What stands around the rows of an environment. */
const environments: Readonly<Record<string, readonly [string, string]>> = {
  pmatrix: ["[", "]"],
  bmatrix: ["[", "]"],
  cases: ["{ ", " }"],
};

const superscripts: Readonly<Record<string, string>> = {
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "-1": "⁻¹",
  T: "ᵀ",
  ᵀ: "ᵀ",
  "∘": "°",
};
const subscripts: Readonly<Record<string, string>> = Object.fromEntries(
  [..."0123456789"]
    .map((digit, index) => [digit, "₀₁₂₃₄₅₆₇₈₉"[index]!])
    .concat([
      ["i", "ᵢ"],
      ["j", "ⱼ"],
      ["k", "ₖ"],
      ["t", "ₜ"],
      ["h", "ₕ"],
      ["n", "ₙ"],
      ["x", "ₓ"],
    ]),
);

/** A formula in TeX, as the catalogue has it, as one line of plain text: for hovers, which cannot set mathematics. */
export function formulaText(tex: string): string {
  return new Reader(tex)
    .all()
    .replace(/\s+/g, " ")
    .replace(/\s+([,.)\]])/g, "$1")
    .replace(/([([])\s+/g, "$1")
    .trim();
}

class Reader {
  readonly #tex: string;
  #at = 0;

  constructor(tex: string) {
    this.#tex = tex;
  }

  all(): string {
    let text = "";
    while (this.#at < this.#tex.length) text += this.#next();
    return text;
  }

  #next(): string {
    const character = this.#tex[this.#at]!;
    if (character === "{") return this.#group();
    if (character === "\\") return this.#command();
    this.#at++;
    if (character === "^" || character === "_") return script(character, this.#argument());
    if (character === "&" || character === "~") return " ";
    if (character === "-") return "−";
    return character;
  }

  #group(): string {
    this.#at++;
    let text = "";
    while (this.#at < this.#tex.length && this.#tex[this.#at] !== "}") text += this.#next();
    this.#at++;
    return text;
  }

  #argument(): string {
    while (this.#tex[this.#at] === " ") this.#at++;
    return this.#at < this.#tex.length ? this.#next() : "";
  }

  #command(): string {
    const name = /^\\([A-Za-z]+|.)/.exec(this.#tex.slice(this.#at))?.[1] ?? "";
    this.#at += name.length + 1;
    switch (name) {
      case "frac":
      case "tfrac":
      case "dfrac":
        return this.#fraction();
      case "sqrt":
        return `√${enclosed(this.#argument())}`;
      case "hat":
      case "tilde":
      case "bar":
        return this.#argument() + { hat: "̂", tilde: "̃", bar: "̄" }[name];
      case "begin":
        return environments[this.#argument()]?.[0] ?? "";
      case "end":
        return environments[this.#argument()]?.[1] ?? "";
      case "left":
      case "right":
      case "!":
        return "";
      case "\\":
        return "; ";
      case ",":
      case ";":
      case ":":
      case " ":
        return " ";
    }
    const symbol = symbols[name];
    // A command that only changes the look, such as \mathrm, leaves its argument; a named operator leaves its name.
    if (symbol !== undefined) return symbol;
    if (/^[bB]igg?$/.test(name)) return "";
    if (/^(math|text|operatorname|boldsymbol)/.test(name)) {
      if (this.#tex[this.#at] === "*") this.#at++;
      return this.#argument();
    }
    return /^[\s\\]*[A-Za-z]/.test(this.#tex.slice(this.#at)) ? `${name} ` : name;
  }

  #fraction(): string {
    const text = `${enclosed(this.#argument())} / ${enclosed(this.#argument())}`;
    // What follows would otherwise seem to belong to the denominator.
    return /^\s*(\\(sum|prod|left|log|exp)|[A-Za-z(])/.test(this.#tex.slice(this.#at)) ? `(${text}) ` : text;
  }
}

function script(kind: "^" | "_", text: string): string {
  const table = kind === "^" ? superscripts : subscripts;
  const small = table[text];
  if (small !== undefined) return small;
  if (kind === "_" && text.length > 1 && [...text].every(character => subscripts[character]))
    return [...text].map(character => subscripts[character]).join("");
  return text.length === 1 ? `${kind}${text}` : `${kind}(${text})`;
}

/** Parentheses only around what would be read otherwise. */
function enclosed(text: string): string {
  const bare = text.trim();
  return /^(√?[\p{L}\p{M}\p{N}₀-₉ᵀ_^.]+|√?\([^()]*\)|\|[^|]*\|)$/u.test(bare) ? bare : `(${bare})`;
}
