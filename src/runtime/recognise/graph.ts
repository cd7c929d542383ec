import type { PrimitiveAttributes, PrimitiveName } from "../../shared/primitives.ts";
import { sizeHint } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";

/** Where the numbers and their order in memory stay what they were. */
const SAME_NUMBERS: ReadonlySet<PrimitiveName> = new Set(["cast", "reshape", "expand"]);

/** What a weight may pass through between the checkpoint and a product. */
const SAME_WEIGHT: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "reshape",
  "expand",
  "permute",
  "slice",
  "gather",
  "resize",
]);

/** The flow of data of a trace, indexed once: traces never change. */
export function dataFlowOf(trace: Trace): DataFlow {
  const flow = known.get(trace) ?? new DataFlow(trace);
  known.set(trace, flow);
  return flow;
}

const known = new WeakMap<Trace, DataFlow>();

/** Sums of products: of hidden states with parameters, with one another, or with numbers. */
export const PRODUCTS: ReadonlySet<PrimitiveName> = new Set([
  "linear",
  "matmul",
  "einsum",
  "conv",
  "grouped_mm",
]);

/** A weight that was scaled or normalised is one still. */
const SCALING: ReadonlySet<PrimitiveName> = new Set(["mul", "div"]);

/** A trace indexed for walking along the flow of data, backwards and forwards. */
export class DataFlow {
  readonly trace: Trace;
  /** In the order of computation; what a loop does in one iteration stands before the loop. */
  readonly operations: readonly Operation[];
  readonly #producer: (Operation | undefined)[];
  readonly #consumers: Operation[][];
  readonly #order = new Map<Operation, number>();
  readonly #called = new Set<string>();
  readonly #varying = new Set<number>();

  constructor(trace: Trace) {
    this.trace = trace;
    this.#producer = new Array(trace.values.length);
    this.#consumers = trace.values.map(() => []);
    for (const { module } of trace.calls) this.#called.add(trace.modules[module]!.path);
    for (const { module, variable } of trace.named)
      if (variable === null) this.#called.add(trace.modules[module]!.path);
    // A source's own module runs; torch's lists, dictionaries and sequences may only hold others.
    for (const { path, classPlace } of trace.modules) if (classPlace !== null) this.#called.add(path);
    for (const [value, { leaf }] of trace.values.entries())
      if (leaf?.kind === "input") this.#varying.add(value);
    this.operations = trace.operations.flatMap(unrolled);
    for (const [index, operation] of this.operations.entries()) {
      this.#order.set(operation, index);
      const varies = operation.inputs.some(input => input !== null && this.#varying.has(input));
      for (const output of operation.outputs) {
        this.#producer[output] = operation;
        if (varies) this.#varying.add(output);
      }
      for (const input of new Set(operation.inputs))
        if (input !== null) this.#consumers[input]!.push(operation);
    }
  }

  /** The operation that computes a value; undefined for a leaf. */
  producer(value: number): Operation | undefined {
    return this.#producer[value];
  }

  /** Place of the computation of a value among all operations; -1 for a leaf. */
  indexOf(value: number): number {
    const operation = this.producer(value);
    return operation ? this.#order.get(operation)! : -1;
  }

  /** Whether numbers of an input go into a value: it is another one for other texts, pictures or sounds. */
  varies(value: number): boolean {
    return this.#varying.has(value);
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

  /** The value before changes of type and shape alone. */
  unchanged(value: number): number {
    for (let current = value; ; ) {
      const operation = this.producer(current);
      if (!operation || !SAME_NUMBERS.has(operation.primitive)) return current;
      current = operation.inputs[0]!;
    }
  }

  /** Whether a value is a parameter, as it is or in another shape, order, part or scale. */
  isWeight(value: number): boolean {
    for (let current = value; ; ) {
      if (this.isParameter(current)) return true;
      const operation = this.producer(current);
      if (!operation) return false;
      const [first, second] = operation.inputs;
      // A matrix of a stack, such as one expert's, is a weight; rows of a table are hidden states.
      if (operation.primitive === "gather" && this.rank(first!) < 3) return false;
      if (SCALING.has(operation.primitive) && !this.varies(current))
        return [first, second].some(each => each != null && this.isWeight(each));
      if (!SAME_WEIGHT.has(operation.primitive)) return false;
      current = first!;
    }
  }

  /** The innermost module in which all of `operations` ran; not one that only holds others, which never runs. */
  enclosing(operations: readonly Operation[]): string {
    const own = operations.filter(operation => operation.call !== null);
    return this.running(
      enclosingPath(own.map(operation => this.trace.modules[this.moduleOf(operation)]!.path)),
    );
  }

  /** The module of this path, or the nearest one around it that was called. */
  running(path: string): string {
    let current = path;
    while (current !== "" && !this.#called.has(current))
      current = current.includes(".") ? current.slice(0, current.lastIndexOf(".")) : "";
    return current;
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
function enclosingPath(paths: readonly string[]): string {
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

/** A loop with one iteration of what it does before it; any other operation alone. */
function unrolled(operation: Operation): Operation[] {
  if (operation.primitive !== "scan") return [operation];
  return [...attributes(operation, "scan").body.operations.flatMap(unrolled), operation];
}
