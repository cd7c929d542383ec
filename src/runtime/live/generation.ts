import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Token } from "../../shared/run.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { InputSpec } from "../../shared/trace.ts";
import type { Activations } from "../onnx/lower.ts";
import { readsTokens } from "../recognise/arguments.ts";
import { generate, type TextOfTokens } from "../session/generation.ts";
import { int64, numbers } from "../session/numbers.ts";
import type { SessionProcess } from "../session/process.ts";
import { createSampler } from "../session/sampling.ts";
import { type CheckpointFolder, hasTokenizer, stopIds } from "./checkpoint.ts";
import { atSource } from "./failed-node.ts";
import { SYMBOLS, specOf } from "./inputs.ts";
import { isUntraceable, planPieces } from "./pieces.ts";
import type { GenerateRequest, GenerateResult, LiveModel } from "./types.ts";
import { UnsettledSizesError } from "./unsettled.ts";
import type { Variant } from "./variant-store.ts";
import type { Variants } from "./variants.ts";

/** Tokens to add unless said. */
const DEFAULT_TOKENS = 64;

export interface GenerationParts {
  readonly model: LiveModel;
  readonly variants: Variants;
  readonly session: SessionProcess;
  readonly checkpoint: CheckpointFolder | null;
  readonly log: (line: string) => void;
}

/** What a continuation starts from: which input grows, and what stays. */
interface Prompt {
  readonly ids: string;
  readonly start: readonly number[];
  readonly fixed: Readonly<Record<string, Tensor>>;
  readonly promptTokens: number;
}

/**
 * Continues a prompt: in the session's process, with keys and values kept where the class can be traced so, else by
 * running everything so far at each step; the tokens are the same. A source whose every length is another trace is run
 * from here, step by step.
 */
