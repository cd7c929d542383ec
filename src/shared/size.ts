/**
 * Sizes of a tensor's dimensions, which may depend on the batch, the sequence, the cache or the data.
 * A symbolic size is a polynomial with integer coefficients over atoms, and carries the hint it was traced with.
 */
export type Size = number | SymbolicSize;

export interface SymbolicSize {
  readonly poly: Polynomial;
  /** The value it had while tracing. */
  readonly hint: number;
}

/** Sum of coefficient × product of atoms; an empty product is the constant term. */
export type Polynomial = readonly Term[];
export type Term = readonly [coefficient: number, atoms: readonly Atom[]];

export type Atom =
  /** A size of an input, named in `Trace.symbols`. */
  | { readonly kind: "symbol"; readonly name: string }
  /** ⌊left / right⌋, as Python's `//`. */
  | { readonly kind: "floordiv"; readonly left: Polynomial; readonly right: Polynomial }
  /** left mod right, with the sign of right, as Python's `%`. */
  | { readonly kind: "mod"; readonly left: Polynomial; readonly right: Polynomial }
  /** The size of a value that is known only when it has run (nonzero). */
  | { readonly kind: "size"; readonly value: number; readonly axis: number }
  /** An element of an integer value, by flat index. */
  | { readonly kind: "item"; readonly value: number; readonly index: number };

/** Values of the symbols for one run. */
export type SizeBindings = ReadonlyMap<string, number>;

/** The number a size stands for, or undefined where it depends on data. */
export function evaluateSize(size: Size, bindings: SizeBindings): number | undefined {
  return typeof size === "number" ? size : evaluatePolynomial(size.poly, bindings);
}

/** The number a polynomial stands for: undefined where it depends on data or an unbound symbol, NaN where it divides by 0. */
export function evaluatePolynomial(poly: Polynomial, bindings: SizeBindings): number | undefined {
  let sum = 0;
  for (const [coefficient, atoms] of poly) {
    let product = coefficient;
    for (const atom of atoms) {
      const value = evaluateAtom(atom, bindings);
      if (value === undefined) return undefined;
      product *= value;
    }
    sum += product;
  }
  return sum;
}

function evaluateAtom(atom: Atom, bindings: SizeBindings): number | undefined {
  switch (atom.kind) {
    case "symbol":
      return bindings.get(atom.name);
    case "floordiv":
    case "mod": {
      const left = evaluatePolynomial(atom.left, bindings);
      const right = evaluatePolynomial(atom.right, bindings);
      if (left === undefined || right === undefined) return undefined;
      if (right === 0) return NaN;
      const quotient = Math.floor(left / right);
      return atom.kind === "floordiv" ? quotient : left - quotient * right;
    }
    default:
      return undefined;
  }
}

/** A plain number where nothing free is left. */
export function sumOf(...sizes: readonly Size[]): Size {
  const terms = new Map<string, [number, readonly Atom[]]>();
  for (const size of sizes) {
    for (const [coefficient, atoms] of typeof size === "number" ? [[size, []] as const] : size.poly) {
      const key = JSON.stringify(atoms);
      terms.set(key, [(terms.get(key)?.[0] ?? 0) + coefficient, atoms]);
    }
  }
  const poly = [...terms.values()].filter(([coefficient]) => coefficient !== 0);
  if (poly.every(([, atoms]) => atoms.length === 0)) return poly[0]?.[0] ?? 0;
  return { poly, hint: sizes.reduce<number>((total, size) => total + sizeHint(size), 0) };
}

export function differenceOf(left: Size, right: Size): Size {
  const opposite: Size =
    typeof right === "number"
      ? -right
      : { poly: right.poly.map(([coefficient, atoms]) => [-coefficient, atoms]), hint: -right.hint };
  return sumOf(left, opposite);
}

/** Names of every symbol that a polynomial depends on. */
export function symbolsIn(poly: Polynomial): string[] {
  return poly.flatMap(([, atoms]) =>
    atoms.flatMap(atom => {
      if (atom.kind === "symbol") return [atom.name];
      if (atom.kind === "floordiv" || atom.kind === "mod") {
        return [...symbolsIn(atom.left), ...symbolsIn(atom.right)];
      }
      return [];
    }),
  );
}

/** The number a size had while tracing. */
export function sizeHint(size: Size): number {
  return typeof size === "number" ? size : size.hint;
}

/** How a size reads to a person: `sequence`, `past + sequence`, `2·heads`. */
export function formatSize(size: Size): string {
  return typeof size === "number" ? String(size) : formatPolynomial(size.poly);
}

export function formatPolynomial(poly: Polynomial): string {
  if (poly.length === 0) return "0";
  return poly
    .map(([coefficient, atoms]) => {
      const factors = atoms.map(formatAtom);
      if (coefficient !== 1 || factors.length === 0) factors.unshift(String(coefficient));
      return factors.join("·");
    })
    .join(" + ")
    .replaceAll("+ -", "− ");
}

function formatAtom(atom: Atom): string {
  switch (atom.kind) {
    case "symbol":
      return atom.name;
    case "floordiv":
      return `⌊(${formatPolynomial(atom.left)}) / (${formatPolynomial(atom.right)})⌋`;
    case "mod":
      return `(${formatPolynomial(atom.left)} mod ${formatPolynomial(atom.right)})`;
    case "size":
      return `size(%${atom.value}, ${atom.axis})`;
    case "item":
      return `%${atom.value}[${atom.index}]`;
  }
}
