import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, type Remote } from "../../shared/channel.ts";
import { TRACE_VERSION, type TraceFailure, type TraceRequest, type TraceResult } from "../../shared/trace.ts";
import { abortable, SerialQueue } from "../session/queue.ts";
import { nodeWithPermissions } from "./node.ts";
import type { ChildFunctions, ParentFunctions } from "./protocol.ts";
import { pythonFiles } from "./python-files.ts";
import { parseTraceResult } from "./result.ts";
import { SnapshotStore } from "./snapshot.ts";

export interface TracerOptions {
  /** Holds `snapshots/`: the interpreter's memory after its start. */
  readonly cacheDirectory: string;
  /** Script of the process; by default the one that belongs to this build. */
  readonly entry?: string;
  /** Node to run it with; it must have the permission model. */
  readonly node?: string;
  /** What the process writes for people who look for a cause. */
  readonly log?: (line: string) => void;
  /** Time for one trace, in seconds. */
  readonly seconds?: number;
  /** Memory of the interpreter, in bytes. */
  readonly bytes?: number;
}

const DEFAULT_SECONDS = 60;
const DEFAULT_BYTES = 1.5 * 2 ** 30;

/** Python interrupts itself at the limit; a process that does not answer this much later is ended. */
const GRACE_MS = 3000;

/** Folders that one process may come to read; with more it starts anew with the last one only. */
const MAX_ROOTS = 16;

/**
 * Traces sources in a process of its own, one at a time. It starts when it is first needed, again after it ended, and
 * again when a source lies outside the folders that it may read.
 */
export class TracerProcess {
  readonly #options: TracerOptions;
  readonly #queue = new SerialQueue();
  readonly #snapshots: SnapshotStore;
  #child: Child | null = null;
  #disposed = false;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#snapshots = new SnapshotStore(join(options.cacheDirectory, "snapshots"), tracerVersion());
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

  async #trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    const milliseconds = (this.#options.seconds ?? DEFAULT_SECONDS) * 1000;
    let child: Child | null = null;
    const abort = () => child?.kill();
    signal?.addEventListener("abort", abort, { once: true });
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    try {
      child = await this.#ready(request);
      signal?.throwIfAborted();
      const running = child;
      timer = setTimeout(() => {
        late = true;
        running.kill();
      }, milliseconds + GRACE_MS);
      const answer = running.until(running.remote.trace(request, { milliseconds }));
      return parseTraceResult(await (signal ? abortable(answer, signal) : answer));
    } catch (error) {
      child?.kill();
      if (signal?.aborted) return failed("cancelled", "The trace was cancelled.");
      if (late) {
        return failed("limit", "{0} had not come to its end after {1} s: is there a loop without an end?", [
          request.source,
          String(milliseconds / 1000),
        ]);
      }
      return failed("crashed", "The tracer ended while it traced {0}: {1}", [
        request.source,
        error instanceof Error ? error.message : String(error),
      ]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** A process that may read what the request names. */
  async #ready(request: TraceRequest): Promise<Child> {
    const wanted = roots(request);
    const current = this.#child;
    if (current?.alive && wanted.every(root => current.reads(root))) return current;
    const previous = current?.roots ?? [];
    current?.kill();
    const union = [...new Set([...wanted, ...previous])];
    const readable = union.length > MAX_ROOTS ? wanted : union;
    const snapshot = await this.#snapshots.read(request.transformers);
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
    snapshot: Uint8Array | null,
  ): Promise<Child> {
    if (this.#disposed) throw new Error("disposed");
    const child = new Child(this.#options, readable);
    this.#child = child;
    try {
      const made = await child.until(
        child.remote.start({
          snapshot,
          transformers: request.transformers,
          makeSnapshot: snapshot === null,
          maxBytes: this.#options.bytes ?? DEFAULT_BYTES,
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

/** Identifies the tracer's own code: a trace of another version may differ. */
export function tracerVersion(): string {
  const directory = join(here, "python");
  const hash = createHash("sha256").update(String(TRACE_VERSION));
  const require = createRequire(import.meta.url);
  hash.update(readFileSync(require.resolve("pyodide/package.json")));
  for (const file of pythonFiles(directory)) hash.update(file).update(readFileSync(join(directory, file)));
  return hash.digest("hex");
}

const here = dirname(fileURLToPath(import.meta.url));

/** Folders whose sources a trace may read: the source's own, or its package's, and transformers. */
function roots(request: TraceRequest): string[] {
  let folder = dirname(request.source);
  while (existsSync(join(folder, "__init__.py")) && dirname(folder) !== folder) folder = dirname(folder);
  const library = request.transformers === null ? [] : [join(request.transformers, "transformers")];
  return [...library, folder];
}

/** One running process. */
class Child {
  readonly remote: Remote<ChildFunctions, ParentFunctions>;
  readonly roots: readonly string[];
  readonly #process: ChildProcess;
  readonly #ended = Promise.withResolvers<never>();
  #lastWords = "";
  #alive = true;

  constructor(options: TracerOptions, readable: readonly string[]) {
    this.roots = readable;
    const entry = options.entry ?? defaultEntry();
    const child = spawn(options.node ?? nodeWithPermissions(), [...flags(entry, readable), entry], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
      env: process.versions.electron ? { ELECTRON_RUN_AS_NODE: "1" } : {},
    });
    this.#process = child;
    this.#ended.promise.catch(() => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-2000);
        options.log?.(text.trimEnd());
      });
    }
    this.remote = connect<ChildFunctions, ParentFunctions>(
      {
        post: message => {
          if (child.connected) child.send(message as object, () => undefined);
        },
        onMessage: listener => void child.on("message", listener),
      },
      {},
      {},
    );
    child.once("error", error => this.#end(error));
    child.once("exit", (code, signal) => {
      const words = /^.*(?:error|denied|fatal).*$/im.exec(this.#lastWords)?.[0];
      this.#end(new Error([signal ?? `exit ${code}`, words].filter(Boolean).join(": ")));
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  reads(folder: string): boolean {
    return this.roots.some(root => folder === root || folder.startsWith(root + sep));
  }

  /** The promise, or a rejection should the process end first. */
  until<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined);
    return Promise.race([promise, this.#ended.promise]);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
    this.#end(new Error("ended"));
  }

  #end(error: Error): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#ended.reject(error);
    this.remote.$close(error);
  }
}

/** Node's own walls: reading is allowed in these folders, writing, processes, workers and addons nowhere. */
function flags(entry: string, readable: readonly string[]): string[] {
  const require = createRequire(import.meta.url);
  const pyodide = dirname(require.resolve("pyodide/package.json"));
  const code = entry.endsWith(".ts") ? dirname(dirname(dirname(entry))) : dirname(entry);
  const root = dirname(code);
  const own = [code, join(root, "package.json"), join(root, "node_modules"), dirname(pyodide)];
  return [
    "--permission",
    ...[...own, ...readable].map(path => `--allow-fs-read=${path}`),
    "--disallow-code-generation-from-strings",
    "--max-old-space-size=1024",
    "--no-warnings",
  ];
}

/** dist/tracer.js beside the bundle that holds this module, or the source beside this file. */
function defaultEntry(): string {
  const source = join(here, "child.ts");
  return existsSync(source) ? source : join(here, "tracer.js");
}

function failed(kind: TraceFailure["kind"], message: string, values: readonly string[] = []): TraceResult {
  return {
    ok: false,
    failure: { kind, message, arguments: values, file: null, line: null, operation: null, detail: null },
  };
}