export async function continueText(
  parts: GenerationParts,
  request: GenerateRequest,
  onToken: ((token: Token) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<GenerateResult> {
  const { checkpoint, model, session, variants } = parts;
  const prompt = await readPrompt(parts, request, signal);
  const common = {
    ids: prompt.ids,
    start: prompt.start,
    fixed: prompt.fixed,
    tokens: tokenLimit(prompt, request.tokens ?? DEFAULT_TOKENS, checkpoint),
    temperature: request.temperature ?? 0,
    seed: request.seed ?? 0,
    stop: checkpoint ? stopIds(checkpoint) : [],
    tokenizer: checkpoint && hasTokenizer(checkpoint) ? checkpoint.folder : null,
  };
  const programs = await planPrograms(
    variants,
    prompt,
    common.tokens,
    model,
    { cache: request.cache ?? true, activations: request.fast ? "int8" : "float32" },
    parts.log,
    signal,
  );
  if (programs) {
    const { prefill, step } = programs;
    const generating = session.generate(
      { ...common, prefill: prefill.program, step: step?.program ?? null },
      onToken,
      signal,
    );
    const result = await generating.catch(error => {
      throw atSource(error, prefill.trace);
    });
    const precision = result.activations === "int8" ? t("fast: activations in 8 bits") : model.precision;
    return { ...result, precision, promptTokens: prompt.promptTokens };
  }
  parts.log(t("{0} is traced anew for every length; generation is slow.", model.trace.class));
  const result = await generate({
    start: common.start,
    tokens: common.tokens,
    stop: common.stop,
    cached: false,
    step: async ids => {
      const inputs = { ...prompt.fixed, [prompt.ids]: int64(ids, [1, ids.length]) };
      const { output } = await model.run({ inputs }, signal);
      const vocabulary = output.shape.at(-1) ?? 0;
      const all = numbers(output) as Float32Array;
      return all.subarray(all.length - vocabulary);
    },
    sample: createSampler(common.temperature, common.seed),
    text: common.tokenizer ? remoteText(session, common.tokenizer) : null,
    onToken: token => onToken?.(token),
    cancelled: () => signal?.aborted ?? false,
  });
  const { precision } = model;
  return {
    ...result,
    activations: "float32",
    keeping: "nothing",
    precision,
    promptTokens: prompt.promptTokens,
  };
}

async function readPrompt(
  { model, checkpoint }: GenerationParts,
  { prompt, chat }: GenerateRequest,
  signal: AbortSignal | undefined,
): Promise<Prompt> {
  signal?.throwIfAborted();
  const ids =
    typeof prompt === "string" ? (await model.tokenize(prompt, { chat })).map(token => token.id) : prompt;
  if (ids.length === 0) throw new Error(t("The prompt is empty; there is nothing to continue."));
  const texts = textInputs(model);
  const target = texts.find(name => TARGET.test(name));
  const source = texts.find(name => name !== target);
  if (target === undefined || source === undefined) {
    return { ids: source ?? target ?? "input_ids", start: ids, fixed: {}, promptTokens: ids.length };
  }
  const first = checkpoint?.generation.decoder_start_token_id ?? checkpoint?.config.decoder_start_token_id;
  const begin = typeof first === "number" ? first : Number(checkpoint?.config.bos_token_id ?? 0);
  return {
    ids: target,
    start: [begin],
    fixed: { [source]: int64(ids, [1, ids.length]) },
    promptTokens: ids.length,
  };
}

/** Names of what a decoder is given, beside what its encoder is. */
const TARGET = /^(decoder_|tgt|trg|target)/;

/** Arguments that are given a text, in the order in which forward has them. */
function textInputs({ trace }: LiveModel): string[] {
  return trace.values.flatMap(({ leaf }, value) =>
    leaf?.kind === "input" && readsTokens(trace, value) ? [leaf.name] : [],
  );
}

/** Traces that serve every step, or null where no single one does. */
async function planPrograms(
  variants: Variants,
  prompt: Prompt,
  tokens: number,
  model: LiveModel,
  { cache, activations }: { readonly cache: boolean; readonly activations: Activations },
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly prefill: Variant; readonly step: Variant | null } | null> {
  const specs = generationSpecs(model, prompt);
  const { length } = prompt.start;
  const growing = growingSize(prompt).symbol;
  const fixed: [string, number][] = Object.values(prompt.fixed).map(({ shape }) => [
    SYMBOLS.sequence.symbol,
    shape[1] ?? 1,
  ]);
  const common: SizeBindings = new Map([...fixed, [SYMBOLS.batch.symbol, 1]]);
  const options = { purpose: "generate", activations, signal } as const;
  const steps = Array.from({ length: Math.max(0, tokens - 1) }, (_, i) => i);
  if (cache) {
    try {
      const counts = [length, ...steps.map(() => 1)];
      const pieces = { specs, growing, sizes: common, counts };
      const [prefill, step = prefill] = await planPieces(variants, pieces, options);
      if (restsOnData(prefill!) || restsOnData(step!)) throw new UnsettledSizesError(model.trace.class);
      return { prefill: prefill!, step: step! };
    } catch (error) {
      if (!isUntraceable(error)) throw error;
      // This class has no cache that can be traced: every step takes everything so far.
      log(
        t(
          "{0} keeps nothing from one token to the next; each is computed from the whole text.",
          model.trace.class,
        ),
      );
    }
  }
  try {
    const runs = [0, ...steps.map(i => i + 1)].map(more => new Map([...common, [growing, length + more]]));
    const whole = await variants.forRuns(specs, runs, options);
    return restsOnData(whole) ? null : { prefill: whole, step: null };
  } catch (error) {
    if (!(error instanceof UnsettledSizesError)) throw error;
    return null;
  }
}

/** Whether each run must be followed by a look at its data: the steps of a generation are not. */
function restsOnData({ trace }: Variant): boolean {
  return trace.guards.some(guard => guard.kind === "data");
}

/** The size that each token adds one to. */
function growingSize({ fixed }: Prompt) {
  return Object.keys(fixed).length === 0 ? SYMBOLS.sequence : SYMBOLS.decoderSequence;
}

/** forward's arguments for a step: the ids, what it requires beside, and the wish for the last position's logits. */
function generationSpecs({ trace }: LiveModel, prompt: Prompt): InputSpec[] {
  const forward = trace.forward ?? [];
  const growing = growingSize(prompt);
  const ids: InputSpec = { name: prompt.ids, dtype: "int64", shape: [SYMBOLS.batch, growing] };
  const fixed = Object.keys(prompt.fixed).map(name => specOf(name, "int64", [1, 1]));
  const others = forward
    .filter(({ name, required }) => required && name !== prompt.ids && !(name in prompt.fixed))
    .map(({ name }): InputSpec => {
      const given = trace.values.find(({ leaf }) => leaf?.kind === "input" && leaf.name === name);
      // Positions that are the same for all texts.
      const vector = given?.shape.length === 1;
      return vector ? { name, dtype: "int64", shape: [growing] } : specOf(name, "int64", [1, 1]);
    });
  const keep: InputSpec[] = forward.some(({ name }) => name === "logits_to_keep")
    ? [{ name: "logits_to_keep", dtype: "int64", shape: [1] }]
    : [];
  return [ids, ...fixed, ...others, ...keep];
}

/** No more tokens than the positions that the config declares. */
function tokenLimit(prompt: Prompt, wanted: number, checkpoint: CheckpointFolder | null): number {
  const declared = checkpoint?.config.max_position_embeddings ?? checkpoint?.config.n_positions;
  if (typeof declared !== "number") return wanted;
  const room = declared - prompt.start.length;
  if (room < 1) {
    throw new Error(
      t("The prompt has {0} tokens and the model {1} positions; shorten it.", prompt.start.length, declared),
    );
  }
  return Math.min(wanted, room);
}

/** Text of tokens by asking the session's process, which holds the tokenizer. */
function remoteText(session: SessionProcess, folder: string): TextOfTokens {
  const ids: number[] = [];
  return {
    push: async id => {
      ids.push(id);
      return (await session.decode(folder, ids)).at(-1)?.text ?? "";
    },
    whole: async tokens => (await session.decode(folder, tokens)).map(token => token.text).join(""),
  };
}
