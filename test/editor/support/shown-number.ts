import assert from "node:assert/strict";

/** A number as a person reads it on screen, and how far from it the exact one can be. */
export interface ShownNumber {
  readonly value: number;
  /** Half a unit of the third significant digit. */
  readonly tolerance: number;
}

/** How a measured number is written: `−0.125`, `1 230`, `4.50 × 10⁻⁴`. */
export const SHOWN_NUMBER = "−?[\\d.\u2009]+(?: × 10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const WHOLE = new RegExp(`^${SHOWN_NUMBER}$`);

/** Reads a number of three significant digits from its text. */
export function parseShown(text: string): ShownNumber {
  assert.match(text, WHOLE, `“${text}” is a number with a real minus sign`);
  const plain = text
    .replace(" × 10", "e")
    .replaceAll(/[\u2009]/g, "")
    .replaceAll(/[−⁻]/g, "-")
    .replaceAll(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, digit => String(SUPERSCRIPTS.indexOf(digit)));
  const value = Number(plain);
  assert.ok(Number.isFinite(value), `“${text}” is a number`);
  const tolerance = value === 0 ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2);
  return { value, tolerance };
}

/** Checks a number on screen at the digits that it shows. */
export function assertShown(text: string, expected: number, name: string): void {
  const { value, tolerance } = parseShown(text);
  assert.ok(Math.abs(value - expected) <= tolerance + 1e-6, `${name}: shown ${text}, expected ${expected}`);
}
