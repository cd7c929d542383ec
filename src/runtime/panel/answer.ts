import type { Selector } from "../../shared/run.ts";
import { sizeHint } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import { outputValue } from "../live/values.ts";
import { readsTokens, tableRows } from "../recognise/arguments.ts";
import { recogniseAttention } from "../recognise/attention.ts";
import { dataFlowOf } from "../recognise/graph.ts";

/** What a model says of what it was given: the next token, or the class. */
export interface Answer {
  readonly kind: "token" | "class";
  /** Where the scores are in its output. */
  readonly at: Selector;
}

/** The kind of a model's answer; null for models that give hidden states, pictures or single numbers. */
export function answerOf(trace: Trace): Answer | null {
  const value = outputValue(trace);
  const { shape } = trace.values[value]!;
  const named = trace.outputs.find(output => output.value === value)?.name === "logits";
  if (shape.length === 3 && (named || scoresTokens(trace, value)))
    return isCausal(trace) ? { kind: "token", at: { axes: [{ axis: 1, index: -1 }] } } : null;
  const classes = shape[1];
  const scores = shape.length === 2 && typeof classes === "number" && classes > 1;
  return scores && (named || isHead(trace, value))
    ? { kind: "class", at: { axes: [{ axis: 0, index: 0 }] } }
    : null;
}

/** Whether a position sees only what is before it. */
function isCausal(trace: Trace): boolean {
  return recogniseAttention(trace).some(each => each.kind === "self" && each.causal);
}

/** Whether a value has a number for every row of the table that tokens look up. */
function scoresTokens(trace: Trace, value: number): boolean {
  const size = sizeHint(trace.values[value]!.shape.at(-1)!);
  return trace.values.some(
    ({ leaf }, input) =>
      leaf?.kind === "input" && readsTokens(trace, input) && tableRows(trace, input) === size,
  );
}

/** Whether a value is all that a model returns, straight from a linear layer. */
function isHead(trace: Trace, value: number): boolean {
  const flow = dataFlowOf(trace);
  const { primitive } = flow.producer(flow.unchanged(value)) ?? {};
  return trace.outputs.length === 1 && primitive === "linear";
}
