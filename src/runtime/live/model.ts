import { t } from "../../shared/l10n.ts";
import type { Provider, Token, ValueRef } from "../../shared/run.ts";
import type { InputSpec, Trace } from "../../shared/trace.ts";
import type { SessionProcess } from "../session/process.ts";
import type { Loaded } from "../session/protocol.ts";
import type { CheckpointFolder } from "./checkpoint.ts";
import type { Config } from "./examples.ts";
import { continueText } from "./generation.ts";
import { bindingsOf, specsOf } from "./inputs.ts";
import type { GenerateRequest, GenerateResult, LiveModel, RunRequest, RunResult } from "./types.ts";
import { translateRef } from "./values.ts";
import type { Variant, Variants } from "./variants.ts";

/** What an open model is made of. */
export interface LiveModelParts {
  readonly main: Variant;
  readonly loaded: Loaded;
  readonly variants: Variants;
  readonly session: SessionProcess;
  readonly checkpoint: CheckpointFolder | null;
  readonly config: Config;
  readonly precision: string;
  readonly log: (line: string) => void;
}

/** A traced source with weights, behind it a program of the session's process for each trace. */
export class OpenModel implements LiveModel {
  readonly trace: Trace;
  readonly provider: Provider;
  readonly precision: string;
  readonly randomWeights: boolean;
  readonly fallback: string | null;
  readonly #parts: LiveModelParts;

  constructor(parts: LiveModelParts) {
    this.#parts = parts;
    this.trace = parts.main.trace;
    this.provider = parts.loaded.provider;
    this.fallback = parts.loaded.fallback;
    this.precision = parts.precision;
    this.randomWeights = parts.checkpoint === null;
  }

  async tokenize(
    text: string,
    options: { readonly chat?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<Token[]> {
    return this.#parts.session.tokenize(this.#tokenizerFolder(), text, options.chat ?? false, signal);
  }

  async decode(ids: readonly number[]): Promise<Token[]> {
    return this.#parts.session.decode(this.#tokenizerFolder(), ids);
  }

  async run(request: RunRequest, signal?: AbortSignal): Promise<RunResult> {
    const { trace, program } = await this.#variantFor(request, signal);
    const translate = (ref: ValueRef) => translateRef(ref, this.trace, trace);
    const { taps = [], summaries = [], interventions } = request;
    const result = await program.run(
      {
        inputs: request.inputs,
        taps: [...new Set(taps.map(translate))],
        summaries: [...new Set(summaries.map(translate))],
        interventions: interventions?.map(intervention => ({
          ...intervention,
          value: translate(intervention.value),
        })),
      },
      signal,
    );
    if (result.violated !== null) throw new Error(dataGuardMessage(trace, result.violated));
    const [tapped, summarised] = [new Map(result.taps), new Map(result.summaries)];
    return {
      output: result.output,
      taps: new Map(taps.map(ref => [ref, tapped.get(translate(ref))!])),
      summaries: new Map(summaries.map(ref => [ref, summarised.get(translate(ref))!])),
      milliseconds: result.milliseconds,
    };
  }

  generate(
    request: GenerateRequest,
    onToken?: (token: Token) => void,
    signal?: AbortSignal,
  ): Promise<GenerateResult> {
    const { variants, session, checkpoint, config, log } = this.#parts;
    return continueText(
      { model: this, variants, session, checkpoint, config, log },
      request,
      onToken,
      signal,
    );
  }

  dispose(): void {
    this.#parts.variants.dispose();
  }

  /** The trace that holds for these arguments and sizes: usually the one that the model was opened with. */
  #variantFor(request: RunRequest, signal?: AbortSignal): Promise<Variant> {
    const { main, variants } = this.#parts;
    const specs = fits(main.specs, request.inputs) ? main.specs : specsOf(request.inputs);
    return variants.forRuns(specs, [bindingsOf(specs, request.inputs)], { signal });
  }

  #tokenizerFolder(): string {
    const { checkpoint } = this.#parts;
    if (!checkpoint) throw new Error(t("Without a checkpoint there is no tokenizer; give token ids."));
    return checkpoint.folder;
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

/** Why a trace that rests on data must not be used for other data. */
export function dataGuardMessage(trace: Trace, index: number): string {
  const guard = trace.guards[index];
  const place = guard?.place === null || guard?.place === undefined ? undefined : trace.places[guard.place];
  const file = place && trace.files[place.file]?.path;
  const message = t("Here the source decides by the values of a tensor, and these inputs decide otherwise.");
  return place ? `${file}:${place.line}: ${message}` : message;
}
