import type { DType } from "../../shared/dtype.ts";
import type { Intervention } from "../../shared/run.ts";
import type { Dimension } from "./builder.ts";
import type { GraphContext } from "./context.ts";

/** What kind of replacement a graph is prepared for; its numbers are inputs, so that changing them keeps the session. */
export interface InterventionSlot {
  /** Index of the value in its trace. */
  readonly value: number;
  /** Axes that are restricted to one index each. */
  readonly axes: readonly number[];
  /** x·factor + amount, one amount, or another run's tensor. */
  readonly kind: "affine" | "constant" | "tensor";
}

/** The part of an intervention that a graph input carries. */
export type ControlPart =
  | { readonly part: "factor" | "amount" | "tensor" }
  | { readonly part: "index"; readonly axis: number };

/** The slot that serves an intervention at a value of the trace. */
export function slotOf(value: number, { selector, operation }: Intervention): InterventionSlot {
  const kind = {
    scale: "affine",
    add: "affine",
    zero: "constant",
    set: "constant",
    patch: "tensor",
  } as const;
  return { value, axes: selector.axes.map(({ axis }) => axis), kind: kind[operation.kind] };
}

/** The number for an input of the slot that serves an intervention; a patch's tensor is given as it is. */
export function controlNumber({ selector, operation }: Intervention, control: ControlPart): number {
  switch (control.part) {
    case "index":
      return selector.axes.find(({ axis }) => axis === control.axis)?.index ?? 0;
    case "factor":
      return operation.kind === "scale" ? operation.factor : 1;
    case "amount":
      return operation.kind === "add" || operation.kind === "set" ? operation.amount : 0;
    case "tensor":
      throw new TypeError("a patch is a tensor, not a number");
  }
}

/** Declares an input of the graph for a part of an intervention. */
export type DeclareControl = (control: ControlPart, dtype: DType, shape: readonly Dimension[]) => string;

/** The iteration of a loop: the tensor, of shape [1], that holds its step, and the step of the first. */
export interface Iteration {
  readonly tensor: string;
  readonly first: number;
}

/** Which of all iterations it is, from 0; of shape [1]. */
function positionOf(graph: GraphContext, { tensor, first }: Iteration): string {
  return first === 0 ? tensor : graph.node("Sub", [tensor, graph.ints(first)]);
}

/**
 * Puts a replacement behind the tensor `name`, whose value has `shape`, and returns the tensor that takes its place. A
 * constant replaces rather than multiplies by 0, so that infinities and NaN go as well. Inside a loop (`iteration`), the
 * first of the value's axes counts the iterations, and `name` is the tensor of one.
 */
export function lowerIntervention(
  graph: GraphContext,
  slot: InterventionSlot,
  name: string,
  shape: readonly Dimension[],
  declare: DeclareControl,
  iteration?: Iteration,
): string {
  const dtype = graph.dtypeOf(slot.value);
  const number = (part: "factor" | "amount") => declare({ part }, "float32", []);
  let replaced: string;
  switch (slot.kind) {
    case "affine": {
      const carried = graph.cast(name, dtype, "float32");
      const scaled = graph.node("Mul", [carried, number("factor")]);
      replaced = graph.cast(graph.node("Add", [scaled, number("amount")]), "float32", dtype);
      break;
    }
    case "constant": {
      const amount = graph.cast(number("amount"), "float32", dtype);
      replaced = graph.node("Expand", [amount, graph.node("Shape", [name])]);
      break;
    }
    case "tensor": {
      replaced = declare({ part: "tensor" }, dtype, shape);
      if (iteration) {
        const row = graph.node("Gather", [replaced, positionOf(graph, iteration)], { axis: 0 });
        replaced = graph.node("Squeeze", [row, graph.ints(0)]);
      }
      break;
    }
  }
  let selected: string | null = null;
  for (const axis of slot.axes) {
    const index = declare({ part: "index", axis }, "int64", []);
    const rank = shape.length - (iteration ? 1 : 0);
    const mask =
      iteration && axis === 0
        ? graph.node("Equal", [positionOf(graph, iteration), index])
        : axisMask(graph, name, iteration ? axis - 1 : axis, rank, index);
    selected = selected === null ? mask : graph.node("And", [selected, mask]);
  }
  return selected === null ? replaced : graph.select(dtype, selected, replaced, name);
}

/** True at one index of an axis, of a shape that broadcasts over the others. */
function axisMask(graph: GraphContext, name: string, axis: number, rank: number, index: string): string {
  const size = graph.node("Squeeze", [graph.node("Shape", [name], { start: axis, end: axis + 1 })]);
  const positions = graph.node("Range", [graph.scalar("int64", 0), size, graph.scalar("int64", 1)]);
  const shape = Array.from({ length: rank }, (_, i) => (i === axis ? -1 : 1));
  return graph.node("Equal", [graph.node("Reshape", [positions, graph.ints(...shape)]), index]);
}
