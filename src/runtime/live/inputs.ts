import { type DType, isFloat, type Tensor } from "../../shared/dtype.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { InputSpec } from "../../shared/trace.ts";

type Dimension = InputSpec["shape"][number];

/**
 * Sizes that stay free, with the hints they are traced with: all different and at least 2, so that no size is taken for
 * another or for one that broadcasts.
 */
export const SYMBOLS = {
  batch: { symbol: "batch_size", hint: 3 },
  sequence: { symbol: "sequence", hint: 7 },
  decoderSequence: { symbol: "decoder_sequence", hint: 5 },
  past: { symbol: "past", hint: 4 },
} as const satisfies Record<string, Exclude<Dimension, number>>;

/**
 * Which sizes of an argument of forward are free, whatever the model: the batch, the sequence of ids and masks, and those
 * of an image or a sound; these are traced with the size that they have, since many sources take no other.
 * @param sequenceAxis of arguments that go with ids of several sequences a row, or with vectors for each of them.
 */
export function specOf(
  name: string,
  dtype: DType,
  shape: readonly number[],
  sequenceAxis = shape.length === 2 ? 1 : null,
): InputSpec {
  const dimensions: Dimension[] = [...shape];
  if (shape.length >= 2) dimensions[0] = SYMBOLS.batch;
  if (sequenceAxis !== null && sequenceAxis < shape.length && !isFloat(dtype)) {
    dimensions[sequenceAxis] = name.startsWith("decoder_") ? SYMBOLS.decoderSequence : SYMBOLS.sequence;
  }
  for (const [index, symbol] of mediaSizes(name, dtype, shape).entries()) {
    const axis = shape.length - 1 - index;
    if (shape[axis]! >= 2) dimensions[axis] = { symbol, hint: shape[axis]! };
  }
  return { name, dtype, shape: dimensions };
}

/**
 * What to trace for given arguments. A size that is free in one argument and different in another (position ids of one row
 * beside ids of two) stays a number in the other.
 */
export function specsOf(inputs: Readonly<Record<string, Tensor>>): InputSpec[] {
  const sequenceAxis = inputs.input_ids && inputs.input_ids.shape.length - 1;
  const sizes = Object.entries(inputs).map(([name, tensor]) =>
    specOf(name, tensor.dtype, tensor.shape, tensor.shape.length > 1 ? sequenceAxis : null),
  );
  const batch = bindingsOf(sizes, inputs).get(SYMBOLS.batch.symbol);
  // A vector with an entry for each row, such as the time steps of a denoiser.
  const specs = sizes.map(spec =>
    spec.shape.length === 1 && spec.shape[0] === batch ? { ...spec, shape: [SYMBOLS.batch] } : spec,
  );
  const bindings = bindingsOf(specs, inputs);
  return specs.map(spec => ({
    ...spec,
    shape: spec.shape.map((dimension, axis) => {
      const actual = inputs[spec.name]!.shape[axis]!;
      return typeof dimension !== "number" && bindings.get(dimension.symbol) !== actual ? actual : dimension;
    }),
  }));
}

/**
 * The sizes of one run by symbol; where arguments differ, the largest, which is never the one that is broadcast.
 * @throws Error-free: arguments that do not fit the specs at all are found by `mismatch`.
 */
export function bindingsOf(
  specs: readonly InputSpec[],
  inputs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): SizeBindings {
  const bindings = new Map<string, number>();
  for (const spec of specs) {
    for (const [axis, dimension] of spec.shape.entries()) {
      if (typeof dimension === "number") continue;
      const actual = inputs[spec.name]?.shape[axis];
      if (actual !== undefined) {
        bindings.set(dimension.symbol, Math.max(actual, bindings.get(dimension.symbol) ?? 0));
      }
    }
  }
  return bindings;
}

/** The same arguments with some symbols replaced by what they are in this run. */
export function concretise(
  specs: readonly InputSpec[],
  symbols: ReadonlySet<string>,
  bindings: SizeBindings,
): InputSpec[] {
  return specs.map(spec => ({
    ...spec,
    shape: spec.shape.map(dimension =>
      typeof dimension !== "number" && symbols.has(dimension.symbol)
        ? (bindings.get(dimension.symbol) ?? dimension.hint)
        : dimension,
    ),
  }));
}

/** Every symbol that specs still hold. */
export function symbolsOf(specs: readonly InputSpec[]): Set<string> {
  return new Set(
    specs.flatMap(spec => spec.shape.flatMap(size => (typeof size === "number" ? [] : [size.symbol]))),
  );
}

/** Most channels that an image has: red, green, blue and how opaque it is. */
const CHANNELS = 4;

/** Symbols of the last axes, from the last on, of what holds an image (batch, channel, height, width) or a sound. */
function mediaSizes(name: string, dtype: DType, shape: readonly number[]): readonly string[] {
  if (!isFloat(dtype) || name.includes("mask") || name.startsWith("past_key_values")) return [];
  if (shape.length === 4 && shape[1]! <= CHANNELS) return ["width", "height"];
  return shape.length === 2 && /^input_values$|audio|wave/.test(name) ? ["samples"] : [];
}
