import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { TraceRequest } from "../../shared/trace.ts";

/** Bytes of one parameter in a file. */
export interface WeightPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What the reader's Python is asked to run: written to its stdin as JSON (python/run.py). */
export interface PyTorchRequest
  extends Pick<
    TraceRequest,
    | "source"
    | "class"
    | "config"
    | "arguments"
    | "construct"
    | "call"
    | "packages"
    | "transformers"
    | "overlay"
    | "experts"
  > {
  /** config.json itself, where there is one: JSON read here would lose which numbers are floats. */
  readonly configFile: string | null;
  /** Folder of the tracer's Python: how source is instrumented is said there. */
  readonly tracer: string;
  /** Files whose values are named. */
  readonly files: readonly string[];
  readonly weights: Readonly<Record<string, WeightPlace>>;
  /** Safetensors with forward's arguments. */
  readonly inputs: string;
  /** Where values go: safetensors, named by their position in `done`. */
  readonly output: string;
  /** Ids that are wanted. */
  readonly values: readonly string[];
}

const STEPS = ["torch", "build", "weights", "run"] as const;
const REASONS = ["old-python", "no-torch", "no-package", "memory", "python"] as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const place = { file: v.nullish(v.string(), null), line: v.nullish(count, null) };

/** One line of its answer. */
const answerSchema = v.variant("kind", [
  v.object({
    kind: v.literal("step"),
    step: v.picklist(STEPS),
    done: v.optional(count, 0),
    of: v.optional(count, 0),
  }),
  v.object({
    kind: v.literal("done"),
    torch: v.string(),
    python: v.string(),
    values: v.array(v.object({ id: v.string(), ...place })),
  }),
  v.object({ kind: v.literal("failed"), reason: v.picklist(REASONS), detail: v.string(), ...place }),
]);

export type PyTorchAnswer = v.InferOutput<typeof answerSchema>;
export type PyTorchStep = Extract<PyTorchAnswer, { kind: "step" }>;
export type PyTorchDone = Extract<PyTorchAnswer, { kind: "done" }>;
export type PyTorchFailure = Extract<PyTorchAnswer, { kind: "failed" }>;

/** @throws Error where the line is none of the above: something other than our script wrote it. */
export function parseAnswer(line: string): PyTorchAnswer {
  try {
    return v.parse(answerSchema, JSON.parse(line));
  } catch (error) {
    throw new Error(t("Python gave an answer that is not understood: {0}", line.slice(0, 200)), {
      cause: error,
    });
  }
}

/** What is being done, in words. */
export function describeStep({ step, done, of }: PyTorchStep): string {
  switch (step) {
    case "torch":
      return t("Python imports torch");
    case "build":
      return t("Building the model in PyTorch");
    case "weights":
      return t("Loading weights: {0} of {1}", done, of);
    case "run":
      return t("Running in PyTorch: {0} of {1} values", done, of);
  }
}

/** What failed, why, and what to do about it. */
export function describeFailure({ reason, detail, file, line }: PyTorchFailure, python: string): string {
  const at = file === null ? "" : line === null ? `${file}: ` : `${file}:${line}: `;
  switch (reason) {
    case "old-python":
      return t(
        "{0} is Python {1}; the comparison needs 3.10 or newer. Choose another Python.",
        python,
        detail,
      );
    case "no-torch":
      return t(
        "{0} cannot import torch ({1}). Choose a Python that has it, or install it there: {2}",
        python,
        detail,
        `${python} -m pip install torch`,
      );
    case "no-package":
      return (
        at +
        t("{0} has no package {1}. Install it there: {2}", python, detail, installCommand(python, detail))
      );
    case "memory":
      return at + t("PyTorch ran out of memory. Compare with a shorter text or a smaller model.");
    case "python":
      return at + t("the source fails in PyTorch: {0}", detail);
  }
}

function installCommand(python: string, module: string): string {
  return `${python} -m pip install ${module.split(".", 1)[0]}`;
}
