import { t } from "../l10n.ts";

/** A paper on arXiv. */
export interface ArxivId {
  /** Without the version: `1706.03762`, or `hep-th/9901001` for papers before April 2007. */
  readonly id: string;
  /** From 1; null where none is named, which is the newest. */
  readonly version: number | null;
}

/** As it is written after "arXiv:", and in addresses. */
export function formatArxivId({ id, version }: ArxivId): string {
  return version === null ? id : `${id}v${version}`;
}

/** How messages call a paper: `arXiv:1706.03762`. */
export function arxivName(paper: ArxivId): string {
  return `arXiv:${formatArxivId(paper)}`;
}

/** Whether a paper is the one that is asked for, in that version if one is named. */
export function isVersionOf(paper: ArxivId | null, asked: ArxivId): boolean {
  return paper?.id === asked.id && (asked.version === null || paper.version === asked.version);
}

/** Archives of ids before April 2007; none has been added since. https://info.arxiv.org/help/arxiv_identifier.html */
const ARCHIVES =
  "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio quant-ph solv-int supr-con".split(
    " ",
  );
const ARCHIVE = ARCHIVES.toSorted((a, b) => b.length - a.length).join("|");

/** An arXiv id, the first group without its version, which is the second: as since April 2007, or the older ones. */
export const ARXIV_ID = String.raw`(\d{4}\.\d{4,5}|(?:${ARCHIVE})(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?`;

/** What stands before an id that is meant as one: `arXiv:`, a DOI, or the address of a page that shows it or of its file. */
export const ARXIV_PREFIX = String.raw`(?:https?://)?(?:(?:(?:[\w-]+\.){0,2}arxiv|(?:www\.)?(?:alphaxiv|ar5iv))\.org/(?:abs|pdf|html|format)/|(?:huggingface\.co|hf\.co)/papers/|(?:doi\.org/)?10\.48550/arxiv\.)|arxiv(?::\s*|\s)`;

/** An id without the subject class that older ones may bear: `math.GT/0309136` is `math/0309136`. */
export function plainArxivId(id: string): string {
  return id.toLowerCase().replace(/\.[a-z]{2}\//, "/");
}

export type ParsedArxivId = { readonly paper: ArxivId } | { readonly problem: string };

const WHOLE = new RegExp(`^${ARXIV_ID}$`, "i");
const PREFIX = new RegExp(`^(?:${ARXIV_PREFIX})`, "i");
/** What may follow an id: the file's ending, the rest of an address, and the class and date of the stamp on a first page. */
const REST = /(?:\.pdf)?\/?(?:[?#]\S*)?(?:\s+\[[\w.-]+\].*)?[\s.,;)\]>]*$/i;

/** A text that is longer names no paper; none of it is repeated. */
const LONGEST = 300;

/** Reads an id or an address as a person types or copies it; says what is wrong with anything else. */
export function parseArxivId(text: string): ParsedArxivId {
  const typed = text.trim().replace(/^[[(<]+/, "");
  if (typed === "" || typed.length > LONGEST)
    return { problem: t("Write an id such as 1706.03762, or the address of a paper on arXiv.") };
  const named = typed.replace(PREFIX, "");
  if (named === typed && /^\w+:\/\/|^[\w-]+(?:\.[\w-]+)+\/[^\d]/.test(typed) && !WHOLE.test(typed)) {
    return {
      problem: t("“{0}” is not the address of a paper on arXiv, such as arxiv.org/abs/1706.03762.", typed),
    };
  }
  const candidate = named.replace(REST, "").replace(/\s+(?=v\d+$)/i, "");
  const match = WHOLE.exec(candidate);
  if (!match) return { problem: malformed(candidate) };
  const id = plainArxivId(match[1]!);
  const version = match[2] === undefined ? null : Number(match[2]);
  const problem = impossible(id, version);
  return problem === null ? { paper: { id, version } } : { problem };
}

/** The paper that a text names, or null. */
export function arxivIdOf(text: string): ArxivId | null {
  const parsed = parseArxivId(text);
  return "paper" in parsed ? parsed.paper : null;
}

/** The paper whose id, with or without an address, stands at a column of a line (UTF-16 code units); null for none. */
export function arxivIdAt(line: string, column: number): ArxivId | null {
  for (const match of line.matchAll(new RegExp(`(?<![\\w./])(?:${ARXIV_PREFIX})?${ARXIV_ID}(?!\\w)`, "gi"))) {
    if (match.index <= column && column <= match.index + match[0].length) return arxivIdOf(match[0]);
  }
  return null;
}

function malformed(candidate: string): string {
  const archive = /^([a-z-]+)(?:\.[a-z]{2})?\/\d*$/i.exec(candidate)?.[1];
  if (archive !== undefined && !ARCHIVES.includes(archive.toLowerCase()))
    return t("“{0}” is no archive of arXiv, as hep-th is in hep-th/9901001.", archive);
  if (archive !== undefined) return t("Seven digits follow the archive, as in {0}/9901001.", archive);
  if (/^\d{0,4}(?:\.\d*)?$/.test(candidate))
    return t("An id has four digits, a point and five digits (four before 2015), such as 1706.03762.");
  return t("“{0}” is no arXiv id: write one such as 1706.03762 or hep-th/9901001, or an address.", candidate);
}

/** Why there can be no paper of a well-formed id; null where there may be one. */
function impossible(id: string, version: number | null): string | null {
  const [year, month] = /(\d\d)(\d\d)(?:\.|\d{3}$)/.exec(id)!.slice(1).map(Number) as [number, number];
  if (month < 1 || month > 12)
    return t("{0} is no arXiv id: its third and fourth digits are a month, and {1} is none.", id, month);
  const digits = id.split(".")[1]?.length;
  if (digits !== undefined && 100 * year + month < 704)
    return t(
      "{0} is no arXiv id: ids of this form begin with 0704; older ones name an archive, as hep-th/9901001.",
      id,
    );
  if (digits !== undefined && digits !== (year < 15 ? 4 : 5))
    return year < 15
      ? t("{0} is no arXiv id: until 2014 four digits follow the point.", id)
      : t("{0} is no arXiv id: since 2015 five digits follow the point.", id);
  return version === 0 ? t("Versions of a paper count from v1.") : null;
}
