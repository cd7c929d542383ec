import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";
import { carriedNames, carriedSpecs, earlierName } from "../live/cache-inputs.ts";
import { SYMBOLS } from "../live/inputs.ts";
import { outputValue } from "../live/values.ts";
import { bindSymbols, violatedGuards } from "../onnx/guards.ts";
import { sizeOf } from "../primitives/numbers.ts";
import type { CheckedProgram } from "./checked-program.ts";
import type { Keeping, Step } from "./generation.ts";
import type { InPlaceProgram } from "./in-place-program.ts";
import { int64, numbers } from "./numbers.ts";
import type { GenerateCommand } from "./protocol.ts";

/** What takes the steps. */
type StepProgram = Pick<CheckedProgram, "trace" | "inPlace" | "run">;

/** Arguments that are the same at every step, by name. */
type Fixed = Readonly<Record<string, Tensor>>;

/**
 * How a continuation is computed: in place where fused kernels serve every step of it, else with a cache that is handed on,
 * else anew each time.
 * @param later null where no step with a cache can be traced
 */
export async function stepOf(
  prefill: StepProgram,
  later: StepProgram | null,
  { ids, start, tokens }: Pick<GenerateCommand, "ids" | "start" | "tokens">,
  fixed: Fixed,
): Promise<{ readonly step: Step; readonly keeping: Keeping }> {
  if (later === null) return { step: wholeStep(prefill, ids, fixed), keeping: "nothing" };
  const inPlace = prefill === later ? prefill.inPlace : null;
  if (inPlace && (await inPlace.serves(start.length, Math.max(0, tokens - 1)))) {
    return { step: inPlaceStep(prefill.trace, inPlace, ids, fixed), keeping: "in-place" };
  }
  return (await stepsAlike(prefill, later, ids, start, fixed))
    ? { step: cachedStep(prefill, later, ids, fixed), keeping: "handed-on" }
    : { step: gathering(wholeStep(prefill, ids, fixed)), keeping: "nothing" };
}

/**
 * Whether a text in two pieces gives what it gives at once. It need not: an encoder that is called a decoder looks ahead, and
 * what a source seemed to carry on may be something else. Found by trying, with two tokens where that is a length that the
 * traces serve, else with the text itself.
 */
async function stepsAlike(
  prefill: StepProgram,
  later: StepProgram,
  ids: string,
  start: readonly number[],
  fixed: Fixed,
): Promise<boolean> {
  const served = [[start[0]!, start.at(-1)!], start].find(
    text =>
      text.length > 1 &&
      serves(prefill.trace, firstInputs(prefill.trace, ids, text, fixed)) &&
      serves(prefill.trace, firstInputs(prefill.trace, ids, text.slice(0, -1), fixed)) &&
      serves(later.trace, {
        ...stepInputs(later.trace, ids, text.slice(-1), text.length - 1, fixed),
        [earlierName(ids)]: pastTokens(text.length - 1),
      }),
  );
  if (!served) return true;
  const run = carriedRun(ids, fixed);
  const pieces = [
    lastPosition(await run(prefill, served.slice(0, -1), later)),
    lastPosition(await run(later, served.slice(-1), null)),
  ];
  const logits = outputValue(prefill.trace);
  for (const [index, piece] of pieces.entries()) {
    const position = served.length - pieces.length + index;
    const inputs = firstInputs(prefill.trace, ids, served, fixed);
    if (inputs.logits_to_keep) inputs.logits_to_keep = int64([position]);
    const whole = (await prefill.run(inputs, [logits])).get(logits)!;
    const rows = whole.shape.at(-2) ?? 1;
    // Some give the last position's logits alone.
    const row = rows === served.length ? position : position === served.length - 1 ? rows - 1 : null;
    if (row !== null || inputs.logits_to_keep) {
      if (!same(positionOf(whole, inputs.logits_to_keep ? 0 : row!), piece)) return false;
    }
  }
  return true;
}

/** Whether the guards of a trace hold for these arguments. */
function serves(trace: Trace, inputs: Readonly<Record<string, Tensor>>): boolean {
  return violatedGuards(trace, bindSymbols(trace, new Map(Object.entries(inputs)))).length === 0;
}

function same(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  const scale = Math.max(...Array.from(one, Math.abs));
  return Array.from(one).every((number, i) => Math.abs(number - other[i]!) <= SAME * scale);
}

/** Numbers whose difference is below this part of the largest of them are the same. */
const SAME = 1e-3;

/** A step that is given new tokens, from one that takes all of them. */
function gathering(step: Step): Step {
  const all: number[] = [];
  return fresh => {
    all.push(...fresh);
    return step(all);
  };
}

/** A step that writes keys and values behind those of before. */
function inPlaceStep(trace: Trace, program: InPlaceProgram, ids: string, fixed: Fixed): Step {
  const run = program.begin();
  let length = 0;
  return async fresh => {
    let logits: Tensor | null = null;
    let taken = 0;
    for (const count of program.piecesOf(fresh.length)) {
      const piece = fresh.slice(taken, taken + count);
      taken += count;
      logits = await run(stepInputs(trace, ids, piece, length, fixed), count, taken === fresh.length);
      length += count;
    }
    return lastPosition(logits!);
  };
}

/** A step that runs everything so far each time. */
function wholeStep(program: StepProgram, ids: string, fixed: Fixed): Step {
  const logits = outputValue(program.trace);
  return async all => {
    const values = await program.run(firstInputs(program.trace, ids, all, fixed), [logits]);
    return lastPosition(values.get(logits)!);
  };
}

/**
 * A step that runs new tokens alone, with what is carried from those before.
 * @param prefill takes the prompt; `later` takes one token at a time.
 */
