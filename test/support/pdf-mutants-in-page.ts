import { PaperPage } from "./paper-page.ts";
import { line, pdfFile } from "./pdf-file.ts";
import type { PdfOutcome } from "./pdf-mutant-check.ts";
import type { PdfMutant } from "./pdf-mutants.ts";

/** The page gives a file up after 60 s; one that says nothing for longer has stalled. */
const SECONDS = 75;
/** Pixels of all that is drawn at once: 96 megapixels, 384 MB. */
export const MOST_PIXELS = 96e6;

/** Shows broken PDFs in the reader's page, one after the other; a page that has stalled or crashed is replaced. */
export class PdfShowings {
  #paper: PaperPage | null = null;

  async read({ bytes }: PdfMutant): Promise<PdfOutcome> {
    this.#paper ??= await PaperPage.open("whole.pdf", pdfFile([line("A whole page.")]));
    const shown = await this.#paper.show("mutant.pdf", bytes, SECONDS);
    if (shown.outcome === "hung" || shown.outcome === "failed") await this.dispose();
    else if (shown.outcome === "read") {
      const pixels = await this.#paper.drawnPixels();
      if (pixels > MOST_PIXELS) return { outcome: "failed", says: `${pixels} pixels are kept` };
    }
    return shown;
  }

  async dispose(): Promise<void> {
    await this.#paper?.close();
    this.#paper = null;
  }
}
