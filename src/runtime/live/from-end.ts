import type { Tensor } from "../../shared/dtype.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Call, Operation, Trace } from "../../shared/trace.ts";
import { notComputed } from "../onnx/not-computed.ts";
import { numbers } from "../session/numbers.ts";
import { fromEnd } from "./failed-node.ts";

/** What gives every element of its input as it is; the tracer's signs.py knows the same ones. */
const SAME_ELEMENTS: ReadonlySet<PrimitiveName> = new Set(["reshape", "permute", "expand", "cast"]);

/** An argument of forward that a call looks rows up by. */
interface LookedUp {
  readonly name: string;
  readonly call: Call;
}

const found = new WeakMap<Trace, readonly LookedUp[]>();

/**
 * Throws where an argument that an embedding looks up holds an index below 0: torch refuses it, onnxruntime would count
 * it from the end. Indices that are computed are cared for in the trace.
 */
export function requireNoneFromEnd(trace: Trace, inputs: Readonly<Record<string, Tensor>>): void {
  const lookedUp = found.get(trace) ?? argumentsLookedUp(trace);
  found.set(trace, lookedUp);
  for (const { name, call } of lookedUp) {
    const given = inputs[name];
    const below = given && Array.from(numbers(given)).find(number => number < 0);
    if (below === undefined) continue;
    const reason = fromEnd(below);
    throw notComputed(trace, [call], reason, new RangeError(reason));
  }
}

/** Each argument once, with the first call that looks it up. */
function argumentsLookedUp(trace: Trace): readonly LookedUp[] {
  const made = new Map<number, Operation>();
  const calls = new Map<string, Call>();
  for (const operation of trace.operations) {
    if (operation.primitive !== "gather") {
      if (SAME_ELEMENTS.has(operation.primitive)) made.set(operation.outputs[0]!, operation);
      continue;
    }
    let index = operation.inputs[1]!;
    while (made.has(index)) index = made.get(index)!.inputs[0]!;
    const { leaf } = trace.values[index]!;
    const call = trace.calls[operation.call ?? -1];
    if (leaf?.kind === "input" && call && !calls.has(leaf.name)) calls.set(leaf.name, call);
  }
  return Array.from(calls, ([name, call]) => ({ name, call }));
}
