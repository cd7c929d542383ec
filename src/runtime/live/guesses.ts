import type { DType } from "../../shared/dtype.ts";
import type { ForwardArgument, InputSpec, Trace } from "../../shared/trace.ts";
import { type Config, configSize, examples } from "./examples.ts";
import { freeInputs } from "./fitting.ts";
import { SYMBOLS, specOf } from "./inputs.ts";

type Dimension = InputSpec["shape"][number];
type Form = Pick<InputSpec, "dtype" | "shape">;

/** Combinations that are tried at most. */
const TRIED = 24;

/** Sides of an image where neither config nor constructor gives one. */
const SIDES = [224, 64, 32, 28, 84] as const;

const batch: Dimension = SYMBOLS.batch;
const sequence: Dimension = SYMBOLS.sequence;
const ids: Form = { dtype: "int64", shape: [batch, sequence] };

/**
 * What forward can be called on, likeliest first: what a call in the source gave it, else the arguments that are known by
 * name, else what annotations, names and the layers of the module allow. Which one fits is found by tracing.
 * @param tree the module, built.
 * @throws Error that names the argument about which nothing is known.
 */
export function candidateInputs(tree: Trace, config: Config): InputSpec[][] {
  const forward = tree.forward ?? [];
  const sampled = forward.flatMap(({ name, example }) =>
    example ? [specOf(name, example.dtype, example.shape)] : [],
  );
  const complete = forward.every(
    ({ name, required }) => !required || sampled.some(spec => spec.name === name),
  );
  if (sampled.length > 0 && complete) return [sampled];
  let failure: unknown;
  try {
    return [...examples(forward, config), ...guessedInputs(tree, config)].slice(0, TRIED);
  } catch (error) {
    failure = error;
  }
  const guessed = guessedInputs(tree, config);
  if (guessed.length === 0) throw failure;
  return guessed;
}

/** What to begin with where none of the likely arguments fits: see `freeInputs`. */
export function freeCandidates(tree: Trace, config: Config): readonly (readonly InputSpec[])[] {
  const required = (tree.forward ?? []).filter(argument => argument.required);
  // Where nothing is required, each argument may be what it is about.
  const groups =
    required.length > 0 ? [required] : (tree.forward ?? []).slice(0, MOST_ALONE).map(each => [each]);
  return groups.flatMap(asked => freeFor(asked, tree, config));
}

/** Arguments that are tried alone. */
const MOST_ALONE = 4;

function freeFor(asked: readonly ForwardArgument[], tree: Trace, config: Config) {
  const layers = layerForms(tree, SIDES);
  const special = asked.map(argument => specialForms(argument, config, layers)?.[0] ?? null);
  const masks = asked.map(({ name }) => /mask/.test(name));
  // A mask may go with the picture, not with its parts.
  const unmasked = special.map((form, index) => (masks[index] ? null : form));
  return [
    ...freeInputs(asked, special),
    ...(masks.includes(true) ? freeInputs(asked, unmasked) : []),
    asked.map(({ name }, index): InputSpec => ({ name, ...(special[index] ?? ids) })),
  ];
}

/** Arguments that are given something. */
function askedOf({ forward = [] }: Trace): readonly ForwardArgument[] {
  const required = forward.filter(argument => argument.required);
  return required.length > 0 ? required : forward.slice(0, 1);
}

