import type { PaperLinks, Place } from "./links.ts";
import { flashPassage } from "./passage-flash.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** How far below its destination, PDF points, the line begins that is meant: it is set above the line by about one more. */
const BELOW = 40;

/** How far a line may begin above its destination, for what letters rise above their line. */
const ABOVE = 4;

/** How far to the side of its destination a line may begin. */
const ASIDE = 60;

/** Marks for a while where a link within the paper leads: many entries and headings are in sight there. */
export function flashDestination(
  reader: Pick<Reader, "bus">,
  page: number,
  destination: readonly unknown[],
): void {
  const line = lineOf(store.links.value, page, destination);
  if (line !== null) flashPassage(reader, line);
}

/**
 * The first line of what a destination of the PDF leads to, such as an entry of the bibliography, a heading or a caption.
 * @param destination as ISO 32000 has it (12.3.2.2): the page, its kind, and the numbers of that kind.
 * @returns null where it names no height, no text begins there, or that page has not been read yet.
 */
export function lineOf(
  links: PaperLinks | null,
  page: number,
  destination: readonly unknown[],
): Place | null {
  const [, kind, ...numbers] = destination as [unknown, { readonly name: string } | undefined, ...unknown[]];
  const [x, y] = kind?.name === "XYZ" ? numbers : kind?.name === "FitH" ? [null, numbers[0]] : [];
  const text = links?.texts[page - 1]?.text;
  if (!links || text === undefined || typeof y !== "number") return null;
  let nearest: Place | null = null;
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + Array.from(line).length;
    const place = end > start ? links.place(page - 1, start, end) : null;
    start = end + 1;
    if (!place || place.boxes.length === 0) continue;
    const [left, top] = place.corner;
    const isThere =
      top <= y + ABOVE && top >= y - BELOW && (typeof x !== "number" || Math.abs(left - x) < ASIDE);
    if (isThere && (nearest === null || top > nearest.corner[1])) nearest = place;
  }
  return nearest;
}
