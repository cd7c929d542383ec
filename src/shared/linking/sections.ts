/** A numbered heading of a paper. */
export interface Section {
  /** With its number, as printed. */
  readonly title: string;
  /** Index of its page. */
  readonly page: number;
  /** Code points from the start of the page's text. */
  readonly start: number;
}

/** “3.2.1 Scaled Dot-Product Attention”, “A.1 Training”: a number of at most three parts and up to nine words. */
const HEADING = /^((?:\d{1,2}|[A-H])(?:\.\d{1,2}){0,2})\.?\s+([^\n.;=|]{2,72})$/u;
/** Of a line that may be one. */
const BEGINNING = /^\s*[\dA-H]/;
/** After the references, sections have letters. */
const REFERENCES = /^\s*(?:references|bibliography)\s*$/i;
/** Headings number no more than this many levels for an overview. */
const DEPTH = 2;

/**
 * The sections of a paper down to the second level, by their headings: lines that begin with a number which follows the one
 * before it, so that rows of tables and list items, whose numbers jump, are left out.
 */
export function sectionsOf(pages: readonly string[]): Section[] {
  const sections: Section[] = [];
  let last: number[] = [];
  let appendix = false;
  pages.forEach((text, page) => {
    let unit = 0;
    for (const line of text.split("\n")) {
      const [, number, title = ""] = BEGINNING.test(line) ? (HEADING.exec(line.trim()) ?? []) : [];
      const parts = number?.split(".").map(part => (/\d/.test(part) ? Number(part) : part.charCodeAt(0)));
      if (REFERENCES.test(line)) appendix = true;
      if (parts !== undefined && (appendix || parts[0]! < 65) && follows(last, parts) && isTitle(title)) {
        last = parts;
        const start = Array.from(text.slice(0, unit)).length;
        if (parts.length <= DEPTH) sections.push({ title: `${number} ${title}`, page, start });
      }
      unit += line.length + 1;
    }
  });
  return sections;
}

/** A capital, or a letter of a script without, and another letter. Most are of ASCII, for which no table of all others is made. */
function isTitle(title: string): boolean {
  return /^[A-Z][A-Za-z]/.test(title) || (/^.?[^\0-~]/.test(title) && /^[\p{Lu}\p{Lo}]\p{L}/u.test(title));
}

/** Whether a number comes right after another in a table of contents: deeper by a first part, or one further on a level. */
function follows(last: readonly number[], next: readonly number[]): boolean {
  const level = next.length - 1;
  if (level > last.length) return false;
  if (next.slice(0, level).some((part, index) => part !== last[index])) return false;
  const before = last[level];
  if (before === undefined) return next[level] === 1 || (level === 0 && next[0] === 65);
  // Appendices begin anew with A.
  return next[level] === before + 1 || (level === 0 && before < 65 && next[0] === 65);
}