function cachedStep(prefill: StepProgram, later: StepProgram, ids: string, fixed: Fixed): Step {
  const run = carriedRun(ids, fixed);
  let program = prefill;
  return async fresh => {
    const logits = await run(program, fresh, later);
    program = later;
    return lastPosition(logits);
  };
}

/** Runs one piece of a text after another, each with the program given for it: the logits of its positions. */
export function carriedRun(ids: string, fixed: Fixed) {
  let carried: Readonly<Record<string, Tensor>> | null = null;
  let length = 0;
  return async (
    program: Pick<StepProgram, "trace" | "run">,
    fresh: readonly number[],
    /** Program of the next piece, or null for the last. */
    next: Pick<StepProgram, "trace"> | null,
  ): Promise<Tensor> => {
    const { trace } = program;
    const logits = outputValue(trace);
    const inputs: Record<string, Tensor> = {
      ...(carried ? stepInputs(trace, ids, fresh, length, fixed) : firstInputs(trace, ids, fresh, fixed)),
      ...carried,
      // Of what went before, only how long it is counts.
      [earlierName(ids)]: pastTokens(length),
    };
    const presents = next === null ? [] : handedOn(trace, next.trace);
    const made = presents.flatMap(({ value, input }) => (input === null ? [value] : []));
    const values = await program.run(inputs, [logits, ...made]);
    carried = Object.fromEntries(
      presents.map(({ name, value, input }) => [name, input === null ? values.get(value)! : inputs[input]!]),
    );
    length += fresh.length;
    return values.get(logits)!;
  };
}

/** What the next step takes, and the value that it comes from; where that is an input of this step, its name. */
function handedOn(
  trace: Trace,
  next: Trace,
): { readonly name: string; readonly value: number; readonly input: string | null }[] {
  const outputs = new Map(trace.outputs.map(({ name, value }) => [name, value]));
  return [...carriedNames(next)].map(([name, from]) => {
    const value = outputs.get(from)!;
    const { leaf } = trace.values[value]!;
    return { name, value, input: leaf?.kind === "input" ? leaf.name : null };
  });
}

/** Everything that forward is called on for `fresh` tokens with nothing before them. */
function firstInputs(
  trace: Trace,
  ids: string,
  fresh: readonly number[],
  fixed: Fixed,
): Record<string, Tensor> {
  return { ...stepInputs(trace, ids, fresh, 0, fixed), ...emptyCache(trace) };
}

/** What is carried to the first of all steps: one row, and 0 where a size is the symbol `past`. */
function emptyCache(trace: Trace): Record<string, Tensor> {
  return Object.fromEntries(
    carriedSpecs(trace).map(({ name, dtype, shape }) => {
      const sizes = shape.map(size =>
        typeof size === "number" ? size : size.symbol === SYMBOLS.past.symbol ? 0 : 1,
      );
      if (sizeOf(sizes) !== 0) throw new Error(t("{0} takes no empty cache.", trace.class));
      return [name, { dtype, shape: sizes, data: new Uint8Array() }];
    }),
  );
}

/** Names of positions that are given once for all rows. */
const VECTORS = ["input_pos", "cache_position", "positions", "pos"] as const;

function positionsFrom(past: number, count: number, shape: readonly number[] = [count]): Tensor {
  return int64(
    Array.from({ length: count }, (_, i) => past + i),
    shape,
  );
}

/** Everything that forward is called on for `fresh` tokens after `past` others, in one row. */
function stepInputs(
  trace: Trace,
  ids: string,
  fresh: readonly number[],
  past: number,
  fixed: Fixed,
): Record<string, Tensor> {
  const count = fresh.length;
  const length = past + count;
  const prefix = ids.startsWith("decoder_") ? "decoder_" : "";
  const made: Readonly<Record<string, () => Tensor>> = {
    [ids]: () => int64(fresh, [1, count]),
    [`${prefix}attention_mask`]: () => int64(new Array<number>(length).fill(1), [1, length]),
    [`${prefix}position_ids`]: () => positionsFrom(past, count, [1, count]),
    ...Object.fromEntries(VECTORS.map(name => [name, () => positionsFrom(past, count)])),
    token_type_ids: () => int64(new Array<number>(count).fill(0), [1, count]),
    // Only the last position's logits are wanted.
    logits_to_keep: () => int64([count - 1]),
  };
  const inputs: Record<string, Tensor> = {};
  const carried = carriedNames(trace);
  for (const { leaf } of trace.values) {
    if (leaf?.kind !== "input" || carried.has(leaf.name)) continue;
    const tensor = fixed[leaf.name] ?? made[leaf.name]?.();
    if (!tensor)
      throw new Error(t("Nothing is known to give {0}.forward for “{1}”.", trace.class, leaf.name));
    inputs[leaf.name] = tensor;
  }
  return inputs;
}

/** What stands for `length` tokens that went before. */
function pastTokens(length: number): Tensor {
  return int64(new Array<number>(length).fill(0), [1, length]);
}

/** Logits of the last position, of [1, positions, vocabulary]. */
function lastPosition(logits: Tensor): ArrayLike<number> {
  return positionOf(logits, (logits.shape.at(-2) ?? 1) - 1);
}

/** Logits of one position, of [1, positions, vocabulary]. */
function positionOf(logits: Tensor, position: number): ArrayLike<number> {
  const vocabulary = logits.shape.at(-1) ?? 0;
  const width = (logits.data.byteLength / Math.max(1, sizeOf(logits.shape))) * vocabulary;
  const data = logits.data.subarray(position * width, (position + 1) * width);
  return numbers({ dtype: logits.dtype, shape: [vocabulary], data });
}
