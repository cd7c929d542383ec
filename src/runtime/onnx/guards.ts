import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { evaluatePolynomial, type SizeBindings } from "../../shared/size.ts";
import type { Guard, Trace } from "../../shared/trace.ts";
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
    return left !== undefined && right !== undefined && HOLDS[guard.comparison](left, right) !== guard.result;
  });
}

/** The first guard on data that comes out differently, by its index; null where all hold. `values` holds what they read. */
export function violatedDataGuard(trace: Trace, values: ReadonlyMap<number, Tensor>): number | null {
  const index = trace.guards.findIndex(guard => {
    if (guard.kind !== "data") return false;
    const tensor = values.get(guard.value);
    if (tensor === undefined) return false;
    const expected = Array.isArray(guard.result) ? guard.result : [guard.result];
    const { data } = fromBytes(tensor.dtype, tensor.shape, tensor.data);
    return (
      data.length !== expected.length ||
      expected.some((scalar, i) => !Object.is(data[i]!, scalarNumber(scalar)))
    );
  });
  return index < 0 ? null : index;
}
