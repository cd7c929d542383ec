import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { connect, type Remote } from "../../shared/channel.ts";
import { currentBundle, t } from "../../shared/l10n.ts";
import { ownPath } from "../own-path.ts";
import { onOutput, portTo } from "../process/channel.ts";
import { FrameReader, FrameWriter } from "./frames.ts";
import { type ChildFunctions, PARENT_SCHEMAS, type ParentFunctions } from "./protocol.ts";
import { RUNTIME_VARIABLE, runtimeArguments, runtimeEnvironment } from "./runtime-folder.ts";

/** How the session's process is started. */
export interface ConnectionOptions {
  /** Script of the process; by default the one that belongs to this build. */
  readonly entry?: string;
  /** Node to run it with; by default the one that runs this. */
  readonly node?: string;
  /** Folder of the onnxruntime-node to use, asked for at every start; null for the one that is installed. */
  readonly runtime?: () => string | null;
  /** Folders of libraries that a provider in that folder needs, where the system's loader does not look. */
  readonly libraries?: () => readonly string[];
  /** What the process writes for people who look for a cause. */
  readonly log?: (line: string) => void;
}

/** The process ended though nobody asked it to. */
export class SessionEndedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SessionEndedError";
  }
}

/** One running session process: messages over IPC, tensors over a pipe of their own in each direction. */
export class Connection {
  readonly remote: Remote<ChildFunctions, ParentFunctions>;
  readonly outgoing: FrameWriter;
  readonly incoming: FrameReader;
  /** What this process has loaded, by program. */
  readonly loaded = new Map<string, Promise<unknown>>();
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<never>();
  #alive = true;

  constructor(options: ConnectionOptions, local: ParentFunctions) {
    const runtime = options.runtime?.() ?? null;
    const entry = options.entry ?? ownPath(import.meta.url, "child.ts", "session.js");
    const argv = [...(runtime === null ? [] : runtimeArguments(runtime)), entry];
    const child = spawn(options.node ?? process.execPath, argv, {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "ipc"],
      serialization: "advanced",
      env: {
        ...process.env,
        ELECTRON_RUN_AS_NODE: "1",
        ORT_DISABLE_TELEMETRY: "1",
        ...(runtime === null
          ? { [RUNTIME_VARIABLE]: "" }
          : runtimeEnvironment(runtime, options.libraries?.() ?? [], process.env)),
      },
    });
    this.#child = child;
    this.#ended.promise.catch(() => undefined);
    onOutput(child, text => options.log?.(text.trimEnd()));
    const [, , , toChild, fromChild] = child.stdio;
    // Writing to a process that has just ended is reported by its exit, not by the pipe.
    toChild?.on("error", () => undefined);
    fromChild?.on("error", () => undefined);
    this.outgoing = new FrameWriter(toChild as Writable);
    this.incoming = new FrameReader(fromChild as Readable);
    this.remote = connect<ChildFunctions, ParentFunctions>(portTo(child), local, PARENT_SCHEMAS);
    // Messages arrive in order: the process has its words before its first job.
    this.remote.localise(currentBundle()).catch(() => undefined);
    child.once("error", error => this.#end(new SessionEndedError(error.message)));
    child.once("exit", (code, signal) =>
      this.#end(
        new SessionEndedError(
          t("The process that runs models ended ({0}); the next run starts it again.", signal ?? code ?? "?"),
        ),
      ),
    );
  }

  get processId(): number | null {
    return this.#child.pid ?? null;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The promise, or a rejection with SessionEndedError should the process end first. */
  until<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined);
    return Promise.race([promise, this.#ended.promise]);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
    this.#end(new SessionEndedError(t("The run was ended.")));
  }

  #end(error: Error): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#ended.reject(error);
    this.incoming.fail(error);
    this.remote.$close(error);
  }
}
