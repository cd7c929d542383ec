/** A range of a page's text, in code units; `end` is exclusive. */
export type TextRange = readonly [start: number, end: number];

const HEADING =
  /^\s*(?:\d+\.?\s+|[IVX]+\.\s+)?(?:r\s?eferences?|bibliography|literature cited|참고\s?문헌)\s*$/i;
/** A heading that ends the list: an appendix, a figure section, acknowledgements after it. */
const NEXT_SECTION =
  /^\s*(?:appendi(?:x|ces)\b.{0,80}|supplementary\b.{0,60}|(?:[A-H]|A\.\d)\.?\s{1,4}(?:[A-Z][\w’'-]*)(?:\s+[\w’':,&()/-]+){0,9}|[A-Z][a-z]+ visuali[sz]ations?.{0,40}|acknowledge?ments?|부록.{0,40})\s*$/i;
/** What lines of a reference list hold and prose rarely does at this density. */
const REFERENCE =
  /^\s*\[\d{1,3}\]|\b(?:19|20)\d\d[a-z]?\b|\barxiv\b|\bproceedings\b|\bconference\b|\bjournal\b|\bpages?\s+\d|\bet al\b|\bpp\.|\bdoi\b|https?:|\bIn [A-Z]{2,}|[A-Z]\.(?:\s|-)?[A-Z]?\.?\s?[A-Z][a-z]+|\b(?:ICLR|NeurIPS|NIPS|ACL|EMNLP|ICML|CVPR|ECCV|ICCV|NAACL|CoRR)\b/;
/** More lines in a row than any entry has without one of the cues. */
const LONGEST_SILENCE = 7;

/**
 * Where the list of references lies on each page: from its heading to the next section, which is either a heading like an
 * appendix's or more than a few lines that do not look like references.
 */
export function bibliography(pages: readonly string[]): TextRange[][] {
  const all = pages.flatMap((text, page) => linesOf(text).map(line => ({ ...line, page })));
  const running = runningHeads(all);
  const lines = all.filter(line => !running.has(line.text));
  const heading = lastIndex(lines.map(line => HEADING.test(line.text)));
  if (heading < 0) return pages.map(() => []);
  let end = heading + 1;
  let silent = 0;
  for (let at = heading + 1; at < lines.length; at++) {
    const line = lines[at]!.text;
    if (line.trim() === "" || /^\s*\d+\s*$/.test(line)) continue;
    if (NEXT_SECTION.test(line) && !REFERENCE.test(line) && silentAfter(at)) break;
    if (REFERENCE.test(line)) {
      silent = 0;
      end = at + 1;
    } else if (++silent > LONGEST_SILENCE) {
      break;
    } else if (silent === 1 && lines[end - 1]!.page === lines[at]!.page) {
      // The last line of an entry may hold none of the cues.
      end = at + 1;
    }
  }
  const ranges: TextRange[][] = pages.map(() => []);
  for (const line of lines.slice(heading, end)) {
    const own = ranges[line.page]!;
    const previous = own.at(-1);
    if (previous === undefined) own.push([line.start, line.end]);
    else own[own.length - 1] = [previous[0], line.end];
  }
  return ranges;

  /** Whether the lines after a possible heading are prose: at most a third hold a cue. */
  function silentAfter(at: number): boolean {
    const next = lines.slice(at + 1, at + 13).filter(line => line.text.trim() !== "");
    return next.filter(line => REFERENCE.test(line.text)).length <= next.length * 0.5;
  }
}

/** Lines that stand on several pages, such as a venue's name: they belong to no section. */
function runningHeads(lines: readonly (Line & { readonly page: number })[]): Set<string> {
  const pagesOf = new Map<string, Set<number>>();
  for (const { text, page } of lines) {
    const on = pagesOf.get(text) ?? new Set();
    pagesOf.set(text, on.add(page));
  }
  return new Set([...pagesOf].filter(([, on]) => on.size >= 3).map(([text]) => text));
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    lines.push({ text: line, start, end: start + line.length });
    start += line.length + 1;
  }
  return lines;
}

function lastIndex(flags: readonly boolean[]): number {
  return flags.lastIndexOf(true);
}
