const MINUS = "−";
const THIN_SPACE = "\u2009";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A measured number: three significant digits, a real minus sign, thin spaces between thousands, powers of ten below
 * 0.001 and from a million on.
 */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size < 1e-3 || size >= 999_500) return sign + scientific(size);
  return sign + groupThousands(three(size));
}

/** The end of a scale: as a measured number, without zeros that say nothing. */
export function formatEnd(value: number): string {
  return formatNumber(value).replace(/\.0+$/, "");
}

/** A whole number, exactly: sizes and counts. */
export function formatCount(value: number): string {
  return (value < 0 ? MINUS : "") + groupThousands(Math.abs(value).toFixed(0));
}

/** A share between 0 and 1, always with three decimals, so that columns of them align. */
export function formatShare(value: number): string {
  return value.toFixed(3);
}

/** As short as a cell needs: `.75`, `1`, `−6.2`, `120`. */
export function formatCell(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size < 0.995) return size < 0.005 ? "0" : sign + size.toFixed(2).slice(1);
  if (size < 9.95) return sign + trimmed(size.toFixed(1));
  return size < 1e4 ? sign + size.toFixed(0) : sign + size.toExponential(0).replace("e+", "e");
}

/** Three significant digits, without an exponent. */
function three(size: number): string {
  const digits = size.toPrecision(3);
  return digits.includes("e") ? Number(digits).toFixed(0) : digits;
}

function scientific(size: number): string {
  const [digits, exponent] = size.toExponential(2).split("e") as [string, string];
  return `${digits} × 10${superscript(Number(exponent))}`;
}

function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map(digit => SUPERSCRIPTS[Number(digit)]).join("");
  return (exponent < 0 ? "⁻" : "") + digits;
}

function groupThousands(text: string): string {
  const [whole, fraction] = text.split(".") as [string, string?];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function trimmed(text: string): string {
  return text.replace(/\.0$/, "");
}
