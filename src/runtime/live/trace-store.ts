import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { TRACE_VERSION, type Trace, type TraceRequest, type TraceResult } from "../../shared/trace.ts";
import { KeptFiles } from "../models/kept-files.ts";

/** Traces held in memory. */
const HELD = 64;

/** Traces kept in the folder; the oldest are given up. */
const STORED = 512;

/**
 * Traces by what was asked, in memory and in a folder. A stored one serves only while every source file that it read is
 * still what it was.
 */
export class TraceStore {
  readonly #files: KeptFiles;
  /** Identifies the tracer's own code: another tracer may trace differently. */
  readonly #tracer: string;
  readonly #held = new Map<string, Trace>();
  /** Every trace that was read or written, as it was stored. */
  readonly #bytes = new WeakMap<Trace, Uint8Array>();

  constructor(folder: string, tracer: string) {
    this.#files = new KeptFiles(folder, STORED);
    this.#tracer = tracer;
  }

  /** The stored answer, else the one that `make` gives, which is stored if it is a trace. */
  async resolve(request: TraceRequest, make: () => Promise<TraceResult>): Promise<TraceResult> {
    const key = this.key(request);
    const known = this.#held.get(key) ?? (await this.#read(key));
    if (known && (await isCurrent(known, request.overlay ?? {}))) {
      this.#hold(key, known);
      return { ok: true, trace: known };
    }
    const result = await make();
    if (result.ok) {
      this.#hold(key, result.trace);
      await this.#write(key, result.trace);
    }
    return result;
  }

  /** Names a request: equal keys ask for the same trace. Unsaved text takes part through the files that were read. */
  key(request: TraceRequest): string {
    const { overlay: _, ...rest } = request;
    return createHash("sha256")
      .update(JSON.stringify([TRACE_VERSION, this.#tracer, rest]))
      .digest("hex");
  }

  #hold(key: string, trace: Trace): void {
    this.#held.delete(key);
    this.#held.set(key, trace);
    const oldest = this.#held.keys().next().value;
    if (this.#held.size > HELD && oldest !== undefined) this.#held.delete(oldest);
  }

  /** A trace of this store as compressed JSON, whatever became of its file since; undefined for other traces. */
  bytesOf(trace: Trace): Uint8Array | undefined {
    return this.#bytes.get(trace);
  }

  async #read(key: string): Promise<Trace | null> {
    const bytes = await this.#files.read(nameOf(key));
    if (!bytes) return null;
    try {
      const trace = JSON.parse((await promisify(gunzip)(bytes)).toString("utf8")) as Trace;
      this.#bytes.set(trace, bytes);
      return trace;
    } catch {
      // Cut short: it is traced again.
      return null;
    }
  }

  async #write(key: string, trace: Trace): Promise<void> {
    const bytes = await promisify(gzip)(JSON.stringify(trace), { level: 1 });
    this.#bytes.set(trace, bytes);
    await this.#files.write(nameOf(key), bytes);
  }
}

function nameOf(key: string): string {
  return `${key}.json.gz`;
}

/** Whether every file that a trace rests on still has the text that ran. */
async function isCurrent(trace: Trace, overlay: Readonly<Record<string, string>>): Promise<boolean> {
  if (trace.version !== TRACE_VERSION) return false;
  const current = await Promise.all(
    trace.files.map(async file => {
      const text = overlay[file.path] ?? (await readFile(file.path).catch(() => null));
      return text !== null && createHash("sha256").update(text).digest("hex") === file.sha256;
    }),
  );
  return current.every(Boolean);
}
