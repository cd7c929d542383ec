import type { PrimitiveAttributes, PrimitiveName } from "../../shared/primitives.ts";
import { sizeHint } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";

/** A trace indexed for walking along the flow of data, backwards and forwards. */
export class DataFlow {
  readonly trace: Trace;
  readonly #producer: (Operation | undefined)[];
  readonly #consumers: Operation[][];

  constructor(trace: Trace) {
    this.trace = trace;
    this.#producer = new Array(trace.values.length);
    this.#consumers = trace.values.map(() => []);
    for (const operation of trace.operations) {
      for (const output of operation.outputs) this.#producer[output] = operation;
      for (const input of new Set(operation.inputs))
        if (input !== null) this.#consumers[input]!.push(operation);
    }
  }

  /** The operation that computes a value; undefined for a leaf. */
  producer(value: number): Operation | undefined {
    return this.#producer[value];
  }

  consumers(value: number): readonly Operation[] {
    return this.#consumers[value] ?? [];
  }

  /** Sizes as they were while tracing. */
  shape(value: number): number[] {
    return this.trace.values[value]!.shape.map(sizeHint);
  }

  rank(value: number): number {
    return this.trace.values[value]!.shape.length;
  }

  isParameter(value: number): boolean {
    return this.trace.values[value]!.leaf?.kind === "parameter";
  }

  /** Index of the module that was running; the root for what the tracer added itself. */
  moduleOf(operation: Operation): number {
    return operation.call === null ? 0 : this.trace.calls[operation.call]!.module;
  }

  /** Whether a value rests on something that `accepts` says yes to, within `limit` operations. */
  rests(value: number, accepts: (operation: Operation) => boolean, limit = 200): boolean {
    const seen = new Set<Operation>();
    const queue = [value];
    while (queue.length > 0 && seen.size < limit) {
      const operation = this.producer(queue.shift()!);
      if (!operation || seen.has(operation)) continue;
      if (accepts(operation)) return true;
      seen.add(operation);
      for (const input of operation.inputs) if (input !== null) queue.push(input);
    }
    return false;
  }
}

/** The attributes of an operation whose primitive is known. */
export function attributes<P extends PrimitiveName>(
  operation: Operation,
  primitive: P,
): PrimitiveAttributes[P] {
  if (operation.primitive !== primitive) throw new TypeError(`${operation.primitive} is not ${primitive}`);
  return operation.attributes as PrimitiveAttributes[P];
}

/** The innermost module that encloses all of `paths`. */
export function enclosingPath(paths: readonly string[]): string {
  const parts = paths.map(path => (path === "" ? [] : path.split(".")));
  const first = parts[0] ?? [];
  let length = first.length;
  for (const other of parts) {
    let same = 0;
    while (same < length && other[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length).join(".");
}
