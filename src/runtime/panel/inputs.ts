import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Token } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import { int64 } from "../session/numbers.ts";

/** Forward's arguments for one text, and what their positions stand for. */
export interface TextInputs {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly tokens: readonly Token[];
  /** Of the decoder, where there is one. */
  readonly decoderTokens: readonly Token[] | null;
}

interface Text {
  readonly ids: readonly number[];
  readonly decoderIds: readonly number[];
}

/** Arguments that a text determines; [1, length] each. */
const ARGUMENTS: Readonly<Record<string, (text: Text) => Tensor>> = {
  input_ids: ({ ids }) => row(ids),
  attention_mask: ({ ids }) => row(ids.map(() => 1)),
  token_type_ids: ({ ids }) => row(ids.map(() => 0)),
  position_ids: ({ ids }) => row(ids.map((_, position) => position)),
  decoder_input_ids: ({ decoderIds }) => row(decoderIds),
  decoder_attention_mask: ({ decoderIds }) => row(decoderIds.map(() => 1)),
};

/**
 * Arguments of a traced forward for a tokenized text. A decoder reads the same text, shifted right behind its start token.
 *
 * @throws Error naming an argument that a text cannot give
 */
export function textInputs(trace: Trace, tokens: readonly Token[], decoderStart: number): TextInputs {
  const start: Token = { id: decoderStart, text: t("start") };
  const decoderTokens = [start, ...tokens.slice(0, -1)];
  const text = { ids: tokens.map(({ id }) => id), decoderIds: decoderTokens.map(({ id }) => id) };
  const inputs: Record<string, Tensor> = {};
  for (const name of inputNames(trace)) {
    const make = ARGUMENTS[name];
    if (!make)
      throw new Error(
        t(
          "{0} needs the input “{1}”, which a text cannot give. Choose a class that reads tokens.",
          trace.class,
          name,
        ),
      );
    inputs[name] = make(text);
  }
  return { inputs, tokens, decoderTokens: "decoder_input_ids" in inputs ? decoderTokens : null };
}

function inputNames(trace: Trace): string[] {
  return trace.values.flatMap(({ leaf }) => (leaf?.kind === "input" ? [leaf.name] : []));
}

function row(values: readonly number[]): Tensor {
  return int64(values, [1, values.length]);
}
