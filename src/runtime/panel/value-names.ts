import type { ValueRef } from "../../shared/run.ts";
import type { NamedValue, Trace } from "../../shared/trace.ts";

const indexes = new WeakMap<Trace, Map<number, NamedValue>>();

/** The name of a value, the variable that it was assigned to before the module that returned it; undefined without any. */
export function nameOf(trace: Trace, value: number): NamedValue | undefined {
  let index = indexes.get(trace);
  if (!index) {
    index = new Map();
    for (const named of trace.named) {
      const earlier = index.get(named.value);
      if (!earlier || (earlier.variable === null && named.variable !== null)) index.set(named.value, named);
    }
    indexes.set(trace, index);
  }
  return index.get(value);
}

/** A value's id where it has one, else its index. */
export function referenceTo(trace: Trace, value: number): ValueRef {
  return nameOf(trace, value)?.id ?? value;
}

/** Whether a reference means a value of this trace. */
export function isReferenceIn(trace: Trace, reference: ValueRef): boolean {
  return typeof reference === "number"
    ? reference < trace.values.length
    : trace.named.some(named => named.id === reference);
}

/** The place that computes a value: the assignment, else the innermost frame of the torch call. */
export function placeOf(trace: Trace, value: number): number | null {
  const named = nameOf(trace, value);
  if (named?.variable != null && named.place !== null) return named.place;
  const operation = trace.operations.find(each => each.outputs.includes(value));
  if (operation?.call == null) return named?.place ?? null;
  return trace.calls[operation.call]!.places[0] ?? null;
}