/** Forms that the required arguments may have; empty where forward takes none. */
export function guessedInputs(tree: Trace, config: Config): InputSpec[][] {
  const asked = askedOf(tree);
  if (asked.length === 0) return [];
  const sides = [...patchedSides(tree), ...SIDES];
  const layers = layerForms(tree, sides);
  const looksUp = layers.includes(ids) || IDS.test(asked[0]!.name);
  const tables = looksUp ? [ids] : [];
  const general = unique([...layers, ...imageForms(config, sides, 3), ...tables, ...widthForms(config)]);
  const isTimed = asked.some(({ name }) => TIME.test(name));
  const special = asked.map(argument =>
    isTimed && /^(y|labels?|class_labels?)$/.test(argument.name)
      ? [{ dtype: "int64" as const, shape: [batch] }]
      : specialForms(argument, config, layers),
  );
  const mains = asked.filter((_, index) => special[index] === null);
  const ordered = orderedFor(mains[0], general);
  const alternatives = Math.max(1, ...special.map(forms => forms?.length ?? 1));
  // A decoder beside its encoder: ids first, then what has been computed of others.
  const mixed = mains.length > 1 && looksUp ? general.filter(({ shape }) => shape.length === 3) : [];
  const pairs = [
    ...(mains.length > 0 ? ordered : [ids]).map(main => [main, main] as const),
    ...mixed.map(rest => [ids, rest] as const),
  ];
  const found: InputSpec[][] = [];
  for (let other = 0; other < alternatives; other++)
    for (const [main, rest] of pairs)
      found.push(
        asked.map((argument, index) => {
          const forms = special[index];
          const form = forms?.[Math.min(other, forms.length - 1)] ?? (argument === mains[0] ? main : rest);
          return { name: argument.name, ...form };
        }),
      );
  const contradictions = (specs: readonly InputSpec[]) =>
    specs.filter(({ shape }, index) => (asked[index]!.dimensions?.length ?? shape.length) !== shape.length)
      .length;
  return found.slice(0, TRIED).sort((a, b) => contradictions(a) - contradictions(b));
}

/** What the layers of torch.nn, and a source's own of the same names, in a module take, in the order in which they were made. */
function layerForms({ modules, parameters }: Trace, sides: readonly number[]): Form[] {
  const classes = new Map(modules.map(each => [each.path, each.class]));
  return unique(
    parameters.flatMap(({ name, shape }): Form[] => {
      const path = name.slice(0, Math.max(0, name.lastIndexOf(".")));
      const layer = classes.get(path);
      return (layer !== undefined && LAYERS[layer]?.(shape, sides)) || [];
    }),
  );
}

const wide = (width: number | undefined): Form[] =>
  width === undefined
    ? []
    : [
        { dtype: "float32", shape: [batch, sequence, width] },
        { dtype: "float32", shape: [batch, width] },
      ];
const square = (channels: number, side: number): Form => ({
  dtype: "float32",
  shape: [batch, channels, side, side],
});

/** By class of torch.nn: forms of its input, from the shape of one of its parameters. */
const LAYERS: Readonly<Record<string, (shape: readonly number[], sides: readonly number[]) => Form[]>> = {
  Embedding: () => [ids],
  Linear: shape => (shape.length === 2 ? wide(shape[1]) : []),
  LayerNorm: shape => (shape.length === 1 ? wide(shape[0]) : []),
  RMSNorm: shape => (shape.length === 1 ? wide(shape[0]) : []),
  LSTM: shape => (shape.length === 2 ? wide(shape[1]) : []),
  GRU: shape => (shape.length === 2 ? wide(shape[1]) : []),
  RNN: shape => (shape.length === 2 ? wide(shape[1]) : []),
  Conv1d: shape => (shape.length === 3 ? [{ dtype: "float32", shape: [batch, shape[1]!, 64] }] : []),
  Conv2d: (shape, sides) => (shape.length === 4 ? sides.map(side => square(shape[1]!, side)) : []),
  Conv3d: shape => (shape.length === 5 ? [{ dtype: "float32", shape: [batch, shape[1]!, 16, 64, 64] }] : []),
};

/** Sides of images that, cut into patches by a convolution, have as many as a table has rows, but for some at the start. */
function patchedSides({ parameters }: Trace): number[] {
  const patches = parameters.flatMap(({ shape }) =>
    shape.length === 4 && shape[2] === shape[3] && shape[2]! >= 4 && shape[1]! <= 4 ? [shape[2]!] : [],
  );
  const across = parameters.flatMap(({ shape }) => {
    const rows = shape.length === 2 || (shape.length === 3 && shape[0] === 1) ? shape.at(-2)! : 0;
    const root = Math.floor(Math.sqrt(rows));
    return root >= 2 && rows - root * root <= MOST_AT_START ? [root] : [];
  });
  return [...new Set(patches.flatMap(patch => across.map(each => patch * each)))];
}

