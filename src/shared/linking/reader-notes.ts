import type { TextItem } from "./page-text.ts";

/**
 * Where, in the items of each page, what a reader wrote over it begins: notes that an annotating program made part of the
 * page. They come after everything that the page was typeset with, in fonts that it does not use, and go back up the page.
 * Pages that share no font with the paper's own, where those hang together, are pages of notes. The number of items where
 * a page has none.
 */
export function readerNotes(pages: readonly (readonly TextItem[])[]): number[] {
  const starts = pages.map(appendedFrom);
  const fontsOf = pages.map((items, page) => {
    return new Set(
      items.filter((item, index) => hasInk(item) && index < starts[page]!).map(item => item.fontName),
    );
  });
  const paper = largestGroup(fontsOf);
  const usual = paper.size >= USUAL_SHARE * pages.length;
  return starts.map((start, page) => (usual && !paper.has(page) && fontsOf[page]!.size > 0 ? 0 : start));
}

/** The most pages that hang together by the fonts they share. */
function largestGroup(fontsOf: readonly ReadonlySet<string>[]): Set<number> {
  let largest = new Set<number>();
  const seen = new Set<number>();
  fontsOf.forEach((_, first) => {
    if (seen.has(first)) return;
    const group = new Set([first]);
    const fonts = new Set<string>();
    for (const page of group) {
      seen.add(page);
      for (const font of fontsOf[page]!) fonts.add(font);
      fontsOf.forEach((own, other) => {
        if (!seen.has(other) && [...own].some(font => fonts.has(font))) group.add(other);
      });
    }
    if (group.size > largest.size) largest = group;
  });
  return largest;
}

/** Pages of one document share their fonts, as a rule. */
const USUAL_SHARE = 0.6;
/** How far up, in lines, a page has to be gone back for what follows to be no footnote. */
const LINES_BACK = 3;
/** Notes are less of a page than its text. */
const LARGEST_SHARE = 0.4;

function appendedFrom(items: readonly TextItem[]): number {
  const last = new Map<string, number>();
  let total = 0;
  items.forEach((item, index) => {
    total += item.str.length;
    if (hasInk(item)) last.set(item.fontName, index);
  });
  // The first place, late enough on the page, after which no font of what comes before is used again.
  let share = total;
  let open = -1;
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!;
    if (at > 0 && open < at && hasInk(item) && share <= LARGEST_SHARE * total && goesBackUp(items, at))
      return at;
    if (hasInk(item)) open = Math.max(open, last.get(item.fontName)!);
    share -= item.str.length;
  }
  return items.length;
}

function goesBackUp(items: readonly TextItem[], at: number): boolean {
  const before = items.slice(0, at).findLast(hasInk);
  if (before === undefined) return false;
  return items
    .slice(at)
    .some(item => hasInk(item) && baseline(item) - baseline(before) > LINES_BACK * item.height);
}

function hasInk(item: TextItem): boolean {
  return item.str !== "" && item.str !== " " && item.str.trim() !== "";
}

function baseline(item: TextItem): number {
  return item.transform[5] ?? 0;
}
