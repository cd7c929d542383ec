import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { PdfMutant } from "./pdf-mutants.ts";

/** What became of a PDF that is broken. */
export interface PdfOutcome {
  readonly outcome: "read" | "refused" | "failed" | "hung";
  readonly says: string;
}

/** A reading of one file that takes longer has stalled. */
const SECONDS = 40;
/** Heap that a reading may take, MB. */
const HEAP = 768;

/** Reads broken PDFs, one after the other, in a thread that is ended when it stalls. */
export class PdfReadings {
  #thread: Worker | null = null;

  async read({ bytes }: PdfMutant): Promise<PdfOutcome> {
    const thread = this.#thread ?? this.#start();
    const stop = new AbortController();
    const answer = once(thread, "message", { signal: stop.signal }).then(
      ([message]) => message as PdfOutcome,
    );
    const failed = (error: unknown): PdfOutcome => ({ outcome: "failed", says: String(error) });
    const late = delay(SECONDS * 1000, null, { signal: stop.signal }).then(
      (): PdfOutcome => ({ outcome: "hung", says: `nothing for ${SECONDS} s` }),
    );
    thread.postMessage(new Uint8Array(bytes));
    const outcome = await Promise.race([answer.catch(failed), late.catch(failed)]);
    stop.abort();
    if (outcome.outcome === "hung" || outcome.outcome === "failed") await this.dispose();
    return outcome;
  }

  async dispose(): Promise<void> {
    await this.#thread?.terminate();
    this.#thread = null;
  }

  #start(): Worker {
    this.#thread = new Worker(new URL("./pdf-mutant-thread.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    return this.#thread;
  }
}

/** A broken PDF is read, or refused with one sentence that names it. */
export function assertClear({ outcome, says }: PdfOutcome): void {
  assert.ok(outcome === "read" || outcome === "refused", `${outcome}: ${says}`);
  if (outcome === "refused") assert.match(says, /^mutant\.pdf [^\n]+\.$/);
}
