import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { connect, type Remote } from "../../shared/channel.ts";
import { ownPath } from "../own-path.ts";
import { onOutput, portTo } from "../process/channel.ts";
import { nodeWithPermissions } from "./node.ts";
import { type ChildFunctions, PARENT_SCHEMAS, type ParentFunctions } from "./protocol.ts";

/** How the tracing process is started. */
export interface ConnectionOptions {
  /** Script of the process; by default the one that belongs to this build. */
  readonly entry?: string;
  /** Node to run it with; it must have the permission model. */
  readonly node?: string;
  /** What the process writes for people who look for a cause. */
  readonly log?: (line: string) => void;
}

/** One running process. */
export class TracerConnection {
  readonly remote: Remote<ChildFunctions, ParentFunctions>;
  readonly roots: readonly string[];
  /** Traces that it has made. */
  traces = 0;
  /** Told that a trace computes, again and again while it does. */
  onComputing: () => void = () => undefined;
  readonly #process: ChildProcess;
  readonly #ended = Promise.withResolvers<never>();
  #lastWords = "";
  #alive = true;

  constructor(options: ConnectionOptions, readable: readonly string[], snapshots: string) {
    this.roots = readable;
    const entry = options.entry ?? ownPath(import.meta.url, "child.ts", "tracer.js");
    const child = spawn(
      options.node ?? nodeWithPermissions(),
      [...flags(entry, [...readable, snapshots]), entry],
      {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        serialization: "advanced",
        env: process.versions.electron ? { ELECTRON_RUN_AS_NODE: "1" } : {},
      },
    );
    this.#process = child;
    this.#ended.promise.catch(() => undefined);
    onOutput(child, text => {
      this.#lastWords = (this.#lastWords + text).slice(-2000);
      options.log?.(text.trimEnd());
    });
    this.remote = connect<ChildFunctions, ParentFunctions>(
      portTo(child),
      { computing: () => this.onComputing() },
      PARENT_SCHEMAS,
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
