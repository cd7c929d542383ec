// Reads PDFs in a thread of its own, which can be ended when it hangs.
import { parentPort } from "node:worker_threads";
import { readPaper } from "../../src/runtime/paper/read-paper.ts";
import { PaperFailure } from "../../src/shared/paper-failure.ts";

parentPort!.on("message", async (bytes: Uint8Array) => {
  try {
    const pages = await readPaper("mutant.pdf", bytes, new AbortController().signal);
    parentPort!.postMessage({ outcome: "read", says: `${pages.length} pages` });
  } catch (error) {
    parentPort!.postMessage({
      outcome: error instanceof PaperFailure ? "refused" : "failed",
      says: error instanceof Error ? error.message : String(error),
    });
  }
});
