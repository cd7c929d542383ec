import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { PDFDocumentProxy } from "pdfjs-dist";
import { type FontExtent, type PageText, pageText } from "../../shared/linking/index.ts";
import { checkHeader, paperFailure, withoutPages, withoutText } from "../../shared/paper-failure.ts";

/** A page of a paper as text, with where its glyphs stand. */
export interface PaperPageText {
  /** From 1. */
  readonly page: number;
  readonly content: PageText;
  readonly fonts: Readonly<Record<string, FontExtent>>;
  /** Left, bottom, right, top in PDF points. */
  readonly box: readonly [number, number, number, number];
}

/**
 * The text of every page of a PDF; a page that is damaged has none.
 *
 * @param name how messages call the file.
 * @throws PaperFailure for what is no PDF, encrypted, damaged, without pages or without text; the signal's reason when aborted.
 */
export async function readPaper(
  name: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<PaperPageText[]> {
  checkHeader(name, bytes);
  signal.throwIfAborted();
  const pdfjs = await import("pdfjs-dist/legacy/build/pdf.mjs");
  const files = packageDirectory();
  const task = pdfjs.getDocument({
    data: Uint8Array.from(bytes),
    cMapUrl: join(files, "cmaps") + sep,
    standardFontDataUrl: join(files, "standard_fonts") + sep,
    enableXfa: false,
    useSystemFonts: false,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  const abort = () => void task.destroy();
  signal.addEventListener("abort", abort);
  process.on("unhandledRejection", ignoreStray);
  try {
    const paper = await task.promise;
    if (paper.numPages === 0) throw withoutPages(name);
    const pages: PaperPageText[] = [];
    let damage: Error | null = null;
    for (let page = 1; page <= paper.numPages; page++) {
      signal.throwIfAborted();
      try {
        pages.push(await readPage(paper, page));
      } catch (error) {
        // A damaged page has no text; the others are read all the same.
        damage ??= error instanceof Error ? error : new Error(String(error));
        pages.push({ page, content: pageText([]), fonts: {}, box: [0, 0, 0, 0] });
      }
    }
    if (pages.every(page => page.content.text.trim() === "")) throw damage ?? withoutText(name);
    return pages;
  } catch (error) {
    signal.throwIfAborted();
    throw paperFailure(name, error);
  } finally {
    signal.removeEventListener("abort", abort);
    await task.destroy();
    process.off("unhandledRejection", ignoreStray);
  }
}

/** pdf.js leaves some promises about damaged files to nobody; they end no process, and what it missed is told elsewhere. */
function ignoreStray(reason: unknown): void {
  if (!(reason instanceof Error && /pdf\.worker\.m?js/.test(reason.stack ?? ""))) throw reason;
}

async function readPage(paper: PDFDocumentProxy, number: number): Promise<PaperPageText> {
  const page = await paper.getPage(number);
  const { items, styles } = await page.getTextContent({ disableNormalization: true });
  const [left = 0, bottom = 0, right = 0, top = 0] = page.view;
  page.cleanup();
  return { page: number, content: pageText(items), fonts: styles, box: [left, bottom, right, top] };
}

/** Where pdf.js keeps the data files that it reads beside its code. */
function packageDirectory(): string {
  return dirname(fileURLToPath(import.meta.resolve("pdfjs-dist/package.json")));
}
