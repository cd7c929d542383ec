import { createHash } from "node:crypto";
import type { Operation } from "../../../shared/trace.ts";
import type { DataFlow } from "../../recognise/graph.ts";
import { isHiding, scalarOf } from "../../recognise/scalar.ts";
import { sizeDependencies } from "../sizes.ts";

/** What hides keys from queries: a tensor that broadcasts to scores and rests on sizes alone. */
export interface Mask {
  readonly value: number;
  /** "added" to the scores; or a condition under which a score is kept, or hidden. */
  readonly kind: "added" | "keeps" | "hides";
  /** Equal for masks that are computed alike from the same values. */
  readonly identity: string;
}

/** How scores are prepared for a softmax: multiplied by one number, then masked. */
export interface Masking {
  /** The product of queries and keys. */
  readonly scores: number;
  readonly scale: number;
  readonly masks: readonly Mask[];
}

/** Null where something else is done to the scores. */
export function maskingOf(flow: DataFlow, softmaxInput: number): Masking | null {
  const masks: Mask[] = [];
  let scale = 1;
  let value = softmaxInput;
  for (;;) {
    const operation = flow.producer(value);
    if (!operation) return null;
    const step = stepOf(flow, operation);
    if (step === null) return masks.length > 0 ? { scores: value, scale, masks } : null;
    if ("factor" in step) scale *= step.factor;
    // Factors come first: one that follows would change what is added.
    else if (scale !== 1) return null;
    else masks.push(step.mask);
    value = step.input;
  }
}

type Step = { readonly input: number } & ({ readonly factor: number } | { readonly mask: Mask });

function stepOf(flow: DataFlow, operation: Operation): Step | null {
  const [a, b, c] = operation.inputs as [number, number, number];
  switch (operation.primitive) {
    case "mul":
    case "div": {
      const number = scalarOf(flow, b);
      if (number === null || flow.rank(b) > 0) return null;
      return { input: a, factor: operation.primitive === "mul" ? number : 1 / number };
    }
    case "add": {
      const mask = maskAt(flow, b, "added");
      return mask && { input: a, mask };
    }
    case "where": {
      const [kept, other] = isHiding(flow, b) ? [c, b] : [b, c];
      const mask = isHiding(flow, other) ? maskAt(flow, a, kept === b ? "keeps" : "hides") : null;
      return mask && { input: kept, mask };
    }
    default:
      return null;
  }
}

function maskAt(flow: DataFlow, value: number, kind: Mask["kind"]): Mask | null {
  const identity = identityOf(flow, value, new Map());
  return identity === null ? null : { value, kind, identity };
}

/** Identifies how a value is computed; null where it rests on more than sizes and constants. */
function identityOf(flow: DataFlow, value: number, known: Map<number, string | null>): string | null {
  const earlier = known.get(value);
  if (earlier !== undefined) return earlier;
  const operation = flow.producer(value);
  let identity: string | null = null;
  if (operation && sizeDependencies(operation.attributes).size === 0) {
    const inputs = operation.inputs.map(input => (input === null ? "" : identityOf(flow, input, known)));
    if (!inputs.includes(null)) {
      const output = operation.outputs.indexOf(value);
      const computed = JSON.stringify([operation.primitive, operation.attributes, inputs, output]);
      identity = createHash("sha256").update(computed).digest("hex");
    }
  }
  known.set(value, identity);
  return identity;
}
