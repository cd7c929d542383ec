import { type ChildProcess, spawn } from "node:child_process";
import * as v from "valibot";
import { type ArgumentSchemas, connect, type Functions, type Remote } from "../../shared/channel.ts";
import { type Bundle, currentBundle } from "../../shared/l10n.ts";
import { onOutput, portTo } from "./channel.ts";

/** What every process that is started on demand offers. */
export interface OnDemandFunctions {
  localise(bundle: Bundle): void;
  /** Ends the work of that number. */
  cancel(job: number): void;
}

/** What every such process can tell the one that started it. */
export interface OnDemandListener {
  /** How far the work of that number is. */
  progressed(job: number, fraction: number): void;
}

const listenerSchemas: ArgumentSchemas<OnDemandListener> = {
  progressed: v.tuple([v.number(), v.pipe(v.number(), v.minValue(0), v.maxValue(1))]),
};

export interface OnDemandOptions {
  /** Script of the process. */
  readonly entry: string;
  /** What the script is given. */
  readonly arguments?: readonly string[];
  /** Node to run it with; by default the one that runs this. */
  readonly node?: string | undefined;
  /** Of Node, such as its limits. */
  readonly flags: readonly string[];
  /** Nobody has asked for anything for this long: the process is ended, ms. */
  readonly idle: number;
  /** The error of everyone who waits when the process ends, by exit code or signal. */
  readonly ended: (reason: string | number) => Error;
  /** What the process writes for people who look for a cause. */
  readonly log?: ((line: string) => void) | undefined;
}

interface Running<F extends Functions<F>> {
  readonly child: ChildProcess;
  readonly remote: Remote<F, OnDemandListener>;
  readonly ended: Promise<never>;
}

/** A process that starts when it is first asked for something, and ends when nobody has asked for a while. */
export class OnDemandProcess<F extends Functions<F> & OnDemandFunctions> {
  readonly #options: OnDemandOptions;
  #running: Running<F> | null = null;
  #pending = 0;
  #jobs = 0;
  readonly #progress = new Map<number, (fraction: number) => void>();
  #idle: NodeJS.Timeout | undefined;

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  /** The answer, or a rejection should the process end first. */
  async ask<T>(question: (remote: Remote<F, OnDemandListener>) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#pending++;
    this.#running ??= this.#start();
    const running = this.#running;
    try {
      return await Promise.race([question(running.remote), running.ended]);
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#idle = setTimeout(() => this.dispose(), this.#options.idle).unref();
    }
  }

  /**
   * The answer to a question that can be cancelled by the number that it is asked with.
   * @param grace work that has not ended by itself so long after it was cancelled is ended with its process, ms.
   * @param onFraction told what the process says of how far the work is, from 0 to 1.
   * @throws the signal's reason.
   */
  async run<T>(
    question: (remote: Remote<F, OnDemandListener>, job: number) => Promise<T>,
    signal: AbortSignal,
    { grace, onFraction }: { grace?: number; onFraction?: ((fraction: number) => void) | undefined } = {},
  ): Promise<T> {
    signal.throwIfAborted();
    const job = this.#jobs++;
    if (onFraction) this.#progress.set(job, onFraction);
    let end: NodeJS.Timeout | undefined;
    const cancel = () => {
      if (this.#running)
        offeredByAll(this.#running.remote)
          .cancel(job)
          .catch(() => undefined);
      if (grace !== undefined) end = setTimeout(() => this.dispose(), grace);
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const answer = await this.ask(remote => question(remote, job));
      signal.throwIfAborted();
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(end);
      this.#progress.delete(job);
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Ends the process; the next question starts another. */
  dispose(): void {
    clearTimeout(this.#idle);
    this.#running?.child.kill("SIGKILL");
    this.#running = null;
  }

  #start(): Running<F> {
    const { entry, node = process.execPath, flags, log, arguments: given = [] } = this.#options;
    const child = spawn(node, [...flags, entry, ...given], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    });
    onOutput(child, text => log?.(text.trimEnd()));
    const remote = connect<F, OnDemandListener>(
      portTo(child),
      { progressed: (job, fraction) => this.#progress.get(job)?.(fraction) },
      listenerSchemas,
    );
    const ended = new Promise<never>((_, reject) => {
      const end = (reason: string | number) => {
        if (this.#running?.child === child) this.#running = null;
        reject(this.#options.ended(reason));
        remote.$close();
      };
      child.once("error", error => end(error.message));
      child.once("exit", (code, signal) => end(signal ?? code ?? "?"));
    });
    ended.catch(() => undefined);
    offeredByAll(remote)
      .localise(currentBundle())
      .catch(() => undefined);
    return { child, remote, ended };
  }
}

/** The functions that every such process has, whatever else it offers. */
function offeredByAll(remote: unknown): Remote<OnDemandFunctions, OnDemandListener> {
  return remote as Remote<OnDemandFunctions, OnDemandListener>;
}
