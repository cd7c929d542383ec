import type { Fragment, PageText, TextItem } from "./page-text.ts";
import { fragments } from "./page-text.ts";

/** Four corners in PDF points as x1, y1, …, x4, y4: lower left, lower right, upper right, upper left of upright text. */
export type Quad = readonly [number, number, number, number, number, number, number, number];

/** How far glyphs reach above and below the baseline, in ems. */
export interface FontExtent {
  readonly ascent: number;
  readonly descent: number;
}

/**
 * The places of a span of code points on its page, one quad per line fragment. pdf.js gives the width of whole runs, not of
 * glyphs: inside a run, widths are those of a common text face, and justified spaces take what the letters leave.
 */
export function quadsOf(
  page: PageText,
  start: number,
  end: number,
  fonts: Readonly<Record<string, FontExtent | undefined>> = {},
): Quad[] {
  return fragments(page, start, end).map(line => lineQuad(page, line, fonts));
}

const EXTENT: FontExtent = { ascent: 0.72, descent: -0.22 };

function lineQuad(
  page: PageText,
  line: readonly Fragment[],
  fonts: Readonly<Record<string, FontExtent | undefined>>,
): Quad {
  const first = page.items[line[0]!.item]!;
  const { 0: a = 1, 1: b = 0, 2: c = 0, 3: d = 1, 4: x = 0, 5: y = 0 } = first.transform;
  const along = Math.hypot(a, b) || 1;
  const across = Math.hypot(c, d) || 1;
  const [ux, uy] = [a / along, b / along];
  const [vx, vy] = [c / across, d / across];
  let from = Infinity;
  let to = -Infinity;
  let top = 0;
  let bottom = 0;
  for (const fragment of line) {
    const item = page.items[fragment.item]!;
    const [left, right] = advances(item, fragment.from, fragment.to);
    const begin = ((item.transform[4] ?? 0) - x) * ux + ((item.transform[5] ?? 0) - y) * uy;
    const size = Math.hypot(item.transform[2] ?? 0, item.transform[3] ?? 1) || item.height;
    const extent = plausible(fonts[item.fontName]);
    from = Math.min(from, begin + left);
    to = Math.max(to, begin + right);
    top = Math.max(top, extent.ascent * size);
    bottom = Math.min(bottom, extent.descent * size);
  }
  const at = (s: number, t: number): [number, number] => [
    round(x + s * ux + t * vx),
    round(y + s * uy + t * vy),
  ];
  return [...at(from, bottom), ...at(to, bottom), ...at(to, top), ...at(from, top)];
}

/** Fonts may declare nonsense; a line's usual proportions stand in for it. */
function plausible(extent: FontExtent | undefined): FontExtent {
  if (extent === undefined) return EXTENT;
  return {
    ascent: extent.ascent > 0.4 && extent.ascent < 1.2 ? extent.ascent : EXTENT.ascent,
    descent: extent.descent < -0.05 && extent.descent > -0.5 ? extent.descent : EXTENT.descent,
  };
}

/** Distances of two code units of an item from its beginning, in PDF points. */
function advances(item: TextItem, from: number, to: number): [number, number] {
  const size = Math.hypot(item.transform[0] ?? 1, item.transform[1] ?? 0) || 1;
  let letters = 0;
  let spaces = 0;
  for (let unit = 0; unit < item.str.length; unit++) {
    if (item.str[unit] === " ") spaces++;
    else letters += emWidth(item.str, unit);
  }
  let scale = item.width / (letters + spaces * SPACE || 1);
  let space = SPACE * scale;
  const left = item.width - letters * size;
  if (spaces > 0 && left / spaces > 0.12 * size && left / spaces < 0.6 * size) {
    scale = size;
    space = left / spaces;
  }
  const measure = (begin: number, end: number): number => {
    let sum = 0;
    for (let unit = begin; unit < end; unit++)
      sum += item.str[unit] === " " ? space : emWidth(item.str, unit) * scale;
    return sum;
  };
  const before = measure(0, from);
  return [before, before + measure(from, to)];
}

/** In ems. */
const SPACE = 0.25;

/** Widths of a Times-like face in ems, and the characters that have them; what is not listed is as wide as a digit. */
const WIDTHS: Readonly<Record<string, string>> = {
  "0.25": ".,",
  "0.278": "ijlt:;/\\'’‘",
  "0.333": "frI()[]-‐!`“”|",
  "0.389": "sJ",
  "0.444": "aceéz?",
  "0.556": "FPS",
  "0.611": "ELTZ",
  "0.667": "BCR",
  "0.722": "ADGHKNOQUVXYw",
  "0.778": "m",
  "0.889": "M",
  "0.944": "W",
  "0.564": "+=<>−",
};
/** By code unit; 0 for what is not listed. */
const widthOf = new Float64Array(0x2300);
for (const [width, characters] of Object.entries(WIDTHS))
  for (const character of characters) widthOf[character.charCodeAt(0)] = Number(width);

/** The width of the code unit at a place; that of a pair is the first one's. */
function emWidth(text: string, unit: number): number {
  const code = text.charCodeAt(unit);
  const width = widthOf[code];
  if (width) return width;
  if (code >= 0xdc00 && code < 0xe000) return 0;
  return code >= 0x1100 && !(code >= 0xfb00 && code <= 0xfb06) ? 1 : 0.5;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
