import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, type Remote } from "../../shared/channel.ts";
import type { CheckpointOutline, OutlinedTensor, TensorSummary } from "../../shared/checkpoint/outline.ts";
import { currentBundle, t } from "../../shared/l10n.ts";
import type { CheckpointFunctions } from "./protocol.ts";

export interface CheckpointProcessOptions {
  /** Script of the process; by default the one that belongs to this build. */
  readonly entry?: string;
  /** Node to run it with; by default the one that runs this. */
  readonly node?: string;
  /** What the process writes for people who look for a cause. */
  readonly log?: (line: string) => void;
}

/** Nobody has asked for anything for this long: the process is ended, ms. */
const IDLE_MS = 60_000;

/** Memory of the process, in MB: headers are small, tensors pass through in pieces. */
const MEMORY_MB = 1024;

interface Running {
  readonly child: ChildProcess;
  readonly remote: Remote<CheckpointFunctions, Record<never, never>>;
  readonly ended: Promise<never>;
}

/**
 * Reads checkpoint files in a process of its own, which starts when it is first needed: whatever a file claims, it is not
 * this process that suffers.
 */
export class CheckpointProcess {
  readonly #options: CheckpointProcessOptions;
  #running: Running | null = null;
  #jobs = 0;
  #pending = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: CheckpointProcessOptions = {}) {
    this.#options = options;
  }

  /** @throws Error naming the file and what is wrong. */
  outline(path: string): Promise<CheckpointOutline> {
    return this.#ask(remote => remote.outline(path));
  }

  /** @throws Error naming the tensor and what is wrong; the signal's reason. */
  async summarise(path: string, tensor: OutlinedTensor, signal: AbortSignal): Promise<TensorSummary> {
    signal.throwIfAborted();
    const job = this.#jobs++;
    const cancel = () => void this.#running?.remote.cancel(job).catch(() => undefined);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await this.#ask(remote => remote.summarise(job, path, tensor));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#running?.child.kill("SIGKILL");
    this.#running = null;
  }

  async #ask<T>(question: (remote: Running["remote"]) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#pending++;
    this.#running ??= this.#start();
    const running = this.#running;
    try {
      return await Promise.race([question(running.remote), running.ended]);
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#idle = setTimeout(() => this.dispose(), IDLE_MS).unref();
    }
  }

  #start(): Running {
    const { entry = defaultEntry(), node = process.execPath, log } = this.#options;
    const child = spawn(node, [`--max-old-space-size=${MEMORY_MB}`, entry], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => log?.(text.trimEnd()));
    }
    const remote = connect<CheckpointFunctions, Record<never, never>>(
      {
        post: message => {
          if (child.connected) child.send(message as object, () => undefined);
        },
        onMessage: listener => void child.on("message", listener),
      },
      {},
      {},
    );
    const ended = new Promise<never>((_, reject) => {
      const end = (reason: string | number) => {
        if (this.#running?.child === child) this.#running = null;
        reject(new Error(t("The process that reads checkpoints ended ({0}). Open the file again.", reason)));
        remote.$close();
      };
      child.once("error", error => end(error.message));
      child.once("exit", (code, signal) => end(signal ?? code ?? "?"));
    });
    ended.catch(() => undefined);
    remote.localise(currentBundle()).catch(() => undefined);
    return { child, remote, ended };
  }
}

/** dist/checkpoint-reader.js beside the bundle that holds this module, or the source beside this file. */
function defaultEntry(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const source = join(here, "child.ts");
  return existsSync(source) ? source : join(here, "checkpoint-reader.js");
}
