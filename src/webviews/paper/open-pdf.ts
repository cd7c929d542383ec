import { checkHeader, paperFailure, withoutPages } from "../../shared/paper-failure.ts";
import type { PaperDocument } from "../../shared/protocol/paper.ts";
import { getDocument, type PDFDocumentLoadingTask, type PDFDocumentProxy, VerbosityLevel } from "./pdfjs.ts";
import { startWorker } from "./worker.ts";

/** Pixels of an image beyond which it is left out rather than fill the memory: 100 megapixels. */
const LARGEST_IMAGE = 100_000_000;

/** A paper that is open; `close` frees what the worker keeps of it. */
export interface OpenPdf {
  readonly pdf: PDFDocumentProxy;
  close(): void;
}

/**
 * Opens the bytes of a paper. Nothing in the file can run: forms, scripts and XFA are off.
 *
 * @param pdfjs address of pdfjs-dist's folder, ending in "/".
 * @throws PaperFailure for what is no PDF, encrypted, damaged or without pages.
 */
export async function openPdf({ name, bytes }: PaperDocument, pdfjs: string): Promise<OpenPdf> {
  checkHeader(name, bytes);
  await startWorker(pdfjs);
  let task: PDFDocumentLoadingTask | null = null;
  try {
    task = getDocument({
      // pdf.js hands its buffer to the worker; the copy keeps the message's own bytes whole.
      data: bytes.slice(),
      cMapUrl: `${pdfjs}cmaps/`,
      standardFontDataUrl: `${pdfjs}standard_fonts/`,
      wasmUrl: `${pdfjs}wasm/`,
      iccUrl: `${pdfjs}iccs/`,
      // The worker cannot reach the webview's resources; this side fetches for it.
      useWorkerFetch: false,
      enableXfa: false,
      maxImageSize: LARGEST_IMAGE,
      verbosity: VerbosityLevel.ERRORS,
    });
    const opened = task;
    const pdf = await task.promise;
    if (pdf.numPages === 0) throw withoutPages(name);
    return { pdf, close: () => void opened.destroy() };
  } catch (error) {
    void task?.destroy();
    throw paperFailure(name, error);
  }
}
