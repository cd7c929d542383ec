import { formatSize } from "../../shared/size.ts";
import type { InputSpec, Trace } from "../../shared/trace.ts";
import { type Config, configSize } from "./examples.ts";
import { SYMBOLS } from "./inputs.ts";
import { UnsettledSizesError, type Variant } from "./variants.ts";

/**
 * Keys and values as inputs of a later step: shaped as a first step returns them, with `past` for its sequence; where it
 * returns none unless it is given some, as the config says.
 * @throws UnsettledSizesError where neither tells.
 */
export function cacheSpecs(
  { trace }: Pick<Variant, "trace">,
  config: Config,
): { readonly inputs: readonly InputSpec[]; readonly returned: boolean } {
  const returned = trace.outputs.filter(({ name }) => name.startsWith("present."));
  if (returned.length > 0) {
    const inputs = returned.map(({ name, value }) => {
      const { dtype, shape } = trace.values[value]!;
      return {
        name: name.replace("present.", "past_key_values."),
        dtype,
        shape: shape.map(size => {
          const dimension = typeof size === "number" ? size : CACHE_SIZES[formatSize(size)];
          if (dimension === undefined) throw new UnsettledSizesError(trace.class);
          return dimension;
        }),
      };
    });
    return { inputs, returned: true };
  }
  const layers = configSize(config, "num_hidden_layers");
  const heads = configSize(config, "num_key_value_heads") ?? configSize(config, "num_attention_heads");
  const hidden = configSize(config, "hidden_size");
  const queryHeads = configSize(config, "num_attention_heads");
  const width = configSize(config, "head_dim") ?? (hidden && queryHeads && hidden / queryHeads);
  if (!layers || !heads || !width || !trace.forward?.some(({ name }) => name === "past_key_values")) {
    throw new UnsettledSizesError(trace.class);
  }
  const shape = [SYMBOLS.batch, heads, SYMBOLS.past, width];
  const inputs = Array.from({ length: layers }, (_, layer) => layer).flatMap(layer =>
    ["key", "value"].map(part => ({
      name: `past_key_values.${layer}.${part}`,
      dtype: "float32" as const,
      shape,
    })),
  );
  return { inputs, returned: false };
}

/** What the sizes of returned keys and values are when they are given back. */
const CACHE_SIZES: Readonly<Record<string, InputSpec["shape"][number] | undefined>> = {
  batch_size: SYMBOLS.batch,
  sequence: SYMBOLS.past,
};

/**
 * A source may take keys and values and yet not give them back, such as a decoder's class set up as an encoder.
 * @throws UnsettledSizesError where a step could not be followed by another.
 */
export function requireReturnedCache(trace: Trace): void {
  const returned = new Set(trace.outputs.map(({ name }) => name));
  const lacking = trace.values.some(
    ({ leaf }) =>
      leaf?.kind === "input" &&
      leaf.name.startsWith("past_key_values.") &&
      !returned.has(leaf.name.replace("past_key_values.", "present.")),
  );
  if (lacking) throw new UnsettledSizesError(trace.class);
}
