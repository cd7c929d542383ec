import type { Trace } from "../../shared/trace.ts";
import { recogniseAttention } from "./attention.ts";
import { within } from "./facts.ts";

/** At which modules a component is shown that is no structure of its own. */
export type ShownAt = (
  trace: Trace,
  modulesOf: (component: string) => readonly string[],
) => readonly string[];

const whole: ShownAt = trace => (trace.operations.length > 0 ? [""] : []);

/** One entry per such component; the ids are the catalogue's. */
export const SHOWN_AT: Readonly<Record<string, ShownAt>> = {
  "contextual-embedding": (_trace, modulesOf) => modulesOf("transformer-block"),
  encoder: trace => stacks(trace, false),
  decoder: trace => stacks(trace, true),
  "encoder-decoder": whole,
  sampling: whole,
  "cross-entropy": whole,
};

/** The outermost modules with several attentions whose self-attention is causal throughout, or nowhere. */
function stacks(trace: Trace, causal: boolean): readonly string[] {
  const attentions = recogniseAttention(trace);
  const fits = trace.modules
    .map(module => module.path)
    .filter(path => {
      const inside = attentions.filter(each => within(each.path, path));
      const self = inside.filter(each => each.kind === "self");
      return inside.length > 1 && self.length > 0 && self.every(each => each.causal === causal);
    });
  return fits.filter(path => !fits.some(other => other !== path && within(path, other)));
}
