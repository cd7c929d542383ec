import { type PageText, pageText } from "../../src/shared/linking/index.ts";

/** The text of a page with these lines in one column. */
export function pageOf(...lines: readonly string[]): PageText {
  return pageText(
    lines.map((str, line) => ({
      str,
      transform: [10, 0, 0, 10, 0, 700 - 12 * line],
      width: 5 * str.length,
      height: 10,
      fontName: "f",
      hasEOL: true,
    })),
  );
}
