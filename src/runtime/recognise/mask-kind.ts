import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import { attributes, type DataFlow, PRODUCTS } from "./graph.ts";
import { areDistances, counts, isComputed, LOOK_UPS } from "./positions.ts";
import { scalarOf } from "./scalar.ts";
import type { Step } from "./score-trail.ts";

const ORDERING: ReadonlySet<PrimitiveName> = new Set(["lt", "le", "gt", "ge"]);

/** What decides who may see whom. */
const DECIDING: ReadonlySet<PrimitiveName> = new Set([
  ...ORDERING,
  "eq",
  "ne",
  "and",
  "or",
  "not",
  "xor",
  "trilu",
  "isinf",
]);

/** What a term that is added to scores, or chooses among them, carries. */
export interface TermOfScores {
  /** Some keys are hidden from some queries. */
  readonly mask: boolean;
  /** Those that come later are. */
  readonly causal: boolean;
  /** Those that are far away are. */
  readonly windowed: boolean;
  /** A bias by the distance between query and key: looked up, computed from it, or a product of queries with it. */
  readonly byDistance: boolean;
}

/** Reads a term back to where it comes from; not into the whole numbers by which a bias is looked up. */
export function termOfScores(flow: DataFlow, term: number): TermOfScores {
  const found = { mask: false, causal: false, windowed: false, byDistance: false };
  const seen = new Set<number>();
  const queue = [{ value: term, decided: flow.trace.values[term]!.dtype === "bool" }];
  while (queue.length > 0 && seen.size < MOST_OF_A_TERM) {
    const { value, decided } = queue.pop()!;
    if (seen.has(value)) continue;
    seen.add(value);
    const operation = flow.producer(value);
    if (!operation) {
      const { leaf, shape } = flow.trace.values[value]!;
      if (leaf?.kind === "input" && shape.length >= 2) found.mask = true;
      continue;
    }
    const { primitive, inputs } = operation;
    const decides = DECIDING.has(primitive);
    found.mask ||= decides;
    found.causal ||= comparesPositions(flow, operation);
    found.windowed ||= comparesDistance(flow, operation);
    found.byDistance ||= !decided && counts(operation);
    if (LOOK_UPS.has(primitive)) {
      const [table, index] = inputs;
      found.byDistance ||= index != null && areDistances(flow, index);
      if (table != null) queue.push({ value: table, decided });
    } else if (PRODUCTS.has(primitive)) {
      const operands = inputs.filter((input): input is number => input !== null);
      const fixed = operands.filter(input => !flow.varies(input));
      // Queries times what is the same for every text: embeddings of distances (Dai et al. 2019).
      found.byDistance ||=
        operands.length === 2 && fixed.length === 1 && fixed.some(each => isComputed(flow, each));
      if (fixed.length === operands.length) for (const value of fixed) queue.push({ value, decided });
    } else
      for (const [place, input] of inputs.entries())
        if (input !== null)
          queue.push({ value: input, decided: decided || decides || (primitive === "where" && place === 0) });
  }
  return found;
}

/** A mask with all its comparisons is shorter. */
const MOST_OF_A_TERM = 300;

/** A triangle, or a comparison of two things that are counted. */
function comparesPositions(flow: DataFlow, operation: Operation): boolean {
  if (operation.primitive === "trilu") return true;
  if (!ORDERING.has(operation.primitive)) return false;
  return operation.inputs.every(input => input !== null && flow.rests(input, counts));
}

/**
 * A comparison of a distance with a number, or of positions where one of them is moved by more than one place; a triangle
 * that begins as many places beside the diagonal.
 */
function comparesDistance(flow: DataFlow, operation: Operation): boolean {
  if (operation.primitive === "trilu") {
    const { diagonal } = attributes(operation, "trilu");
    return typeof diagonal === "number" && Math.abs(diagonal) > 1;
  }
  if (ORDERING.has(operation.primitive)) {
    const [a, b] = operation.inputs;
    if (a == null || b == null) return false;
    for (const [distance, limit] of [
      [a, b],
      [b, a],
    ] as const)
      if (Math.abs(scalarOf(flow, limit) ?? 0) > 1 && areDistances(flow, distance)) return true;
  }
  if (!comparesPositions(flow, operation)) return false;
  return operation.inputs.some(input => {
    const moved = input === null ? undefined : flow.producer(input);
    if (moved?.primitive !== "add" && moved?.primitive !== "sub") return false;
    return moved.inputs.some(each => each !== null && Math.abs(scalarOf(flow, each) ?? 0) > 1);
  });
}

/** Whether an operation reads a parameter: what rests on it was learned. */
function usesParameter(flow: DataFlow, operation: Operation): boolean {
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
