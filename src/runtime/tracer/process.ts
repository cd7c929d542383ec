import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TRACE_VERSION, type TraceFailure, type TraceRequest, type TraceResult } from "../../shared/trace.ts";
import { abortable, SerialQueue } from "../session/queue.ts";
import { type ConnectionOptions, TracerConnection } from "./connection.ts";
import { pythonFiles } from "./python-files.ts";
import { parseTraceResult } from "./result.ts";
import { SnapshotStore } from "./snapshot.ts";

export interface TracerOptions extends ConnectionOptions {
  /** Holds `snapshots/`: the interpreter's memory after its start. */
  readonly cacheDirectory: string;
  /** Time for which one trace may compute, in seconds. */
  readonly seconds?: number;
  /** Memory of the interpreter, in bytes. */
  readonly bytes?: number;
}

const DEFAULT_SECONDS = 60;
const DEFAULT_BYTES = 1.5 * 2 ** 30;

/** Share of its memory at which an interpreter has enough: what it took it keeps, so the next trace gets a new one. */
const RETIRES_AT = 0.5;

/**
 * Python says that it computes until it interrupts itself at the limit. A process that says nothing for so many times the
 * limit is in one call that does not end, or has swallowed the interruption.
 */
const SILENCE_FACTOR = 4;

/** A process that does not answer this much later is ended. */
const GRACE_MS = 3000;

/** Folders that one process may come to read; with more it starts anew with the last one only. */
const MAX_ROOTS = 16;

/**
 * Traces sources in a process of its own, one at a time. It starts when it is first needed, again after it ended, and
 * again when a source lies outside the folders that it may read.
 */
export class TracerProcess {
  /** Identifies the tracer's own code: a trace of another version may differ. */
  readonly version = tracerVersion();
  readonly #options: TracerOptions;
  readonly #queue = new SerialQueue();
  readonly #snapshots: SnapshotStore;
  #child: TracerConnection | null = null;
  #disposed = false;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#snapshots = new SnapshotStore(join(options.cacheDirectory, "snapshots"), this.version);
  }

  /**
   * Never rejects for what a source does: that is a failure with file, line and reason. An aborted trace ends the process
   * and gives a failure of kind "cancelled".
   */
  async trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    try {
      return await this.#queue.add(() => this.#trace(request, signal), signal);
    } catch (error) {
      if (signal?.aborted) return failed("cancelled", "The trace was cancelled.");
      throw error;
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#child?.kill();
    this.#child = null;
  }

  get #bytes(): number {
    return this.#options.bytes ?? DEFAULT_BYTES;
  }

  async #trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    const milliseconds = (this.#options.seconds ?? DEFAULT_SECONDS) * 1000;
    let child: TracerConnection | null = null;
    const abort = () => child?.kill();
    signal?.addEventListener("abort", abort, { once: true });
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    try {
      child = await this.#ready(request);
      signal?.throwIfAborted();
      const running = child;
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(
          () => {
            late = true;
            running.kill();
          },
          milliseconds * SILENCE_FACTOR + GRACE_MS,
        );
      };
      running.onComputing = wait;
      wait();
      const answer = running.until(running.remote.trace(request, { milliseconds }));
      const { result: text, bytes, spoiled } = await (signal ? abortable(answer, signal) : answer);
      const result = parseTraceResult(text);
      if (!result.ok && result.failure.kind === "limit") {
        // What the interpreter took it keeps: the next trace gets a new one, and so does this one if others came before.
        running.kill();
        if (isMemory(result.failure) && running.traces > 0) return await this.#trace(request, signal);
      }
      running.traces++;
      if (spoiled || bytes > this.#bytes * RETIRES_AT) running.kill();
      return result;
    } catch (error) {
      const outlived = child && !child.alive && child.traces > 0;
      child?.kill();
      if (signal?.aborted) return failed("cancelled", "The trace was cancelled.");
      // What an interpreter has gathered may be what ended it: a new one tells.
      if (outlived && !late) return await this.#trace(request, signal);
      if (late) {
        return failed("limit", "{0} had not come to its end after {1} s: is there a loop without an end?", [
          request.source,
          String(milliseconds / 1000),
        ]);
      }
      return failed("crashed", "The tracer ended while it traced {0}: {1}", [
        request.source,
        lastLine(error),
      ]);
    } finally {
      if (child) child.onComputing = () => undefined;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** A process that may read what the request names. */
  async #ready(request: TraceRequest): Promise<TracerConnection> {
    const wanted = roots(request);
    const current = this.#child;
    if (current?.alive && wanted.every(root => current.reads(root))) return current;
    const previous = current?.roots ?? [];
    current?.kill();
    const union = [...new Set([...wanted, ...previous])];
    const readable = union.length > MAX_ROOTS ? wanted : union;
    const snapshot = await this.#snapshots.find(request.transformers);
    if (snapshot) {
      try {
        return await this.#start(request, readable, snapshot);
      } catch (error) {
        // A snapshot that cannot be gone on from is none: it is made again.
        this.#options.log?.(`snapshot: ${error}`);
      }
    }
    return this.#start(request, readable, null);
  }

  async #start(
    request: TraceRequest,
    readable: readonly string[],
    snapshot: string | null,
  ): Promise<TracerConnection> {
    if (this.#disposed) throw new Error("disposed");
    const child = new TracerConnection(this.#options, readable, this.#snapshots.folder);
    this.#child = child;
    try {
      const made = await child.until(
        child.remote.start({
          snapshot,
          transformers: request.transformers,
          makeSnapshot: snapshot === null,
          maxBytes: this.#bytes,
        }),
      );
      if (made) await this.#snapshots.write(request.transformers, made);
      return child;
    } catch (error) {
      child.kill();
      throw error;
    }
  }
}

function tracerVersion(): string {
  const directory = join(here, "python");
  const hash = createHash("sha256").update(String(TRACE_VERSION));
  const require = createRequire(import.meta.url);
  hash.update(readFileSync(require.resolve("pyodide/package.json")));
  for (const file of pythonFiles(directory)) hash.update(file).update(readFileSync(join(directory, file)));
  return hash.digest("hex");
}

const here = dirname(fileURLToPath(import.meta.url));

/** Folders whose sources a trace may read: the source's own, or its package's, transformers and other packages. */
function roots(request: TraceRequest): string[] {
  let folder = dirname(request.source);
  while (existsSync(join(folder, "__init__.py")) && dirname(folder) !== folder) folder = dirname(folder);
  const library = request.transformers === null ? [] : [join(request.transformers, "transformers")];
  return [...library, ...(request.packages ?? []), folder];
}

/** What went wrong; before it, a report of Python's has the frames of the tracer itself. */
function lastLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trimEnd().split("\n").at(-1)!;
}

function isMemory(failure: TraceFailure): boolean {
  return failure.detail?.trimEnd().endsWith("MemoryError") ?? false;
}

function failed(kind: TraceFailure["kind"], message: string, values: readonly string[] = []): TraceResult {
  return {
    ok: false,
    failure: { kind, message, arguments: values, file: null, line: null, operation: null, detail: null },
  };
}
