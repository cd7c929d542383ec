import { axisName } from "../../shared/axis-name.ts";
import { t } from "../../shared/l10n.ts";
import {
  type Atom,
  evaluatePolynomial,
  evaluateSize,
  formatSize,
  type Polynomial,
  type Size,
  type SizeBindings,
  sizeHint,
} from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";

/** How the sizes of a shape are written: free ones by name, by their initials, or all as the numbers of one run. */
export type ShapeStyle = "names" | "initials" | "sizes";

/** Short names of the sizes that are free. */
const SYMBOLS: Readonly<Record<string, string>> = {
  batch_size: "batch",
  decoder_sequence: "decoder sequence",
};

/** Sizes of images and sounds: traced with real ones, and read as numbers. */
const MEDIA: ReadonlySet<string> = new Set(["height", "width", "samples"]);

/**
 * A shape as code has it: `(batch, sequence, 576)`, `(B, S, 576)` or `(1, 9, 576)`; a scalar is `()`.
 * @param known sizes that are written as numbers even by name: those of images and sounds.
 * @param sizes of the free sizes in a run; without them the sizes that were traced with count.
 */
export function shapeText(
  shape: readonly Size[],
  style: ShapeStyle,
  known: SizeBindings = new Map(),
  sizes?: SizeBindings,
): string {
  const parts = shape.map(size => {
    if (typeof size === "number") return String(size);
    if (style === "sizes") return String((sizes && evaluateSize(size, sizes)) ?? sizeHint(size));
    const text = formatSize({ ...size, poly: settled(size.poly, known) });
    // A size that only the data gives has no name that says anything.
    if (/size\(%|%\d/.test(text)) return "?";
    return text
      .replaceAll(/\(([\w·]+)\)/g, "$1")
      .replaceAll(/[A-Za-z_]\w*/g, name =>
        name === "mod" ? name : style === "initials" ? initials(name) : axisName(SYMBOLS[name] ?? name),
      );
  });
  return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
}

/** `B` of batch_size, `S` of sequence, `DS` of decoder_sequence: what a size of a tensor adds to its name is left out. */
function initials(name: string): string {
  const words = (SYMBOLS[name] ?? name).split(/[\s_]+/);
  return words.map(word => word.charAt(0).toUpperCase()).join("");
}

/** What the initials of a trace's free sizes stand for: `B batch · S sequence`. */
export function initialsText({ symbols }: Pick<Trace, "symbols">): string {
  return symbols
    .filter(({ name }) => !MEDIA.has(name))
    .map(({ name }) => `${initials(name)} ${axisName(SYMBOLS[name] ?? name)}`)
    .join(" · ");
}

/** The same polynomial with the sizes that are known multiplied out. */
function settled(poly: Polynomial, known: SizeBindings): Polynomial {
  return poly.map(([coefficient, atoms]) => {
    const free: Atom[] = [];
    let product = coefficient;
    for (const atom of atoms) {
      const value = evaluatePolynomial([[1, [atom]]], known);
      if (value === undefined) free.push(atom);
      else product *= value;
    }
    return [product, free] as const;
  });
}

/** Several tensors, as a call gives them. */
export function shapesText(
  trace: Trace,
  values: readonly number[],
  style: ShapeStyle,
  sizes?: SizeBindings,
): string {
  const known = new Map(
    trace.symbols.flatMap(({ name, hint }) => (MEDIA.has(name) ? [[name, hint] as const] : [])),
  );
  const texts = values.map(value => shapeText(trace.values[value]!.shape, style, known, sizes));
  if (texts.length === 1) return texts[0]!;
  const all = new Set(texts);
  return all.size === 1 && texts.length > 2 ? `${texts.length} × ${texts[0]}` : texts.join(" ");
}

/** The free sizes of a trace with what they were traced with: `batch 3 · sequence 7`; "" where none is free. */
export function tracedSizes({ symbols }: Pick<Trace, "symbols">): string {
  return symbols.map(({ name, hint }) => `${axisName(SYMBOLS[name] ?? name)} ${hint}`).join(" · ");
}

/** `float32`, or what it is where tensors differ. */
export function dtypesText(trace: Trace, values: readonly number[]): string {
  const dtypes = values.map(value => {
    const { dtype, complex } = trace.values[value]!;
    return complex ? t("complex, as {0} pairs", dtype) : dtype;
  });
  return [...new Set(dtypes)].join(", ");
}
