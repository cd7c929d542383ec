import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Functions, type Remote } from "../../shared/channel.ts";
import { type Bundle, currentBundle } from "../../shared/l10n.ts";

/** What every process that is started on demand offers. */
export interface Localised {
  localise(bundle: Bundle): void;
}

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
  readonly remote: Remote<F, Record<never, never>>;
  readonly ended: Promise<never>;
}

/** A process that starts when it is first asked for something, and ends when nobody has asked for a while. */
export class OnDemandProcess<F extends Functions<F> & Localised> {
  readonly #options: OnDemandOptions;
  #running: Running<F> | null = null;
  #pending = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  /** The answer, or a rejection should the process end first. */
  async ask<T>(question: (remote: Remote<F, Record<never, never>>) => Promise<T>): Promise<T> {
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

  /** The process where it runs; nobody is answered. */
  tell(message: (remote: Remote<F, Record<never, never>>) => Promise<unknown>): void {
    if (this.#running) message(this.#running.remote).catch(() => undefined);
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
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => log?.(text.trimEnd()));
    }
    const remote = connect<F, Record<never, never>>(
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
        reject(this.#options.ended(reason));
        remote.$close();
      };
      child.once("error", error => end(error.message));
      child.once("exit", (code, signal) => end(signal ?? code ?? "?"));
    });
    ended.catch(() => undefined);
    (remote as Remote<Localised, Record<never, never>>).localise(currentBundle()).catch(() => undefined);
    return { child, remote, ended };
  }
}
