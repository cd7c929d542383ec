import type { ExampleInput } from "../../shared/protocol/component.ts";
import type { Intervention, Token } from "../../shared/run.ts";
import type { LiveModel } from "../live/types.ts";
import { recogniseAttention } from "../recognise/attention.ts";
import { nextTokenDistribution } from "./effect.ts";
import { panelInputs } from "./inputs.ts";
import { type Quote, quote, readSources } from "./source-text.ts";
import { planView, type ViewDocument } from "./views.ts";

/** One run of a component, ready to be drawn or compared with another. */
export interface Measurement {
  readonly view: ViewDocument;
  readonly tokens: readonly Token[];
  readonly examples: readonly ExampleInput[];
  /** Of the next token; null for models that do not predict one. */
  readonly distribution: Float64Array | null;
  /** Where the component's source starts. */
  readonly place: Quote | null;
  readonly milliseconds: number;
}

export interface MeasureRequest {
  readonly component: string;
  /** Path of the module. */
  readonly module: string;
  readonly prompt: string;
  readonly interventions: readonly Intervention[];
  readonly decoderStart: number;
  readonly overlay: Readonly<Record<string, string>>;
}

/** Runs a model on a prompt and builds the document of one of its modules. */
export async function measure(
  model: LiveModel,
  request: MeasureRequest,
  readText: (file: string) => Promise<string>,
  signal: AbortSignal,
): Promise<Measurement> {
  const { trace } = model;
  const plan = planView(trace, request.component, request.module);
  const { interventions } = request;
  const { inputs, tokens, decoderTokens, examples } = await panelInputs(
    model,
    request.prompt,
    request.decoderStart,
  );
  const [run, sources] = await Promise.all([
    model.run({ inputs, taps: plan.taps, summaries: plan.summaries, interventions }, signal),
    readSources(trace, plan.places, request.overlay, readText),
  ]);
  const query = decoderTokens ?? tokens;
  const key = isCross(model, request.module) ? tokens : query;
  return {
    view: plan.build(run, { query, key }, interventions, sources),
    tokens,
    examples,
    distribution: predictsNext(model) ? nextTokenDistribution(run.output) : null,
    place: quote(trace, plan.start, sources),
    milliseconds: run.milliseconds,
  };
}

function isCross({ trace }: LiveModel, path: string): boolean {
  return recogniseAttention(trace).some(each => each.path === path && each.kind === "cross");
}

/** Whether the output is logits over a vocabulary from positions that see only what is before them. */
function predictsNext({ trace }: LiveModel): boolean {
  const logits = trace.outputs.find(output => output.name === "logits");
  if (!logits || trace.values[logits.value]!.shape.length !== 3) return false;
  return recogniseAttention(trace).some(each => each.kind === "self" && each.causal);
}
