import type { DType, Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { ExampleInput, StandingTokens } from "../../shared/protocol/component.ts";
import type { Token } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import { exampleInput } from "../live/example-inputs.ts";
import { SYMBOLS } from "../live/inputs.ts";
import type { LiveModel } from "../live/types.ts";
import { fill, toTensor } from "../primitives/numbers.ts";
import { readsTokens, tableRows } from "../recognise/arguments.ts";
import { type Placeholder, placeholders } from "../recognise/placeholders.ts";

/** Forward's arguments for one text, and what their positions stand for. */
export interface PanelInputs {
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Empty for a model that reads no text. */
  readonly tokens: readonly Token[];
  /** Of the decoder, where there is one. */
  readonly decoderTokens: readonly Token[] | null;
  /** Arguments that no text gives, and what they are given instead. */
  readonly examples: readonly ExampleInput[];
  /** Tokens that stand for parts of these. */
  readonly stands: readonly StandingTokens[];
  /** Tokens at the end of the text that are left out. */
  readonly omitted: number;
}

interface Text {
  readonly ids: readonly number[];
  readonly decoderIds: readonly number[];
}

/** Arguments that a text determines; [1, length] each. */
const ARGUMENTS: Readonly<Record<string, (text: Text) => readonly number[]>> = {
  input_ids: ({ ids }) => ids,
  attention_mask: ({ ids }) => ids.map(() => 1),
  token_type_ids: ({ ids }) => ids.map(() => 0),
  position_ids: ({ ids }) => ids.map((_, position) => position),
  decoder_input_ids: ({ decoderIds }) => decoderIds,
  decoder_attention_mask: ({ decoderIds }) => decoderIds.map(() => 1),
};

/**
 * What a model is run on: the tokens of a text where it reads text, and for every other argument an example. A decoder
 * reads the same text, shifted right behind its start token.
 * @param most tokens of the text that are read.
 */
export async function panelInputs(
  model: LiveModel,
  prompt: string,
  decoderStart: number,
  most = Number.POSITIVE_INFINITY,
): Promise<PanelInputs> {
  const { trace } = model;
  const values = trace.values.flatMap(({ leaf }, value) => (leaf?.kind === "input" ? [value] : []));
  const reading = new Set(values.filter(value => readsTokens(trace, value)));
  const whole = reading.size > 0 ? await model.tokenize(prompt) : [];
  const fixed = fixedLength(trace, reading);
  const read = whole.slice(0, Math.min(most, fixed ?? most));
  const sizes = new Map<string, number>([[SYMBOLS.batch.symbol, 1]]);
  const { filled, stands } = withPlaceholders(read, placeholders(trace, sizes));
  const tokens = [...filled, ...Array<Token>(Math.max(0, (fixed ?? 0) - filled.length)).fill(PADDING)];
  const start: Token = { id: decoderStart, text: t("start") };
  const decoderTokens = [start, ...tokens.slice(0, -1)];
  const text = { ids: tokens.map(({ id }) => id), decoderIds: decoderTokens.map(({ id }) => id) };
  if (reading.size > 0)
    for (const { symbol } of [SYMBOLS.sequence, SYMBOLS.decoderSequence]) sizes.set(symbol, tokens.length);
  const inputs: Record<string, Tensor> = {};
  const examples: ExampleInput[] = [];
  for (const { name, dtype, shape: traced } of model.inputs) {
    // A source that waits for numbers has not come to all of its arguments.
    const value = values.find(each => trace.values[each]!.leaf!.name === name) ?? null;
    const shape = traced.map(size =>
      typeof size === "number" ? size : (sizes.get(size.symbol) ?? size.hint),
    );
    if (shape.length === 2 && reading.size > 0 && Object.hasOwn(ARGUMENTS, name))
      inputs[name] = row(dtype, ARGUMENTS[name]!(text));
    else if (value !== null && reading.has(value)) {
      const rows = tableRows(trace, value)!;
      inputs[name] = row(
        dtype,
        text.ids.map(id => id % rows),
      );
    } else {
      const example = exampleInput({ trace, value, name, dtype, shape });
      inputs[name] = example.tensor;
      examples.push(example.shown);
    }
  }
  return {
    inputs,
    tokens,
    decoderTokens: "decoder_input_ids" in inputs ? decoderTokens : null,
    examples,
    stands,
    omitted: whole.length - read.length,
  };
}

/** What fills up a text that is shorter than its model reads: zeros, as models of one length are usually trained with. */
const PADDING: Token = { id: 0, text: "∅" };

/** Tokens of the texts of a model that reads so many, never fewer or more; null of others. */
function fixedLength({ values }: Trace, reading: ReadonlySet<number>): number | null {
  const lengths = [...reading].flatMap(value => values[value]!.shape[1] ?? []);
  const fixed = lengths.filter(length => typeof length === "number");
  return fixed.length > 0 ? Math.min(...fixed) : null;
}

/** How a token reads that stands for a part of a picture or a sound. */
const STANDING = "▨";

/**
 * A text with as many placeholders as a picture or a sound has parts: where the reader wrote one, else before the text.
 */
function withPlaceholders(
  tokens: readonly Token[],
  wanted: readonly Placeholder[],
): { readonly filled: readonly Token[]; readonly stands: readonly StandingTokens[] } {
  let filled = [...tokens];
  for (const { id, count } of wanted) {
    const written = filled.findIndex(token => token.id === id);
    const parts = new Array<Token>(count).fill({ id, text: STANDING });
    filled = filled.toSpliced(Math.max(0, written), written < 0 ? 0 : 1, ...parts);
  }
  const stands = wanted.map(({ id, count, argument }) => ({
    start: filled.findIndex(token => token.id === id),
    count,
    argument,
  }));
  return { filled, stands };
}

function row(dtype: DType, values: readonly number[]): Tensor {
  return toTensor(fill(dtype, [1, values.length], index => values[index]!));
}
