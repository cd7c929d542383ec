import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { gzip } from "node:zlib";
import { connect, type Remote } from "../../shared/channel.ts";
import type { Trace } from "../../shared/trace.ts";
import { ownPath } from "../own-path.ts";
import type { TraceComponents } from "../recognise/components.ts";
import type { OwnerFunctions, ThreadFunctions } from "./protocol.ts";

export interface RecogniserOptions {
  /** Where what was found is kept, by content. */
  readonly folder: string;
  /** Script of the thread; by default the one that belongs to this build. */
  readonly entry?: string;
}

/** Nobody has asked for anything for this long: the thread is ended, ms. */
const IDLE_MS = 60_000;

/** Memory of the thread, in MB. */
const MEMORY_MB = 1024;

interface Running {
  readonly worker: Worker;
  readonly remote: Remote<ThreadFunctions, OwnerFunctions>;
  readonly ended: Promise<never>;
}

/**
 * Says what the values and modules of traces are, in a thread of its own that starts when it is first needed: it takes
 * tenths of a second, and whoever asks has an editor to serve meanwhile.
 */
export class Recogniser {
  readonly #options: RecogniserOptions;
  readonly #known = new WeakMap<Trace, Promise<TraceComponents>>();
  #running: Running | null = null;
  #pending = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: RecogniserOptions) {
    this.#options = options;
  }

  /**
   * @param stored the trace as it was stored, compressed JSON, where that is at hand.
   * @throws Error when the thread ends before it answers; asked again, it starts anew.
   */
  components(trace: Trace, stored?: Uint8Array): Promise<TraceComponents> {
    const known = this.#known.get(trace);
    if (known) return known;
    const asked = this.#ask(trace, stored);
    this.#known.set(trace, asked);
    asked.catch(() => this.#known.delete(trace));
    return asked;
  }

  dispose(): void {
    clearTimeout(this.#idle);
    void this.#running?.worker.terminate();
    this.#running = null;
  }

  async #ask(trace: Trace, stored?: Uint8Array): Promise<TraceComponents> {
    clearTimeout(this.#idle);
    this.#pending++;
    try {
      const bytes = stored ?? (await promisify(gzip)(JSON.stringify(trace), { level: 1 }));
      this.#running ??= this.#start();
      const { remote, ended } = this.#running;
      return await Promise.race([remote.recognise(bytes), ended]);
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#idle = setTimeout(() => this.dispose(), IDLE_MS).unref();
    }
  }

  #start(): Running {
    const { folder, entry = ownPath(import.meta.url, "thread.ts", "recogniser.js") } = this.#options;
    const worker = new Worker(entry, {
      workerData: folder,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    const remote = connect<ThreadFunctions, OwnerFunctions>(
      {
        post: message => worker.postMessage(message),
        onMessage: listener => void worker.on("message", listener),
      },
      {},
      {},
    );
    // After its listeners are there: they would hold this process again.
    worker.unref();
    const ended = new Promise<never>((_, reject) => {
      const end = (error: Error) => {
        if (this.#running?.worker === worker) this.#running = null;
        reject(error);
        remote.$close(error);
      };
      worker.once("error", end);
      worker.once("exit", code => end(new Error(`The recognising thread ended with ${code}.`)));
    });
    ended.catch(() => undefined);
    return { worker, remote, ended };
  }
}
