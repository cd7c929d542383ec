/**
 * Reads and links papers, and once more, and prints how long either took in either pass: `node reading-pass.ts PAPER…`.
 * The first pass is that of a page or an index that has just been started, with nothing compiled yet.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getDocument, VerbosityLevel } from "pdfjs-dist/legacy/build/pdf.mjs";
import {
  equationsIn,
  linkDocument,
  pageText,
  quadsOf,
  sectionsOf,
} from "../../../src/shared/linking/index.ts";
import { projectDirectory } from "../../project.ts";

/** What one pass over all papers took, ms. */
export interface ReadingPass {
  /** pdf.js' text of every page. */
  readonly extraction: number;
  /** All that is made of it: the text of pages, mentions, equations and sections, with their places. */
  readonly linking: number;
}

const pdfjs = join(projectDirectory, "node_modules", "pdfjs-dist");

if (import.meta.main) {
  const papers = process.argv.slice(2).map(file => readFileSync(file));
  const passes: [ReadingPass, ReadingPass] = [await readAll(papers), await readAll(papers)];
  console.log(JSON.stringify(passes));
}

async function readAll(papers: readonly Buffer[]): Promise<ReadingPass> {
  const pass = { extraction: 0, linking: 0 };
  for (const paper of papers) {
    const began = performance.now();
    const pages = await extract(new Uint8Array(paper));
    const extracted = performance.now();
    link(pages);
    pass.extraction += extracted - began;
    pass.linking += performance.now() - extracted;
  }
  return pass;
}

type Content = Awaited<ReturnType<typeof extract>>[number];

async function extract(data: Uint8Array) {
  const task = getDocument({
    data,
    cMapUrl: `${pdfjs}/cmaps/`,
    standardFontDataUrl: `${pdfjs}/standard_fonts/`,
    useSystemFonts: false,
    verbosity: VerbosityLevel.ERRORS,
  });
  const pdf = await task.promise;
  const pages = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    pages.push(await page.getTextContent({ disableNormalization: true }));
    page.cleanup();
  }
  await task.destroy();
  return pages;
}

function link(pages: readonly Content[]): void {
  const texts = pages.map(({ items }) => pageText(items));
  const place = (page: number, start: number, end: number) =>
    quadsOf(texts[page]!, start, end, pages[page]!.styles);
  for (const [page, mentions] of linkDocument(texts).entries())
    for (const { start, end } of mentions) place(page, start, end);
  for (const [page, { text }] of texts.entries())
    for (const { start, end, symbols } of equationsIn(text))
      for (const part of [{ start, end }, ...symbols]) place(page, part.start, part.end);
  sectionsOf(texts.map(({ text }) => text));
}
