import type { Operation } from "../../shared/trace.ts";
import type { DataFlow } from "./graph.ts";
import { scalarOf } from "./scalar.ts";
import type { Step } from "./score-trail.ts";

const COMPARISONS = new Set(["lt", "le", "gt", "ge"]);

/** A triangle, or a comparison of two things that are counted. */
export function comparesPositions(flow: DataFlow, operation: Operation): boolean {
  if (operation.primitive === "trilu") return true;
  if (!COMPARISONS.has(operation.primitive)) return false;
  return operation.inputs.every(input => input !== null && flow.rests(input, counts));
}

/** A comparison of positions where one of them is moved by more than one place. */
export function comparesDistance(flow: DataFlow, operation: Operation): boolean {
  if (!comparesPositions(flow, operation) || operation.primitive === "trilu") return false;
  return operation.inputs.some(input => {
    const moved = input === null ? undefined : flow.producer(input);
    if (moved?.primitive !== "add" && moved?.primitive !== "sub") return false;
    return moved.inputs.some(each => each !== null && Math.abs(scalarOf(flow, each) ?? 0) > 1);
  });
}

function counts(operation: Operation): boolean {
  return operation.primitive === "range" || operation.primitive === "cumsum";
}

/** Whether an operation reads a parameter: what rests on it was learned. */
export function usesParameter(flow: DataFlow, operation: Operation): boolean {
  return operation.inputs.some(input => input !== null && flow.isParameter(input));
}

/** What takes a mask away: the value that carries it, and what that has to be. */
export interface MaskLift {
  readonly value: number;
  readonly operation: { readonly kind: "zero" } | { readonly kind: "set"; readonly amount: number };
}

/**
 * How the mask that compares positions can be taken away: an added one by zero, a chosen one by choosing the scores
 * everywhere. Null where there is none, or where it also carries a learned bias.
 */
export function liftOf(flow: DataFlow, masking: readonly Step[]): MaskLift | null {
  for (const { operation, input } of masking) {
    const [first, second] = operation.inputs;
    if (first == null || second == null) continue;
    const carrier = operation.primitive === "where" || first !== input ? first : second;
    if (!flow.rests(carrier, each => comparesPositions(flow, each))) continue;
    if (flow.rests(carrier, each => usesParameter(flow, each))) return null;
    if (operation.primitive === "add") return { value: carrier, operation: { kind: "zero" } };
    if (operation.primitive === "where")
      return { value: carrier, operation: second === input ? { kind: "set", amount: 1 } : { kind: "zero" } };
  }
  return null;
}
