import type { Tensor } from "../../shared/dtype.ts";
import type { Summary, Token, ValueRef } from "../../shared/run.ts";
import type { Drawing, RunRequest } from "../live/types.ts";
import { Connection, type ConnectionOptions, SessionEndedError } from "./connection.ts";
import type { FramedTensor } from "./frames.ts";
import type {
  FramedDrawing,
  FramedIntervention,
  GenerateCommand,
  GenerateReply,
  Loaded,
  ParentFunctions,
  ProgramSpec,
  RunCommand,
  RunReply,
} from "./protocol.ts";
import { abortable, SerialQueue } from "./queue.ts";

/** A run that was aborted has this long to end by itself before its process is ended. */
const GRACE_MS = 1000;

/** Without any program in use, the process is ended after this long: memory of released sessions stays with it. */
const IDLE_MS = 30_000;

/** What a run gives back, its tensors whole. */
export interface ProgramRun extends Omit<RunReply, "output" | "taps" | "drawing"> {
  readonly output: Tensor;
  readonly taps: readonly (readonly [ValueRef, Tensor])[];
  readonly summaries: readonly (readonly [ValueRef, Summary])[];
  readonly drawing: Drawing | null;
}

/** A generation with its inputs whole; see GenerateCommand. */
export interface Generation extends Omit<GenerateCommand, "id" | "prefill" | "step" | "fixed"> {
  readonly prefill: Program;
  readonly step: Program | null;
  readonly fixed: Readonly<Record<string, Tensor>>;
}

/** Values of a run, without the model's answer. */
export type ProgramTap = Omit<ProgramRun, "output">;

/** A program in use; its sessions live as long as somebody uses them. */
export interface Program {
  readonly key: string;
  /** Which provider serves it; loads it where it is not loaded yet. */
  load(signal?: AbortSignal): Promise<Loaded>;
  run(request: RunRequest, signal?: AbortSignal): Promise<ProgramRun>;
  /** Runs no further than the values asked for. */
  tap(request: RunRequest, signal?: AbortSignal): Promise<ProgramTap>;
  release(): void;
}

/**
 * The process that runs models, as seen from outside. It starts when it is first needed, and again after it ended; what
 * was loaded is loaded again on demand. Runs queue up; one that is aborted is left out, or ended with the process if it
 * does not end by itself.
 */
export class SessionProcess {
  readonly #options: ConnectionOptions;
  readonly #queue = new SerialQueue();
  readonly #programs = new Map<string, { readonly spec: ProgramSpec; users: number }>();
  readonly #streams = new Map<number, (token: Token) => void>();
  #connection: Connection | null = null;
  #generations = 0;
  #idle: NodeJS.Timeout | null = null;
  #disposed = false;

  constructor(options: ConnectionOptions = {}) {
    this.#options = options;
  }

