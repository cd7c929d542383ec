import { boundDecoding } from "../../shared/bounded-decoding.ts";
import { t } from "../../shared/l10n.ts";
import { GlobalWorkerOptions } from "./pdfjs.ts";

let started: Promise<void> | null = null;
let worker: Worker | null = null;

/**
 * Starts the worker in which pdf.js parses. A worker of a webview can fetch nothing, so its whole source is fetched here and
 * started from a blob.
 *
 * @param pdfjs address of pdfjs-dist's folder, ending in "/".
 */
export function startWorker(pdfjs: string): Promise<void> {
  started ??= start(pdfjs).catch(error => {
    started = null;
    throw error;
  });
  return started;
}

/** Ends the worker, whatever it is doing; all that is open in it is lost. */
export function stopWorker(): void {
  worker?.terminate();
  worker = null;
  started = null;
  GlobalWorkerOptions.workerPort = null;
}

async function start(pdfjs: string): Promise<void> {
  const address = `${pdfjs}build/pdf.worker.min.mjs`;
  const response = await fetch(address);
  if (!response.ok) throw new Error(t("The PDF reader’s worker could not be loaded: {0}.", response.status));
  // The bounds stand before pdf.js in its worker, where nothing but their own text reaches.
  const source = new Blob([`(${boundDecoding})();\n`, await response.arrayBuffer()], {
    type: "text/javascript",
  });
  const url = URL.createObjectURL(source);
  worker = new Worker(url, { type: "module" });
  GlobalWorkerOptions.workerPort = worker;
}
