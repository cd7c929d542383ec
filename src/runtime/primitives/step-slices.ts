import type { ScanBody } from "../../shared/primitives.ts";
import { type Atom, differenceOf, type Size, sumOf } from "../../shared/size.ts";
import type { Operation } from "../../shared/trace.ts";

/** A slice that each iteration of a loop takes of a tensor from outside: one place, which moves on by one each time. */
export interface StepSlice {
  readonly operation: Operation<"slice">;
  /** It starts at offset + step, or offset − step. */
  readonly offset: Size;
  readonly forwards: boolean;
  /** Reshapes that only take away the axis of size 1. */
  readonly narrowed: ReadonlySet<Operation>;
  /** Something uses it with that axis. */
  readonly whole: boolean;
}

/** The slices of a body that Scan can give, by the value that each computes. */
export function slicesByStep(
  body: ScanBody,
  operations: readonly Operation[],
  shapeOf: (value: number) => readonly Size[],
): ReadonlyMap<number, StepSlice> {
  const inside = new Set([body.step, ...body.carried.map(({ value }) => value)]);
  for (const { outputs } of operations) for (const output of outputs) inside.add(output);
  const results = new Set([...body.outputs, ...body.carried.map(({ next }) => next)]);
  const found = new Map<number, StepSlice>();
  for (const operation of operations) {
    if (operation.primitive !== "slice") continue;
    const slice = operation as Operation<"slice">;
    const { dim, start, end, step } = slice.attributes;
    const source = slice.inputs[0]!;
    const moving = step === 1 && !inside.has(source) ? movingStart(start, end, body.step) : null;
    if (moving === null) continue;
    const value = slice.outputs[0]!;
    const users = operations.filter(({ inputs }) => inputs.includes(value));
    const narrowed = new Set(users.filter(user => takesAxisAway(user, shapeOf(value), dim)));
    const whole = users.length > narrowed.size || results.has(value);
    found.set(value, { operation: slice, ...moving, narrowed, whole });
  }
  return found;
}

/** start = offset ± step and end = start + 1. */
function movingStart(start: Size, end: Size, step: number): { offset: Size; forwards: boolean } | null {
  if (typeof start === "number" || differenceOf(end, start) !== 1) return null;
  const moving = start.poly.filter(([, atoms]) => atoms.some(atom => dependsOn(atom, step)));
  const [only] = moving;
  if (moving.length !== 1 || only === undefined || only[1].length !== 1 || only[1][0]!.kind !== "item")
    return null;
  const forwards = only[0] > 0;
  if (Math.abs(only[0]) !== 1) return null;
  const own = { poly: [[1, only[1]]] as const, hint: 0 };
  return { offset: forwards ? differenceOf(start, own) : sumOf(start, own), forwards };
}

function dependsOn(atom: Atom, step: number): boolean {
  switch (atom.kind) {
    case "item":
      return atom.value === step;
    case "floordiv":
    case "mod":
      return [...atom.left, ...atom.right].some(([, atoms]) => atoms.some(inner => dependsOn(inner, step)));
    default:
      return false;
  }
}

function takesAxisAway(user: Operation, shape: readonly Size[], dim: number): boolean {
  if (user.primitive !== "reshape") return false;
  return (
    JSON.stringify((user as Operation<"reshape">).attributes.shape) ===
    JSON.stringify(shape.toSpliced(dim, 1))
  );
}
