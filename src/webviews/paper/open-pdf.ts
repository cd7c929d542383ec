import {
  checkHeader,
  paperFailure,
  passwordRefused,
  stuck,
  withoutPages,
} from "../../shared/paper-failure.ts";
import type { PaperDocument } from "../../shared/protocol/paper.ts";
import {
  getDocument,
  PasswordResponses,
  type PDFDocumentLoadingTask,
  type PDFDocumentProxy,
  VerbosityLevel,
} from "./pdfjs.ts";
import { startWorker, stopWorker } from "./worker.ts";

/** Pixels of an image beyond which it is left out rather than fill the memory: 100 megapixels. */
const LARGEST_IMAGE = 100_000_000;
/** How long pdf.js may work on one thing before the file is given up, ms. */
const PATIENCE = 60_000;
/** How often it is asked whether it is still there, ms. */
const PULSE = 5_000;

/** A paper that is open; `close` frees what the worker keeps of it. */
export interface OpenPdf {
  readonly pdf: PDFDocumentProxy;
  close(): void;
}

/** Asks the reader for a password; null to leave the paper closed. `wrong` says that the one before was not it. */
export type AskPassword = (wrong: boolean) => Promise<string | null>;

/**
 * Opens the bytes of a paper. Nothing in the file can run: forms, scripts and XFA are off.
 *
 * @param pdfjs address of pdfjs-dist's folder, ending in "/".
 * @throws PaperFailure for what is no PDF, encrypted without its password given, damaged, endless or without pages; the
 *   signal's reason when aborted.
 */
export async function openPdf(
  { name, bytes }: PaperDocument,
  pdfjs: string,
  ask: AskPassword,
  signal: AbortSignal,
): Promise<OpenPdf> {
  checkHeader(name, bytes);
  await startWorker(pdfjs);
  signal.throwIfAborted();
  let task: PDFDocumentLoadingTask | null = null;
  const ended = Promise.withResolvers<never>();
  let patience = 0;
  const wait = () => {
    clearTimeout(patience);
    patience = window.setTimeout(() => {
      stopWorker();
      ended.reject(stuck(name, PATIENCE / 1000));
    }, PATIENCE);
  };
  const abort = () => {
    stopWorker();
    ended.reject(signal.reason);
  };
  signal.addEventListener("abort", abort);
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
    task.onPassword = async (answer: (password: string | Error) => void, reason: number) => {
      clearTimeout(patience);
      const password = await ask(reason === PasswordResponses.INCORRECT_PASSWORD);
      if (password === null) ended.reject(passwordRefused(name));
      else {
        wait();
        answer(password);
      }
    };
    wait();
    const opened = task;
    const pdf = await Promise.race([task.promise, ended.promise]);
    if (pdf.numPages === 0) throw withoutPages(name);
    // A file whose first page cannot be found shows nothing at all.
    await Promise.race([pdf.getPage(1), ended.promise]);
    return { pdf, close: () => void opened.destroy() };
  } catch (error) {
    void task?.destroy().catch(() => {});
    signal.throwIfAborted();
    throw paperFailure(name, error);
  } finally {
    clearTimeout(patience);
    signal.removeEventListener("abort", abort);
  }
}

/** Calls `onStuck` once when the worker has not answered for too long: some damage keeps it busy for ever. */
export function watchWorker(
  name: string,
  pdf: PDFDocumentProxy,
  onStuck: (error: Error) => void,
  signal: AbortSignal,
) {
  let asked: number | null = null;
  const timer = window.setInterval(() => {
    if (asked === null) {
      asked = performance.now();
      const answered = () => {
        asked = null;
      };
      pdf.getMarkInfo().then(answered, answered);
    } else if (performance.now() - asked > PATIENCE) {
      clearInterval(timer);
      stopWorker();
      onStuck(stuck(name, PATIENCE / 1000));
    }
  }, PULSE);
  signal.addEventListener("abort", () => clearInterval(timer));
}