/** Rows of a table of positions that stand for no patch: the class token, and one of a distilled model. */
const MOST_AT_START = 2;

function imageForms(config: Config, sides: readonly number[], channels: number): Form[] {
  const side = ["image_size", "img_size", "input_size", "resolution", "sample_size"]
    .map(name => configSize(config, name))
    .find(size => size !== null);
  const own = ["num_channels", "in_channels", "in_chans", "channels"]
    .map(name => configSize(config, name))
    .find(size => size !== null);
  return (side ? [side] : sides).map(each => square(own ?? channels, each));
}

const WIDTHS = ["dim", "d_model", "hidden_size", "embed_dim", "n_embd", "d_in", "in_features", "input_size"];

function widthForms(config: Config): Form[] {
  return WIDTHS.flatMap(name => wide(configSize(config, name) ?? undefined));
}

/** How far a diffusion has come; beside it, labels are one for each row. */
const TIME = /^(t|times?|timesteps?|time_steps?|sigma|noise_level)$/;

/** Forms of an argument whose annotation or name says what it is; null where it is one of the main ones. */
function specialForms(argument: ForwardArgument, config: Config, layers: readonly Form[]): Form[] | null {
  const annotated = annotatedForm(argument.annotation ?? "", config, layers);
  if (annotated) return [annotated];
  if (/mask/.test(argument.name))
    return [
      { dtype: "bool", shape: [sequence, sequence] },
      { dtype: "bool", shape: [batch, 1, sequence, sequence] },
      { dtype: "int64", shape: [batch, sequence] },
    ];
  if (TIME.test(argument.name))
    return [
      { dtype: "int64", shape: [batch] },
      { dtype: "float32", shape: [batch] },
    ];
  if (/^(positions?|pos|position_ids|input_pos)$/.test(argument.name))
    return [{ dtype: "int64", shape: [sequence] }, ids];
  return null;
}

/** `Float[Tensor, "batch seq dim"]` (jaxtyping), and torch's own `LongTensor`. */
function annotatedForm(annotation: string, config: Config, layers: readonly Form[]): Form | null {
  if (/(Long|Int)Tensor/.test(annotation)) return ids;
  const written = /\b(Float|Int|Bool|Integer|Num|Shaped|UInt8)\w*\[[^,\]]+,\s*["']([^"']+)["']\]/.exec(
    annotation,
  );
  if (!written) return null;
  const dtype: DType = written[1] === "Bool" ? "bool" : /^U?Int/.test(written[1]!) ? "int64" : "float32";
  const width = layers.map(({ shape }) => shape.at(-1)).find(size => typeof size === "number");
  const dimension = (name: string): Dimension | null => {
    if (/^\d+$/.test(name)) return Number(name);
    const plain = name.replace(/^[*#_]+|=.*$/g, "").toLowerCase();
    if (name === "..." || /^(b|bs|n|batch|batch_?size)$/.test(plain)) return batch;
    if (/^(s|t|l|seq|sequence|tokens?|time|pos|length|(seq|sequence)_?len(gth)?|n_?tokens)$/.test(plain))
      return sequence;
    return configSize(config, plain) ?? width ?? null;
  };
  const shape = written[2]!.trim().split(/\s+/).map(dimension);
  return shape.every(each => each !== null) ? { dtype, shape } : null;
}

/** Names of what is looked up in a table. */
const IDS = /^(idx|ids?|tokens?|src|tgt|trg|source|target|labels?|\w+_ids|\w*tokens)$/;

/** Forms with those in front that a name speaks for. */
function orderedFor(argument: ForwardArgument | undefined, forms: readonly Form[]): readonly Form[] {
  const name = argument?.name ?? "";
  const fits = IDS.test(name)
    ? ({ dtype }: Form) => dtype === "int64"
    : /^(imgs?|images?|pixels?|pixel_values|pictures?)$/.test(name)
      ? ({ shape }: Form) => shape.length === 4
      : () => false;
  return [...forms.filter(fits), ...forms.filter(form => !fits(form))];
}

function unique(forms: readonly Form[]): Form[] {
  return [...new Map(forms.map(form => [JSON.stringify(form), form])).values()];
}
