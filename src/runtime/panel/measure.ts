import type { ExampleInput } from "../../shared/protocol/component.ts";
import type { Intervention, Token } from "../../shared/run.ts";
import { SourceError } from "../live/source-error.ts";
import type { LiveModel, RunResult, TapResult } from "../live/types.ts";
import { recogniseAttention } from "../recognise/attention.ts";
import { answerOf } from "./answer.ts";
import { sharesOf } from "./effect.ts";
import { type PanelInputs, panelInputs } from "./inputs.ts";
import { type Quote, quote, readSources } from "./source-text.ts";
import { longestText } from "./text-length.ts";
import { planView, type ViewDocument } from "./views.ts";

/** What one forward pass of a model is given and answers, whatever is looked at inside it. */
export interface Pass {
  readonly given: PanelInputs;
  /** Shares of the next token, or of the classes; null for models that predict neither. */
  readonly distribution: Float64Array | null;
  readonly milliseconds: number;
}

/** A component in one pass, ready to be drawn or compared with another. */
export interface Measurement {
  readonly view: ViewDocument;
  readonly pass: Pass;
  readonly tokens: readonly Token[];
  readonly examples: readonly ExampleInput[];
  /** Where the component's source starts. */
  readonly place: Quote | null;
}

export interface MeasureRequest {
  readonly component: string;
  /** Path of the module. */
  readonly module: string;
  /** The head that is shown, where the module has heads. */
  readonly head: number;
  readonly prompt: string;
  readonly interventions: readonly Intervention[];
  readonly decoderStart: number;
  readonly overlay: Readonly<Record<string, string>>;
}

/**
 * Runs a model on a prompt and builds the document of one of its modules.
 * @param known the same pass, where it was made before: only what is looked at is then computed.
 */
export async function measure(
  model: LiveModel,
  request: MeasureRequest,
  known: Pass | null,
  readText: (file: string) => Promise<string>,
  signal: AbortSignal,
): Promise<Measurement> {
  const given = known?.given ?? (await panelInputs(model, request.prompt, request.decoderStart));
  try {
    return await measureGiven(model, request, given, known, readText, signal);
  } catch (error) {
    // A source that takes only so many tokens is shown what it takes of the text.
    const most = !known && error instanceof SourceError ? longestText(model.trace, given) : null;
    if (most === null) throw error;
    const shorter = await panelInputs(model, request.prompt, request.decoderStart, most);
    return await measureGiven(model, request, shorter, null, readText, signal);
  }
}

async function measureGiven(
  model: LiveModel,
  request: MeasureRequest,
  given: PanelInputs,
  known: Pass | null,
  readText: (file: string) => Promise<string>,
  signal: AbortSignal,
): Promise<Measurement> {
  const { trace } = model;
  const plan = planView(trace, request.component, request.module, request.head);
  const { interventions } = request;
  const { inputs, tokens, decoderTokens, examples } = given;
  const { drawing, summaries } = plan;
  const asked = { inputs, drawing, summaries, interventions };
  const answer = answerOf(trace);
  const answering = known ? null : answer;
  const [run, sources] = await Promise.all([
    answering ? model.run({ ...asked, outputAt: answering.at }, signal) : model.tap(asked, signal),
    readSources(trace, plan.places, request.overlay, readText),
  ]);
  const pass = known ?? {
    given,
    distribution: isWhole(run) ? sharesOf(run.output) : null,
    milliseconds: run.milliseconds,
  };
  const query = decoderTokens ?? tokens;
  const key = isCross(model, request.module) ? tokens : query;
  return {
    view: plan.build(run, { query, key }, interventions, sources),
    pass,
    tokens,
    examples,
    place: quote(trace, plan.start, sources),
  };
}

/** Whether the model's answer was asked for. */
function isWhole(run: RunResult | TapResult): run is RunResult {
  return "output" in run;
}

function isCross({ trace }: LiveModel, path: string): boolean {
  return recogniseAttention(trace).some(each => each.path === path && each.kind === "cross");
}
