/** Three significant digits with a real minus sign; powers of ten below 0.001 and from a million on. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 999_500)
    return sign + (size < 999.5 ? size.toPrecision(3) : Math.round(size).toString());
  const [digits, exponent] = size.toExponential(2).split("e") as [string, string];
  return `${sign}${digits} × 10${[...exponent.replace("+", "")].map(sign => superscripts[sign]).join("")}`;
}

const superscripts: Readonly<Record<string, string>> = {
  "-": "⁻",
  ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((digit, value) => [String(value), digit])),
};
