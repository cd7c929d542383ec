import type { Provider, ProviderCheck, Serving, Token, ValueRef } from "../../shared/run.ts";
import type { InputSpec, Trace } from "../../shared/trace.ts";
import type { Program, ProgramTap, SessionProcess } from "../session/process.ts";
import type { Loaded } from "../session/protocol.ts";
import type { CheckpointFolder } from "./checkpoint.ts";
import { atSource } from "./failed-node.ts";
import { requireNoneFromEnd } from "./from-end.ts";
import { continueText } from "./generation.ts";
import { bindingsOf, specsOf } from "./inputs.ts";
import type {
  GenerateRequest,
  GenerateResult,
  LiveModel,
  Recipe,
  RunRequest,
  RunResult,
  TapRequest,
  TapResult,
} from "./types.ts";
import { translateRef } from "./values.ts";
import type { Variant } from "./variant-store.ts";
import type { Variants } from "./variants.ts";
import { WordTokens } from "./word-tokens.ts";

/** What an open model is made of. */
export interface LiveModelParts {
  readonly main: Variant;
  readonly loaded: Loaded;
  readonly variants: Variants;
  readonly session: SessionProcess;
  readonly checkpoint: CheckpointFolder | null;
  readonly smaller: string | null;
  readonly precision: string;
  readonly log: (line: string) => void;
}

/** A traced source with weights, behind it a program of the session's process for each trace. */
export class OpenModel implements LiveModel {
  trace: Trace;
  readonly precision: string;
  readonly randomWeights: boolean;
  readonly smaller: string | null;
  /** As the last run had it. */
  #serving: Serving;
  readonly #parts: LiveModelParts;
  /** In place of a tokenizer, where there is no checkpoint. */
  readonly #words: WordTokens | null;

  constructor(parts: LiveModelParts) {
    this.#parts = parts;
    this.trace = parts.main.trace;
    this.#serving = { ...parts.loaded, check: null };
    this.precision = parts.precision;
    this.randomWeights = parts.checkpoint === null;
    this.smaller = parts.smaller;
    this.#words = parts.checkpoint === null ? new WordTokens(this.trace) : null;
  }

  get provider(): Provider {
    return this.#serving.provider;
  }

  get fallback(): string | null {
    return this.#serving.fallback;
  }

  get check(): ProviderCheck | null {
    return this.#serving.check;
  }

  get inputs(): readonly InputSpec[] {
    return this.#parts.main.specs;
  }

  get labels(): Readonly<Record<number, string>> {
    const labels = this.#parts.checkpoint?.config.id2label;
    return typeof labels === "object" && labels !== null ? (labels as Record<number, string>) : {};
  }

  async tokenize(
    text: string,
    options: { readonly chat?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<Token[]> {
    const { checkpoint, session } = this.#parts;
    if (this.#words) return this.#words.tokenize(text);
    return session.tokenize(checkpoint!.folder, text, options.chat ?? false, signal);
  }

  async decode(ids: readonly number[]): Promise<Token[]> {
    const { checkpoint, session } = this.#parts;
    return this.#words?.decode(ids) ?? session.decode(checkpoint!.folder, ids);
  }

  async run(request: RunRequest, signal?: AbortSignal): Promise<RunResult> {
    const { result, ...values } = await this.#perform(
      request,
      (program, own) => program.run(own, signal),
      signal,
    );
    return { output: result.output, ...values };
  }

  async tap(request: TapRequest, signal?: AbortSignal): Promise<TapResult> {
    const { result: _, ...values } = await this.#perform(
      request,
      (program, own) => program.tap(own, signal),
      signal,
    );
    return values;
  }

  async #perform<R extends ProgramTap>(
    request: RunRequest,
    perform: (program: Program, request: RunRequest) => Promise<R>,
    signal?: AbortSignal,
  ): Promise<TapResult & { readonly result: R }> {
    const { main, variants } = this.#parts;
    const specs = fits(main.specs, request.inputs) ? main.specs : specsOf(request.inputs);
    const sizes = bindingsOf(specs, request.inputs);
    const { taps = [], summaries = [] } = request;
    const { variant, result } = await variants.run(
      specs,
      sizes,
      async ({ program, trace }) => {
        requireNoneFromEnd(trace, request.inputs);
        return perform(program, this.#translated(request, trace)).catch(error => {
          throw atSource(error, trace);
        });
      },
      { signal },
    );
    this.#serving = result.serving;
    // What the source waited for is known: from now on the model is all of it.
    if (this.trace.incomplete) this.trace = variant.trace;
    const translate = (ref: ValueRef) => translateRef(ref, this.trace, variant.trace);
    const [tapped, summarised] = [new Map(result.taps), new Map(result.summaries)];
    return {
      result,
      taps: new Map(taps.map(ref => [ref, tapped.get(translate(ref))!])),
      summaries: new Map(summaries.map(ref => [ref, summarised.get(translate(ref))!])),
      drawing: result.drawing,
      milliseconds: result.milliseconds,
    };
  }

  async generate(
    request: GenerateRequest,
    onToken?: (token: Token) => void,
    signal?: AbortSignal,
  ): Promise<GenerateResult> {
    const { variants, session, checkpoint, log } = this.#parts;
    const parts = { model: this, variants, session, checkpoint, log };
    const known = this.#words;
    if (!known) return continueText(parts, request, onToken, signal);
    const named = onToken && ((token: Token) => onToken({ ...token, ...known.decode([token.id])[0] }));
    const result = await continueText(parts, request, named, signal);
    const text = known.decode(result.tokens).map(token => token.text);
    return { ...result, text: text.join("") };
  }

  recipe(signal?: AbortSignal): Promise<Recipe> {
    return this.#parts.variants.recipe(this.trace, signal);
  }

  dispose(): void {
    this.#parts.variants.dispose();
  }

  /** The request in terms of another trace of the same source; of one that only asks, what answers it. */
  #translated(request: RunRequest, trace: Trace): RunRequest {
    const { inputs, taps = [], summaries = [], drawing, interventions, outputAt } = request;
    if (trace.incomplete) return { inputs };
    const translate = (ref: ValueRef) => translateRef(ref, this.trace, trace);
    return {
      inputs,
      taps: [...new Set(taps.map(translate))],
      summaries: [...new Set(summaries.map(translate))],
      drawing: drawing && {
        ...drawing,
        values: drawing.values.map(each => ({ ...each, value: translate(each.value) })),
      },
      outputAt,
      interventions: interventions?.map(intervention => ({
        ...intervention,
        value: translate(intervention.value),
      })),
    };
  }
}

/** Whether a trace of `specs` takes these arguments: the same names, types and sizes, free ones aside. */
function fits(specs: readonly InputSpec[], inputs: RunRequest["inputs"]): boolean {
  if (specs.length !== Object.keys(inputs).length) return false;
  const bindings = bindingsOf(specs, inputs);
  return specs.every(({ name, dtype, shape }) => {
    const tensor = inputs[name];
    return (
      tensor !== undefined &&
      tensor.dtype === dtype &&
      tensor.shape.length === shape.length &&
      shape.every((dimension, axis) => {
        const expected = typeof dimension === "number" ? dimension : bindings.get(dimension.symbol);
        return expected === tensor.shape[axis];
      })
    );
  });
}
