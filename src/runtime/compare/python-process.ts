import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { t } from "../../shared/l10n.ts";
import { ownPath } from "../own-path.ts";
import {
  describeFailure,
  type PyTorchDone,
  type PyTorchRequest,
  type PyTorchStep,
  parseAnswer,
} from "./protocol.ts";

export interface PythonOptions {
  /** Path of the interpreter. */
  readonly python: string;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: PyTorchStep) => void;
  /** What it writes for people who look for a cause. */
  readonly log?: (line: string) => void;
  /** Without a line of its answer for so long, it is ended. */
  readonly stallMs?: number;
}

/** A first import of torch from a slow disk takes a minute. */
const STALL_MS = 5 * 60_000;

/** The command line that is run, as it is shown before. */
export function commandLine(python: string): string[] {
  return [python, "-B", ownPath(import.meta.url, "python/run.py", "pytorch/run.py")];
}

/**
 * Runs a request under a Python of the reader's, with the reader's rights: its owner has asked before.
 * @throws Error that says what is lacking and what to do; the signal's reason where it was cancelled.
 */
export async function runPython(request: PyTorchRequest, options: PythonOptions): Promise<PyTorchDone> {
  const { python, signal, onStep, log, stallMs = STALL_MS } = options;
  signal?.throwIfAborted();
  const [command, ...argv] = commandLine(python);
  const child = spawn(command!, argv, { stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const ended = new Promise<string>(resolve => {
    child.once("error", error => resolve(error.message));
    child.once("close", (code, killed) => resolve(killed ?? `exit ${code}`));
  });
  const end = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", end, { once: true });
  let stalled = false;
  const stall = setTimeout(() => {
    stalled = true;
    end();
  }, stallMs);
  let lastWords = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-2000);
    log?.(text.trimEnd());
  });
  // A process that could not start, or has ended, is told of by its end.
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(request));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      stall.refresh();
      const answer = parseAnswer(line);
      if (answer.kind === "step") onStep?.(answer);
      else if (answer.kind === "done") return answer;
      else throw new Error(describeFailure(answer, python));
    }
    const how = await ended;
    signal?.throwIfAborted();
    if (stalled) {
      throw new Error(
        t("{0} gave no sign of life for {1} s and was ended.", python, Math.round(stallMs / 1000)),
      );
    }
    const [words] = lastWords.trim().split("\n").slice(-1);
    throw new Error(t("{0} could not be run: {1}", python, [how, words].filter(Boolean).join(": ")));
  } finally {
    clearTimeout(stall);
    signal?.removeEventListener("abort", end);
    end();
  }
}

/** Folder of the tracer's Python, by which source is instrumented. */
export function tracerFolder(): string {
  return ownPath(import.meta.url, "../tracer/python", "python");
}