  /** Takes a program into use; the caller releases it. */
  use(spec: ProgramSpec): Program {
    const entry = this.#programs.get(spec.key) ?? { spec, users: 0 };
    entry.users++;
    this.#programs.set(spec.key, entry);
    if (this.#idle) clearTimeout(this.#idle);
    let released = false;
    return {
      key: spec.key,
      load: signal => this.#execute(connection => this.#load(connection, spec.key), signal),
      run: (request, signal) =>
        this.#execute(async connection => {
          const { output, ...values } = await this.#run(connection, spec.key, request, true);
          return { output: output!, ...values };
        }, signal),
      tap: (request, signal) =>
        this.#execute(connection => this.#run(connection, spec.key, request, false), signal),
      release: () => {
        if (!released) this.#release(spec.key);
        released = true;
      },
    };
  }

  /** Identifies the running process to the operating system; null while there is none. */
  get processId(): number | null {
    return this.#connection?.alive ? this.#connection.processId : null;
  }

  /** Continues tokens; each one is told as it comes. */
  generate(
    generation: Generation,
    onToken: ((token: Token) => void) | undefined,
    signal?: AbortSignal,
  ): Promise<GenerateReply> {
    return this.#execute(async connection => {
      const id = this.#generations++;
      const { prefill, step, fixed, ...rest } = generation;
      for (const program of [prefill, step]) if (program) await this.#load(connection, program.key);
      signal?.throwIfAborted();
      if (onToken) this.#streams.set(id, onToken);
      try {
        return await connection.remote.generate({
          ...rest,
          id,
          prefill: prefill.key,
          step: step?.key ?? null,
          fixed: frames(connection, fixed),
        });
      } finally {
        this.#streams.delete(id);
      }
    }, signal);
  }

  tokenize(folder: string, text: string, chat: boolean, signal?: AbortSignal): Promise<Token[]> {
    return this.#converse(connection => connection.remote.tokenize(folder, text, chat), signal);
  }

  decode(folder: string, ids: readonly number[], signal?: AbortSignal): Promise<Token[]> {
    return this.#converse(connection => connection.remote.decode(folder, ids), signal);
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#idle) clearTimeout(this.#idle);
    this.#connection?.kill();
    this.#connection = null;
  }

  #connect(): Connection {
    if (this.#disposed) throw new Error("disposed");
    if (!this.#connection?.alive) {
      const local: ParentFunctions = { token: (id, token) => this.#streams.get(id)?.(token) };
      this.#connection = new Connection(this.#options, local);
    }
    return this.#connection;
  }

  /** A job that needs the whole process, in its turn. */
  #execute<T>(job: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#queue.add(async () => {
      const connection = this.#connect();
      let grace: NodeJS.Timeout | undefined;
      const abort = () => {
        connection.remote.cancel().catch(() => undefined);
        grace = setTimeout(() => connection.kill(), GRACE_MS);
      };
      signal?.addEventListener("abort", abort, { once: true });
      try {
        return await connection.until(job(connection));
      } finally {
        signal?.removeEventListener("abort", abort);
        clearTimeout(grace);
      }
    }, signal);
  }

  /** A question that is answered beside whatever runs; asked again if the process is ended under it. */
  async #converse<T>(ask: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const attempt = () => {
      const connection = this.#connect();
      return connection.until(ask(connection));
    };
    const answer = attempt().catch(error => {
      if (error instanceof SessionEndedError && !this.#disposed) return attempt();
      throw error;
    });
    return signal ? abortable(answer, signal) : answer;
  }

  async #load(connection: Connection, key: string): Promise<Loaded> {
    let loaded = connection.loaded.get(key) as Promise<Loaded> | undefined;
    if (!loaded) {
      const entry = this.#programs.get(key);
      if (!entry) throw new Error(`program ${key} was released`);
      loaded = connection.remote.load(entry.spec);
      connection.loaded.set(key, loaded);
      loaded.catch(() => connection.loaded.delete(key));
    }
    return loaded;
  }

  async #run(
    connection: Connection,
    key: string,
    request: RunRequest,
    output: boolean,
  ): Promise<ProgramTap & { readonly output: Tensor | null }> {
    await this.#load(connection, key);
    const command: RunCommand = {
      key,
      inputs: frames(connection, request.inputs),
      taps: request.taps ?? [],
      summaries: request.summaries ?? [],
      output,
      outputAt: request.outputAt ?? null,
      drawing: request.drawing ?? null,
      interventions: (request.interventions ?? []).map(
        (intervention): FramedIntervention => ({
          ...intervention,
          operation:
            intervention.operation.kind === "patch"
              ? { kind: "patch", tensor: connection.outgoing.send(intervention.operation.tensor) }
              : intervention.operation,
        }),
      ),
    };
    const reply = await connection.remote.run(command);
    return {
      ...reply,
      output: reply.output && (await connection.incoming.receive(reply.output)),
      taps: await Promise.all(
        reply.taps.map(async ([ref, tensor]) => [ref, await connection.incoming.receive(tensor)] as const),
      ),
      drawing: reply.drawing && (await receiveDrawing(connection, reply.drawing)),
    };
  }

  #release(key: string): void {
    const entry = this.#programs.get(key);
    if (!entry || --entry.users > 0) return;
    this.#programs.delete(key);
    const connection = this.#connection;
    if (connection?.alive && connection.loaded.delete(key)) {
      connection.remote.release(key).catch(() => undefined);
    }
    if (this.#programs.size === 0 && !this.#disposed) {
      this.#idle = setTimeout(() => this.#connection?.kill(), IDLE_MS).unref();
    }
  }
}

async function receiveDrawing(
  { incoming }: Connection,
  { head, hidden, thumbnails, values }: FramedDrawing,
): Promise<Drawing> {
  return {
    head,
    hidden: hidden && (await incoming.receive(hidden)),
    thumbnails: await incoming.receive(thumbnails),
    values: await Promise.all(
      values.map(async each => ({ ...each, cells: await incoming.receive(each.cells) })),
    ),
  };
}

function frames(
  connection: Connection,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, FramedTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, connection.outgoing.send(tensor)]),
  );
}
