import type { Trace } from "../../shared/trace.ts";
import { SYMBOLS } from "../live/inputs.ts";
import { bindSymbols, violatedGuards } from "../onnx/guards.ts";
import type { PanelInputs } from "./inputs.ts";

/**
 * How much of a text a source takes by what it decided while it was traced: the most tokens, fewer than the text has,
 * with which it would decide the same. Null where the whole text would, or none.
 */
export function longestText(trace: Trace, { inputs, tokens }: PanelInputs): number | null {
  const sizes = bindSymbols(trace, new Map(Object.entries(inputs)));
  const holds = (length: number) => {
    const bindings = new Map(sizes);
    for (const { symbol } of [SYMBOLS.sequence, SYMBOLS.decoderSequence])
      if (bindings.has(symbol)) bindings.set(symbol, length);
    return violatedGuards(trace, bindings).length === 0;
  };
  if (holds(tokens.length)) return null;
  for (let length = tokens.length - 1; length > 0; length--) if (holds(length)) return length;
  return null;
}
