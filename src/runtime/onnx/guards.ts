import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Scalar } from "../../shared/primitives.ts";
import { evaluatePolynomial, type SizeBindings } from "../../shared/size.ts";
import type { Guard, Trace, TraceRequest } from "../../shared/trace.ts";
import { fromBytes, scalarNumber } from "../primitives/numbers.ts";

/** Concrete inputs of a run, as far as sizes go. */
export type InputShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Inputs that do not fit one another, or forward's arguments: which, and why. */
export class InputShapeError extends Error {
  readonly input: string;
  constructor(message: string, input: string) {
    super(message);
    this.name = "InputShapeError";
    this.input = input;
  }
}

/**
 * The number every symbol of a trace stands for in a run with these inputs. Inputs that are not given leave the symbols
 * that only they have unbound. Throws InputShapeError where two axes of one symbol disagree or an axis is missing.
 */
export function bindSymbols(trace: Trace, shapes: InputShapes): SizeBindings {
  const bindings = new Map<string, number>();
  for (const { name, axes } of trace.symbols) {
    let first: { input: string; axis: number } | null = null;
    for (const { input, axis } of axes) {
      const shape = shapes.get(input)?.shape;
      if (shape === undefined) continue;
      const size = shape[axis];
      if (size === undefined) {
        throw new InputShapeError(
          t("{0} has {1} axes; its axis {2} should be {3}.", input, shape.length, axis, name),
          input,
        );
      }
      const bound = bindings.get(name);
      if (first !== null && bound !== size) {
        throw new InputShapeError(
          t(
            "{0} has {1} on axis {2}, but {3} has {4} on axis {5}: both are {6} and must be equal.",
            input,
            size,
            axis,
            first.input,
            bound ?? 0,
            first.axis,
            name,
          ),
          input,
        );
      }
      first ??= { input, axis };
      bindings.set(name, size);
    }
  }
  return bindings;
}

const HOLDS: Record<(Guard & { kind: "size" })["comparison"], (left: number, right: number) => boolean> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
};

/**
 * The guards on sizes that come out differently with these sizes. One that rests on data cannot be answered before the
 * run and is left out.
 */
export function violatedGuards(trace: Trace, bindings: SizeBindings): Guard[] {
  return trace.guards.filter(guard => {
    if (guard.kind !== "size") return false;
    const left = evaluatePolynomial(guard.left, bindings);
    const right = evaluatePolynomial(guard.right, bindings);
    if (left === undefined || right === undefined) return false;
    return Number.isNaN(left + right) || HOLDS[guard.comparison](left, right) !== guard.result;
  });
}

/** Values that guards on data are checked against after a run. */
export function guardedValues(trace: Trace): number[] {
  return trace.guards.flatMap(guard => (guard.kind === "data" ? [guard.value] : []));
}

/** Control flow that rested on data went another way than the run's data does. */
export interface DataViolation {
  /** Index of the first guard on data that comes out differently. */
  readonly guard: number;
  /** What the guards on data up to this one found in the run: with these answers a trace goes the right way thus far. */
  readonly answers: Answers;
}

/** What reads of data give, in the order of a trace's guards on data. */
export type Answers = NonNullable<TraceRequest["answers"]>;

/** The first guard on data that comes out differently; null where all hold. `values` holds what they read. */
export function violatedDataGuard(trace: Trace, values: ReadonlyMap<number, Tensor>): DataViolation | null {
  const answers: Answers[number][] = [];
  for (const [index, guard] of trace.guards.entries()) {
    if (guard.kind !== "data") continue;
    const tensor = values.get(guard.value);
    const expected = Array.isArray(guard.result) ? guard.result : [guard.result];
    const found = tensor
      ? fromBytes(tensor.dtype, tensor.shape, tensor.data).data
      : expected.map(scalarNumber);
    const differs =
      found.length !== expected.length ||
      expected.some((scalar, i) => !Object.is(found[i]!, scalarNumber(scalar)));
    if (!differs) {
      answers.push(guard.result);
      continue;
    }
    const scalars = Array.from(found, number => scalarOf(number, tensor?.dtype === "bool"));
    answers.push(tensor?.shape.length === 0 ? scalars[0]! : scalars);
    return { guard: index, answers };
  }
  return null;
}

function scalarOf(number: number, isTruth: boolean): Scalar {
  if (isTruth) return number !== 0;
  return Number.isFinite(number) ? number : (String(number) as Scalar);
}
