/** An arXiv id with its version, new style (2007) or old, at the end of a file's name. */
const ARXIV_VERSION = /(\d{4}\.\d{4,5}|[a-z-]+\d{7})v\d+$/i;

/** The file that holds the notes on a paper, beside it: `1706.03762v5.pdf` and `1706.03762v7.pdf` have one in common. */
export function notesName(paper: string): string {
  const stem = paper.replace(/\.pdf$/i, "").replace(ARXIV_VERSION, "$1");
  return `${stem}.notes.json`;
}
