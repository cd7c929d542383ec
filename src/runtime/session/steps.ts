import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { sizeHint } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import { outputValue } from "../live/values.ts";
import { sizeOf } from "../primitives/numbers.ts";
import type { Step } from "./generation.ts";
import { int64, numbers } from "./numbers.ts";
import type { LoadedProgram } from "./program.ts";

/** Arguments that are the same at every step, by name. */
type Fixed = Readonly<Record<string, Tensor>>;

/** A step that runs everything so far each time. */
export function wholeStep(program: LoadedProgram, ids: string, fixed: Fixed): Step {
  const logits = outputValue(program.trace);
  return async all => {
    const values = await program.run(stepInputs(program.trace, ids, all, 0, fixed), [logits]);
    return lastPosition(values.get(logits)!);
  };
}

/**
 * A step that runs new tokens alone, with keys and values of those before.
 * @param prefill takes the prompt, with an empty past; `later` takes one token at a time.
 */
export function cachedStep(prefill: LoadedProgram, later: LoadedProgram, ids: string, fixed: Fixed): Step {
  let past: ReadonlyMap<string, Tensor> | null = null;
  let length = 0;
  return async fresh => {
    const program = past === null ? prefill : later;
    const logits = outputValue(program.trace);
    const presents = cacheOutputs(program.trace);
    const cache = past ?? emptyCache(program.trace);
    const inputs = {
      ...stepInputs(program.trace, ids, fresh, length, fixed),
      ...Object.fromEntries(cache),
    };
    const values = await program.run(inputs, [logits, ...presents.values()]);
    past = new Map([...presents].map(([input, value]) => [input, values.get(value)!]));
    length += fresh.length;
    return lastPosition(values.get(logits)!);
  };
}

/** Inputs and outputs of a cache trace: `past_key_values.N.key` comes from `present.N.key`. */
const PAST = "past_key_values.";
const PRESENT = "present.";

/** The value that becomes each cache input of the next step. */
function cacheOutputs(trace: Trace): Map<string, number> {
  return new Map(
    trace.outputs
      .filter(output => output.name.startsWith(PRESENT))
      .map(output => [PAST + output.name.slice(PRESENT.length), output.value]),
  );
}

/** Keys and values of no tokens: one row, and 0 where a size is the symbol `past`. */
function emptyCache(trace: Trace): Map<string, Tensor> {
  const cache = new Map<string, Tensor>();
  for (const { leaf, shape, dtype } of trace.values) {
    if (leaf?.kind !== "input" || !leaf.name.startsWith(PAST)) continue;
    const axes = new Map(
      trace.symbols.flatMap(symbol =>
        symbol.axes.filter(axis => axis.input === leaf.name).map(axis => [axis.axis, symbol.name] as const),
      ),
    );
    const sizes = shape.map((size, axis) => {
      const symbol = axes.get(axis);
      return symbol === undefined ? sizeHint(size) : symbol === "past" ? 0 : 1;
    });
    if (sizeOf(sizes) !== 0) throw new Error(t("{0} takes no empty cache.", trace.class));
    cache.set(leaf.name, { dtype, shape: sizes, data: new Uint8Array() });
  }
  return cache;
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
    [`${prefix}position_ids`]: () =>
      int64(
        Array.from({ length: count }, (_, i) => past + i),
        [1, count],
      ),
    token_type_ids: () => int64(new Array<number>(count).fill(0), [1, count]),
    // Only the last position's logits are wanted.
    logits_to_keep: () => int64([count - 1]),
  };
  const inputs: Record<string, Tensor> = {};
  for (const { leaf } of trace.values) {
    if (leaf?.kind !== "input" || leaf.name.startsWith(PAST)) continue;
    const tensor = fixed[leaf.name] ?? made[leaf.name]?.();
    if (!tensor)
      throw new Error(t("Nothing is known to give {0}.forward for “{1}”.", trace.class, leaf.name));
    inputs[leaf.name] = tensor;
  }
  return inputs;
}

/** Logits of the last position, of [1, positions, vocabulary]. */
function lastPosition(logits: Tensor): ArrayLike<number> {
  const vocabulary = logits.shape.at(-1) ?? 0;
  const width = logits.data.byteLength / Math.max(1, sizeOf(logits.shape));
  const data = logits.data.subarray(logits.data.byteLength - vocabulary * width);
  return numbers({ dtype: logits.dtype, shape: [vocabulary], data });
}
