import { constants, readFileSync } from "node:fs";
import { join } from "node:path";
import type { loadPyodide, PyodideInterface } from "pyodide";
import { pythonFiles } from "./python-files.ts";
import type { Sources } from "./sources.ts";

/** Unit of WebAssembly's memory, in bytes. */
const PAGE = 65536;

/** How often a trace says that it computes, in milliseconds. */
const SIGN_MS = 1000;

/** Where the tracer's own Python lies, inside the interpreter. */
const HOME = "/papertrace";

export interface PythonOptions {
  /** Folder of the tracer's own Python files. */
  readonly directory: string;
  readonly snapshot: Uint8Array | null;
  /** Have the interpreter made so that its memory can be saved. */
  readonly makeSnapshot: boolean;
  readonly maxBytes: number;
}

/** papertrace.main, as JavaScript sees it. */
interface Main {
  connect(
    read: (path: string) => string | undefined,
    sha256: (path: string) => string | undefined,
    isDirectory: (path: string) => boolean,
    listDirectory: (path: string) => string,
  ): void;
  /** "" where there is no transformers. */
  warm(transformers: string): void;
  close(): void;
  trace(request: string): string;
  is_spoiled(): boolean;
  destroy(): void;
}

/** What Emscripten keeps of an instance. */
interface WithMemory {
  readonly _module: { readonly HEAPU8: Uint8Array };
}

/** CPython in WebAssembly with the tracer loaded. JavaScript's globals are out of its reach. */
export class Python {
  readonly #python: PyodideInterface;
  readonly #sources: Sources;
  #main: Main;

  private constructor(python: PyodideInterface, sources: Sources) {
    this.#python = python;
    this.#sources = sources;
    this.#main = python.pyimport("papertrace.main") as Main;
    this.#connect();
  }

  static async start(options: PythonOptions, sources: Sources): Promise<Python> {
    // Pyodide asks for file constants in a way that the permission model refuses.
    Object.defineProperty(process, "binding", { value: () => ({ fs: constants }) });
    limitMemory(options.maxBytes);
    const { loadPyodide } = await import("pyodide");
    const python = await load(loadPyodide, options);
    install(python, options.directory);
    return new Python(python, sources);
  }

  /** Imports what models of transformers share, and gives the interpreter's memory for the next start. */
  makeSnapshot(transformers: string | null): Uint8Array {
    this.#main.warm(transformers ?? "");
    this.#main.destroy();
    const snapshot = this.#python.makeMemorySnapshot();
    this.#main = this.#python.pyimport("papertrace.main") as Main;
    this.#connect();
    return snapshot;
  }

  /** Shuts the interpreter in; before the first source of a reader runs. */
  close(): void {
    this.#main.close();
  }

  /** Whether the last source has changed what others rest on. */
  get isSpoiled(): boolean {
    return this.#main.is_spoiled();
  }

  /** Of the interpreter's memory, which never shrinks. */
  get bytes(): number {
    return (this.#python as PyodideInterface & WithMemory)._module.HEAPU8.byteLength;
  }

  /**
   * @param computing is called about once a second until the limit.
   * @returns a `TraceResult` as JSON; Python is interrupted when it has computed for `milliseconds`.
   */
  trace(request: string, milliseconds: number, computing: () => void): string {
    interruptAfter(this.#python, milliseconds, computing);
    try {
      return this.#main.trace(request);
    } finally {
      this.#python.setInterruptBuffer(undefined as unknown as Uint8Array);
    }
  }

  #connect(): void {
    const sources = this.#sources;
    this.#main.connect(
      path => sources.read(path),
      path => sources.sha256(path),
      path => sources.isDirectory(path),
      path => sources.listDirectory(path),
    );
  }
}

/** Names in a set have the same order in every trace. */
const ENVIRONMENT = { HOME: "/home/pyodide", PYTHONHASHSEED: "0" };

async function load(start: typeof loadPyodide, options: PythonOptions): Promise<PyodideInterface> {
  if (options.snapshot) {
    const restore = startWithMemory(options.snapshot.byteLength);
    try {
      return await start({ jsglobals: {}, env: ENVIRONMENT, _loadSnapshot: options.snapshot });
    } finally {
      restore();
    }
  }
  return start({ jsglobals: {}, env: ENVIRONMENT, ...(options.makeSnapshot ? { _makeSnapshot: true } : {}) });
}

/** Copies the tracer's own Python files into the interpreter's memory. */
function install(python: PyodideInterface, directory: string): void {
  for (const file of pythonFiles(directory)) {
    const path = `${HOME}/${file}`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, readFileSync(join(directory, file)));
  }
  python.runPython(`import sys; sys.path.insert(0, "${HOME}") if "${HOME}" not in sys.path else None`);
}

/**
 * Has the interpreter raise KeyboardInterrupt, once, when it has computed for so long: it looks at element 0 every few
 * bytecodes. Time that other processes take from it does not count, nor what other threads of this one compute.
 */
function interruptAfter(python: PyodideInterface, milliseconds: number, computing: () => void): void {
  const SIGINT = 2;
  const start = computedMilliseconds();
  let next = performance.now() + Math.min(milliseconds, SIGN_MS);
  const clock = {
    get 0() {
      const now = performance.now();
      if (now < next) return 0;
      const left = milliseconds - (computedMilliseconds() - start);
      if (left <= 0) {
        next = Number.POSITIVE_INFINITY;
        return SIGINT;
      }
      next = now + Math.min(left, SIGN_MS);
      computing();
      return 0;
    },
    set 0(_) {
      // The interpreter's acknowledgement.
    },
  };
  python.setInterruptBuffer(clock as unknown as Uint8Array);
}

/** Time that this thread has computed; of the whole process where Node cannot tell them apart. */
function computedMilliseconds(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Gives the next interpreter memory of at least this size from the start: a snapshot is copied over it before anything
 * of it could grow.
 * @returns puts things back.
 */
function startWithMemory(bytes: number): () => void {
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = (async (source: WebAssembly.Module, imports: WebAssembly.Imports) => {
    // From a module it is the instance, from bytes a pair that holds it.
    const result: WebAssembly.Instance & { instance?: WebAssembly.Instance } = await instantiate(
      source,
      imports,
    );
    const memory = (result.instance ?? result).exports.memory;
    if (memory instanceof WebAssembly.Memory && memory.buffer.byteLength < bytes) {
      memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
    }
    return result;
  }) as typeof WebAssembly.instantiate;
  return () => {
    WebAssembly.instantiate = instantiate;
  };
}

/** Memory beyond the limit is not given out: Python raises MemoryError. */
function limitMemory(maxBytes: number): void {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE > maxBytes) throw new RangeError("memory limit");
    return grow.call(this, pages);
  };
}
