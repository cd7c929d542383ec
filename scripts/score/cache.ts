import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concretise, SYMBOLS, specOf } from "../../src/runtime/live/inputs.ts";
import { planPieces } from "../../src/runtime/live/pieces.ts";
import { SourceError } from "../../src/runtime/live/source-error.ts";
import { outputValue } from "../../src/runtime/live/values.ts";
import type { Variant } from "../../src/runtime/live/variant-store.ts";
import type { Variants } from "../../src/runtime/live/variants.ts";
import { numbers } from "../../src/runtime/session/numbers.ts";
import { carriedRun } from "../../src/runtime/session/steps.ts";
import { readSafetensors, writeTensors } from "../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import { difference, TOLERANCE } from "./forward.ts";
import { type Machinery, type Subject, variantsOf } from "./holes.ts";
import { randomInputs } from "./random-inputs.ts";
import { referencePython } from "./reference.ts";
import type { Score } from "./score.ts";

/** A prompt, single tokens, and several at once. */
const PIECES = [5, 1, 1, 3, 1];
/** A source need not take several at once after the prompt: generation gives it one after another. */
const SINGLE = [5, 1, 1, 1, 1, 1, 1];
/** Of what an encoder is given. */
const ENCODED = 7;

export interface CacheScore extends Score {
  /** What has to be said of one that counts. */
  readonly remark: string | null;
}

const SINGLE_ONLY = "one token at a time; the source does not continue several at once";
const AS_PYTORCH = "the source gives other numbers in pieces than at once, and the same ones in PyTorch";

/** How a text in pieces compares with the same text at once; null where nothing can be kept from piece to piece. */
export async function scoreCache(subject: Subject, machinery: Machinery): Promise<CacheScore | null> {
  const variants = await variantsOf(subject, machinery);
  try {
    const pieces = await scorePieces(subject, variants, PIECES);
    if (pieces?.reason == null) return pieces;
    const single = await scorePieces(subject, variants, SINGLE);
    return single && { ...single, remark: single.remark ?? (single.reason === null ? SINGLE_ONLY : null) };
  } finally {
    variants.dispose();
  }
}

async function scorePieces(
  subject: Subject,
  variants: Variants,
  counts: readonly number[],
): Promise<CacheScore | null> {
  const { name } = subject;
  try {
    const compared = await compare(subject, variants, counts);
    if (!compared) return null;
    const { error, remark } = compared;
    if (typeof error === "string") return { name, reason: error, error: null, remark };
    const reason = error <= TOLERANCE ? null : `the difference is ${error.toExponential(2)}`;
    return { name, reason, error, remark };
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : String(problem);
    return { name, reason, error: null, remark: null };
  }
}

interface Compared {
  /** Largest difference over the standard deviation, or why there is none. */
  readonly error: number | string;
  readonly remark: string | null;
}

/**
 * With the text at once, else with what PyTorch gives in the same pieces: a source may itself give other numbers. Null where
 * nothing can be kept.
 */
