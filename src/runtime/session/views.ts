import { DTYPE_BYTES, type Tensor } from "../../shared/dtype.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import { evaluateSize, type SizeBindings } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { elementsOf, inARow, type Layout, type Rearrangement } from "../primitives/layout.ts";
import type { Primitive } from "../primitives/primitive.ts";
import { PRIMITIVES } from "../primitives/table.ts";

/** How a value is read from another, whose elements it holds at other places. */
export interface View {
  readonly base: number;
  readonly steps: readonly Rearrangement[];
}

/**
 * Values of a trace that hold another's elements at other places. What is fetched is copied out of onnxruntime, and a view
 * that is fetched has to be made there, where else it is part of the operation after it: where what it shows is fetched
 * too, it is read from that, and only when someone looks.
 */
export class Views {
  readonly #makers = new Map<number, Operation>();

  constructor(trace: Trace) {
    for (const operation of trace.operations) {
      if (rowOf(operation).view && operation.inputs[0] !== null)
        this.#makers.set(operation.outputs[0]!, operation);
    }
  }

  /** Those of `values` that need not be fetched, beside all others of them. */
  among(values: Iterable<number>, sizes: SizeBindings): Map<number, View> {
    const asked = new Set(values);
    const views = new Map<number, View>();
    for (const value of asked) {
      const view = this.#viewOf(value, asked, sizes);
      if (view) views.set(value, view);
    }
    return views;
  }

  /** From the first of the values before it that is asked for: that one shows no other. */
  #viewOf(value: number, asked: ReadonlySet<number>, sizes: SizeBindings): View | null {
    const steps: Rearrangement[] = [];
    let found: View | null = null;
    for (let at = value; ; ) {
      const maker = this.#makers.get(at);
      const step = maker && rearrangementOf(maker, sizes);
      if (!step) return found;
      steps.unshift(step);
      at = maker.inputs[0]!;
      if (asked.has(at)) found = { base: at, steps: [...steps] };
    }
  }
}

/** The tensor that a view of `base` is: its bytes are put together when they are first read. */
export function viewed(base: Tensor, { steps }: View): Tensor {
  let source = base;
  let layout = inARow(base.shape);
  for (const step of steps) {
    let next = step(layout);
    if (next === null) {
      source = lazily(source, layout);
      next = step(inARow(layout.shape))!;
    }
    layout = next;
  }
  return lazily(source, layout);
}

/** Null where an attribute is a size that only the run itself shows. */
function rearrangementOf(operation: Operation, sizes: SizeBindings): Rearrangement | null {
  let known = true;
  const rearrangement = rowOf(operation).view!(operation, size => {
    const number = evaluateSize(size, sizes);
    if (number === undefined) known = false;
    return number ?? 0;
  });
  return known ? rearrangement : null;
}

function rowOf(operation: Operation): Primitive<PrimitiveName> {
  return PRIMITIVES[operation.primitive] as Primitive<PrimitiveName>;
}

const lazy = new WeakSet<Tensor>();

/** Whether a tensor is such a view: to ask for its bytes would make them. */
export function isViewed(tensor: Tensor): boolean {
  return lazy.has(tensor);
}

function lazily(source: Tensor, layout: Layout): Tensor {
  let data: Uint8Array | undefined;
  const view: Tensor = {
    dtype: source.dtype,
    shape: layout.shape,
    get data() {
      data ??= bytesOf(source, layout);
      return data;
    },
  };
  lazy.add(view);
  return view;
}

function bytesOf({ data, dtype }: Tensor, layout: Layout): Uint8Array {
  const width = DTYPE_BYTES[dtype];
  const Elements = ELEMENTS[width as keyof typeof ELEMENTS];
  const from = new Elements(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / width);
  const { buffer, byteOffset, byteLength } = elementsOf(from, layout);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const ELEMENTS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;
