import type { Operation, Trace } from "../../shared/trace.ts";
import { type Attention, recogniseAttention } from "./attention.ts";
import { type DataFlow, dataFlowOf } from "./graph.ts";
import { type Residual, residuals } from "./stream.ts";

/** A component at a place of a trace: the innermost module in which it runs, and the operations that make it up. */
export interface Finding {
  readonly path: string;
  readonly operations: readonly Operation[];
}

/** What the rules of one trace share. */
export interface Facts {
  readonly flow: DataFlow;
  readonly attentions: readonly Attention[];
  readonly residuals: readonly Residual[];
  /** What another rule found. */
  find(component: string): readonly Finding[];
}

/** Gathers the facts of a trace, each when it is first asked for. */
export function factsOf(trace: Trace, find: (component: string) => readonly Finding[]): Facts {
  const flow = dataFlowOf(trace);
  let stream: readonly Residual[] | undefined;
  return {
    flow,
    find,
    get attentions() {
      return recogniseAttention(trace);
    },
    get residuals() {
      stream ??= residuals(flow);
      return stream;
    },
  };
}

/** Whether `path` is `parent` or below it. */
export function within(path: string, parent: string): boolean {
  return parent === "" || path === parent || path.startsWith(`${parent}.`);
}
