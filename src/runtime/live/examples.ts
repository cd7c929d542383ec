import type { DType } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { ForwardArgument, InputSpec } from "../../shared/trace.ts";
import { concretise, SYMBOLS, specOf } from "./inputs.ts";

/** config.json, parsed. */
export type Config = Readonly<Record<string, unknown>>;

/** What is known of an argument of forward by its name: element type, and sizes as the config gives them. */
interface KnownArgument {
  readonly dtype: DType;
  /** Sizes that are free are given as anything; `specOf` says which those are. Null: the config does not say. */
  readonly shape: (config: Config) => readonly (number | null)[];
}

const ids: KnownArgument = { dtype: "int64", shape: () => [1, 1] };

const KNOWN: Readonly<Record<string, KnownArgument>> = {
  input_ids: ids,
  decoder_input_ids: ids,
  attention_mask: ids,
  decoder_attention_mask: ids,
  position_ids: ids,
  token_type_ids: ids,
  inputs_embeds: { dtype: "float32", shape: config => [1, 1, width(config)] },
  hidden_states: { dtype: "float32", shape: config => [1, 1, width(config)] },
  pixel_values: {
    dtype: "float32",
    shape: config => {
      const side = configSize(config, "image_size", 0);
      return [1, configSize(config, "num_channels") ?? 3, side, configSize(config, "image_size", 1)];
    },
  },
  input_features: {
    dtype: "float32",
    shape: config => [1, configSize(config, "num_mel_bins"), frames(config)],
  },
  input_values: { dtype: "float32", shape: () => [1, 1600] },
};

/** Arguments that can be what a model is mainly called on, in the order in which they are tried. */
const MAIN: readonly (readonly string[])[] = [
  ["input_ids", "pixel_values"],
  ["input_ids", "input_features"],
  ["input_ids", "decoder_input_ids"],
  ["input_ids"],
  ["pixel_values"],
  ["input_features", "decoder_input_ids"],
  ["input_features"],
  ["input_values"],
  ["inputs_embeds"],
  ["hidden_states"],
];

/**
 * What forward can be called on, likeliest first: one of the usual main arguments that it takes, with everything that it
 * requires beside.
 * @throws Error that names the argument about which nothing is known.
 */
export function examples(forward: readonly ForwardArgument[], config: Config): InputSpec[][] {
  const takes = new Set(forward.map(argument => argument.name));
  const required = forward.filter(argument => argument.required).map(argument => argument.name);
  const unknown = required.find(name => !specFor(name, config));
  if (unknown) {
    throw new Error(
      t("Nothing is known of forward's argument “{0}”; say what shape and type it has.", unknown),
    );
  }
  const found = MAIN.filter(names => names.every(name => takes.has(name)))
    .map(names => [...new Set([...names, ...required])])
    .map(names => names.map(name => specFor(name, config)))
    .filter(specs => specs.every(spec => spec !== null))
    .map(specs => (isMixed(specs) ? oneRow(specs) : specs));
  if (found.length > 0) return found;
  if (required.length > 0) return [required.map(name => specFor(name, config)!)];
  throw new Error(
    t("None of forward's arguments is known ({0}); say what to call it on.", [...takes].join(", ") || "—"),
  );
}

/** Whether a picture or a sound stands beside a text. */
export function isMixed(specs: readonly InputSpec[]): boolean {
  const has = (names: readonly string[]) => specs.some(({ name }) => names.includes(name));
  return has(["input_ids"]) && has(["pixel_values", "input_features", "input_values"]);
}

/** One row alone: which of several pictures belongs to which of several texts, sources decide by their number. */
function oneRow(specs: readonly InputSpec[]): InputSpec[] {
  const { symbol } = SYMBOLS.batch;
  return concretise(specs, new Set([symbol]), new Map([[symbol, 1]]));
}

function specFor(name: string, config: Config): InputSpec | null {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  const shape = known?.shape(config);
  if (!known || !shape?.every(dimension => dimension !== null)) return null;
  return specOf(name, known.dtype, shape);
}

/** Steps of a spectrogram, of which two become one position. */
function frames(config: Config): number | null {
  const positions = configSize(config, "max_source_positions");
  return positions && 2 * positions;
}

function width(config: Config): number | null {
  return configSize(config, "hidden_size") ?? configSize(config, "n_embd") ?? configSize(config, "d_model");
}

/** A size of the config or of one of its parts (`text_config`, `vision_config`, …); of a list, the entry. */
export function configSize(config: Config, name: string, entry = 0): number | null {
  const own = config[name];
  if (typeof own === "number") return own;
  if (Array.isArray(own) && typeof own[entry] === "number") return own[entry];
  for (const [key, part] of Object.entries(config)) {
    if (!key.endsWith("_config") || typeof part !== "object" || part === null) continue;
    const inside = configSize(part as Config, name, entry);
    if (inside !== null) return inside;
  }
  return null;
}
