import { t } from "../../shared/l10n.ts";
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

/** Pixels of an image beyond which it is left out rather than fill the memory: 80 megapixels. */
const LARGEST_IMAGE = 80_000_000;
/** Width of the narrowest page that is drawn, PDF points, and as a share of its length. */
const NARROWEST = 0.1;
const THINNEST = 0.0001;
/** How long pdf.js may work on one thing before the file is given up, ms. */
const PATIENCE = 60_000;
/** How long it may take to let go of a paper, ms. */
const LETTING_GO = 2_000;
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
 * Opens the bytes of a paper, which go to the worker: nothing of them is left here. Nothing in the file can run: forms,
 * scripts and XFA are off.
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
  await haveLetGo();
  await startWorker(pdfjs);
  signal.throwIfAborted();
  let task: PDFDocumentLoadingTask | null = null;
  const ended = Promise.withResolvers<never>();
  let patience = 0;
  let isLost = false;
  const giveUp = (reason: unknown) => {
    isLost = true;
    stopWorker();
    ended.reject(reason);
  };
  const wait = () => {
    clearTimeout(patience);
    patience = window.setTimeout(() => giveUp(stuck(name, PATIENCE / 1000)), PATIENCE);
  };
  const abort = () => giveUp(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    task = getDocument({
      data: bytes,
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
    const { view } = await Promise.race([pdf.getPage(1), ended.promise]);
    const [width, height] = [Math.abs(view[2]! - view[0]!), Math.abs(view[3]! - view[1]!)];
    // The canvas of such a page would have no pixel across: pdf.js limits how many it has along.
    if (Math.min(width, height) < Math.max(NARROWEST, Math.max(width, height) * THINNEST))
      throw new Error(t("its first page is too narrow to be drawn"));
    return { pdf, close: () => letGo(opened) };
  } catch (error) {
    // A worker that was ended no longer says that it has let go.
    if (isLost) void task?.destroy().catch(() => {});
    else if (task !== null) letGo(task);
    signal.throwIfAborted();
    throw paperFailure(name, error);
  } finally {
    clearTimeout(patience);
    signal.removeEventListener("abort", abort);
  }
}

/** Papers that the worker is letting go of. */
const leaving = new Set<Promise<void>>();

function letGo(task: PDFDocumentLoadingTask): void {
  const left = task
    .destroy()
    .catch(() => {})
    .finally(() => leaving.delete(left));
  leaving.add(left);
}

/** pdf.js opens nothing in a worker that is letting go of another paper; one that takes too long for it is ended. */
async function haveLetGo(): Promise<void> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(true), LETTING_GO);
  const isLate = await Promise.race([Promise.all(leaving).then(() => false), late.promise]);
  clearTimeout(timer);
  if (!isLate) return;
  leaving.clear();
  stopWorker();
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