async function compare(
  { specs: given, folder }: Subject,
  variants: Variants,
  counts: readonly number[],
): Promise<Compared | null> {
  const generate = { purpose: "generate" } as const;
  const ids = ["input_ids", "decoder_input_ids"].filter(id => given.some(({ name }) => name === id));
  const all = ids.map(id => specOf(id, "int64", [1, 1]));
  const { trace } = await variants.forRuns(all, [], generate);
  // An argument that forward does not name is left aside by it.
  const specs = all.filter(({ name }) => trace.forward?.some(argument => argument.name === name));
  const growing = specs.at(-1)!.name;
  const { sequence, decoderSequence, batch } = SYMBOLS;
  const symbol = growing === "input_ids" ? sequence.symbol : decoderSequence.symbol;
  const sizes = new Map([
    [batch.symbol, 1],
    [sequence.symbol, ENCODED],
  ]);
  const first = new Map([...sizes, [symbol, counts[0]!]]);
  const begun = await variants.forRuns(specs, [first], { ...generate, cache: true }).catch(problem => {
    // Some sources say themselves that they keep nothing of such a text.
    if (problem instanceof SourceError && problem.failure.arguments[0] === "AssertionError") return null;
    throw problem;
  });
  if (!begun?.trace.outputs.some(({ name }) => name.startsWith("present."))) return null;

  const length = counts.reduce((sum, count) => sum + count);
  const whole = new Map([...sizes, [symbol, length]]);
  const inputs = randomInputs(concretise(specs, new Set(whole.keys()), whole));
  const { [growing]: text, ...fixed } = inputs;
  const row = Array.from(numbers(text!), Number);
  if (await seesAhead(begun, growing, row.slice(0, counts[0]), fixed)) return null;

  const plan = await planPieces(variants, { specs, growing: symbol, sizes, counts }, generate);
  const { result } = await variants.run(specs, whole, ({ program }) => program.run({ inputs }), generate);
  const rows: Tensor[] = [];
  const run = carriedRun(growing, fixed);
  for (const [index, variant] of plan.entries()) {
    const piece = row.splice(0, counts[index]!);
    rows.push(await run(running(variant), piece, plan[index + 1] ?? null));
  }
  const pieces = joined(rows, result.output);
  const error = difference(pieces, result.output);
  if (typeof error === "string" || error <= TOLERANCE) return { error, remark: null };
  const expected = await piecesInPyTorch(folder, inputs, growing, counts);
  const same = expected && difference(pieces, expected);
  return typeof same === "number" && same <= TOLERANCE
    ? { error: same, remark: AS_PYTORCH }
    : { error, remark: null };
}

/** Null where there is no PyTorch, or it does not run the model so. */
async function piecesInPyTorch(
  folder: string,
  inputs: Readonly<Record<string, Tensor>>,
  growing: string,
  counts: readonly number[],
): Promise<Tensor | null> {
  const python = referencePython();
  if (!python) return null;
  const scratch = mkdtempSync(join(tmpdir(), "papertrace-pieces-"));
  try {
    const [given, logits] = [join(scratch, "inputs.safetensors"), join(scratch, "logits.safetensors")];
    await writeTensors(given, new Map(Object.entries(inputs)));
    const script = join(import.meta.dirname, "pieces.py");
    execFileSync(python, [script, folder, given, logits, growing, ...counts.map(String)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return (await readSafetensors(logits)).get("logits") ?? null;
  } catch (problem) {
    console.error(String(problem).trim().split("\n").at(-1));
    return null;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Whether what comes first depends on what comes last, as in an encoder that is called a decoder: nothing of it can be kept. */
async function seesAhead(
  variant: Variant,
  growing: string,
  row: readonly number[],
  fixed: Readonly<Record<string, Tensor>>,
): Promise<boolean> {
  const last = row.at(-1)!;
  const [one, other] = await Promise.all(
    [last, last === 0 ? 1 : last - 1].map(async changed => {
      const logits = await carriedRun(growing, fixed)(running(variant), [...row.slice(0, -1), changed], null);
      return Array.from(numbers(logits)).slice(0, logits.shape.at(-1));
    }),
  );
  const scale = Math.max(...one!.map(Math.abs));
  return one!.some((number, i) => Math.abs(number - other![i]!) > TOLERANCE * scale);
}

/** The program of a variant as steps run it: values by their index. */
function running({ trace, program }: Variant) {
  return {
    trace,
    run: async (inputs: Readonly<Record<string, Tensor>>, values: readonly number[]) => {
      const { output, taps } = await program.run({ inputs, taps: values });
      return new Map([[outputValue(trace), output], ...taps] as [number, Tensor][]);
    },
  };
}

/** Logits of [1, positions, vocabulary] one after another. */
function joined(parts: readonly Tensor[], whole: Tensor): Tensor {
  const data = Buffer.concat(parts.map(part => part.data));
  const positions = parts.reduce((sum, { shape }) => sum + (shape[1] ?? 0), 0);
  const shape = whole.shape.map((size, axis) => (axis === 1 ? positions : size));
  return { dtype: whole.dtype, shape, data: new Uint8Array(data) };
}
