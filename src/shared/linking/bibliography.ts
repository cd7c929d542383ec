/** A range of a page's text, in code units; `end` is exclusive. */
export type TextRange = readonly [start: number, end: number];

const HEADING =
  /^\s*(?:(?:§\s?\d+|\d+|[IVX]+|[A-Z])\.?\s+)?(?:r\s?eferences?(?:\s+and\s+notes|\s+cited)?|bibliography|literature cited|works cited|참고\s?문헌)\s*:?\s*$/i;
/** A heading that ends the list: an appendix, a figure section, acknowledgements after it. */
const NEXT_SECTION =
  /^\s*(?:(?:appendi(?:x|ces)|supplementa(?:ry|l))\b.{0,80}|acknowledge?ments?|author contributions|checklist|부록.{0,40})\s*$/i;
const LETTERED_SECTION =
  /^\s*(?:(?:[A-H]|[A-H]\.\d)\.?\s{1,4}[A-Z][\w’'-]*(?:\s+[\w’'“”":,.&()/?!-]+){0,12}|[A-Z][a-z]+ [Vv]isuali[sz]ations?.{0,40})\s*$/;
/** What lines of a reference list hold and prose rarely does at this density. */
const REFERENCE =
  /^\s*\[[A-Za-z+]{0,6}\d{1,3}\]|\b(?:19|20)\d\d[a-z]?\b|\bpages?\s+\d|\bpp\.|\bIn [A-Z]{2,}|\b(?:ICLR|NeurIPS|NIPS|ACL|EMNLP|ICML|CVPR|ECCV|ICCV|NAACL|CoRR|AAAI)\b/;
const INITIALS = /[A-Z]\.(?:\s|-)?[A-Z]?\.?\s?[A-Z][a-z]+/;
const VENUE = /\b(?:arxiv|proceedings|conference|journal|transactions|et al|doi|preprint)\b|https?:/i;
/** Names one after the other, as the authors of an entry are given. */
const AUTHORS = /(?:\p{Lu}[\p{L}.'’-]*,?\s+(?:\p{Lu}[\p{L}.'’-]*\s+)?\p{Lu}[\p{L}.'’-]*,\s*){2}/u;
/** More lines in a row than any entry has without one of the cues. */
const LONGEST_SILENCE = 7;
/** Of how many lines after a heading, that of a list or of what follows it, which share holds a cue in a list. */
const AFTER_HEADING = { lines: 10, share: 0.3 };
const AFTER_LIST = { lines: 14, share: 0.5 };

/**
 * Where the lists of references lie on each page: from a heading to the next section, which is either a heading like an
 * appendix's or more than a few lines that do not look like references. A paper may have a second list after its appendix.
 */
export function bibliography(pages: readonly string[]): TextRange[][] {
  const all = pages.flatMap(linesOf);
  const running = runningHeads(all);
  const lines = all.filter(line => !running.has(line.text) || HEADING.test(line.text));
  const ranges: TextRange[][] = pages.map(() => []);
  let end = 0;
  lines.forEach((line, heading) => {
    if (heading < end || !HEADING.test(line.text) || !goesOnWithReferences(lines, heading, AFTER_HEADING))
      return;
    end = endOfList(lines, heading);
    for (let at = heading; at < end; at++) {
      const { page, start, end: lineEnd } = lines[at]!;
      const own = ranges[page]!;
      if (at > heading && lines[at - 1]!.page === page) own[own.length - 1] = [own.at(-1)![0], lineEnd];
      else own.push([start, lineEnd]);
    }
  });
  return ranges;
}

/** The first line after the list that begins at a heading. */
function endOfList(lines: readonly PageLine[], heading: number): number {
  let end = heading + 1;
  let silent = 0;
  for (let at = heading + 1; at < lines.length; at++) {
    const line = lines[at]!.text;
    if (line.trim() === "" || /^\s*\d+\s*$/.test(line)) continue;
    if (endsList(line) && !goesOnWithReferences(lines, at, AFTER_LIST)) break;
    if (isReference(line)) {
      silent = 0;
      end = at + 1;
    } else if (++silent > LONGEST_SILENCE) {
      break;
    } else if (silent === 1 && lines[end - 1]!.page === lines[at]!.page) {
      // The last line of an entry may hold none of the cues.
      end = at + 1;
    }
  }
  return end;
}

function endsList(line: string): boolean {
  if (!NEXT_SECTION.test(line) && !LETTERED_SECTION.test(line)) return false;
  return !REFERENCE.test(line) && !VENUE.test(line) && !AUTHORS.test(line);
}

function isReference(line: string): boolean {
  return REFERENCE.test(line) || VENUE.test(line) || INITIALS.test(line) || AUTHORS.test(line);
}

/** Whether a share of some lines after one, up to the next heading, looks like references. */
function goesOnWithReferences(
  lines: readonly PageLine[],
  at: number,
  { lines: count, share }: { readonly lines: number; readonly share: number },
): boolean {
  const after = lines.slice(at + 1, at + 1 + count);
  const heading = after.findIndex(line => HEADING.test(line.text));
  const next = after.slice(0, heading < 0 ? count : heading).filter(line => line.text.trim() !== "");
  return next.length > 0 && next.filter(line => isReference(line.text)).length >= share * next.length;
}

/** Lines that stand on several pages, such as a venue's name: they belong to no section. */
function runningHeads(lines: readonly PageLine[]): Set<string> {
  const seen = new Map<string, { page: number; pages: number }>();
  const running = new Set<string>();
  for (const { text, page } of lines) {
    const before = seen.get(text);
    if (before === undefined) seen.set(text, { page, pages: 1 });
    else if (before.page !== page) {
      before.page = page;
      if (++before.pages === 3) running.add(text);
    }
  }
  return running;
}

interface PageLine {
  readonly text: string;
  readonly page: number;
  readonly start: number;
  readonly end: number;
}

function linesOf(text: string, page: number): PageLine[] {
  let end = -1;
  return text.split("\n").map(line => {
    const start = end + 1;
    end = start + line.length;
    return { text: line, page, start, end };
  });
}
