import { type ArxivId, formatArxivId } from "./arxiv-id.ts";

/** Longest part of a title in a name, in characters. */
const LONGEST = 80;

/**
 * The name of a paper's file: `attention-is-all-you-need-1706.03762.pdf`, or `1706.03762.pdf` where no title is known.
 * Letters, digits and hyphens, so that every file system takes it and `arxivIdOfFile` reads the id back.
 */
export function paperFileName(paper: ArxivId, title: string | null): string {
  const words =
    (title ?? "")
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let name = "";
  for (const word of words) {
    if (name.length + word.length >= LONGEST) break;
    name += `${word}-`;
  }
  return `${name}${formatArxivId(paper).replace("/", "-")}.pdf`;
}
