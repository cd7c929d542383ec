import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { TRACE_VERSION, type Trace, type TraceRequest, type TraceResult } from "../../shared/trace.ts";

/** Traces held in memory. */
const HELD = 64;

/** Traces kept in the folder; the oldest are given up. */
const STORED = 512;

/**
 * Traces by what was asked, in memory and in a folder. A stored one serves only while every source file that it read is
 * still what it was.
 */
export class TraceStore {
  readonly #folder: string;
  /** Identifies the tracer's own code: another tracer may trace differently. */
  readonly #tracer: string;
  readonly #held = new Map<string, Trace>();

  constructor(folder: string, tracer: string) {
    this.#folder = folder;
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

  async #read(key: string): Promise<Trace | null> {
    try {
      const bytes = await promisify(gunzip)(await readFile(this.#path(key)));
      return JSON.parse(bytes.toString("utf8")) as Trace;
    } catch {
      // Not there, or cut short: it is traced again.
      return null;
    }
  }

  /** Written beside and renamed, so that a reader never sees half of it. A cache that cannot be written is none. */
  async #write(key: string, trace: Trace): Promise<void> {
    const path = this.#path(key);
    const unfinished = `${path}.${process.pid}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(unfinished, await promisify(gzip)(JSON.stringify(trace), { level: 1 }));
      await rename(unfinished, path);
      await this.#prune();
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    if (names.length <= STORED) return;
    const files = await Promise.all(
      names.map(async name => {
        const path = join(this.#folder, name);
        return { path, time: (await stat(path)).mtimeMs };
      }),
    );
    files.sort((a, b) => b.time - a.time);
    await Promise.all(files.slice(STORED).map(({ path }) => rm(path, { force: true })));
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.json.gz`);
  }
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
