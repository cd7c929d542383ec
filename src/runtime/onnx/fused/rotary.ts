import { attributes, type DataFlow } from "../../recognise/graph.ts";
import { scalarOf } from "../../recognise/scalar.ts";

/** x·cos + rotate(x)·sin over the last axis, rotate(a, b) = (−b, a) for its halves (Su et al. 2021). */
export interface Rotary {
  readonly x: number;
  /** [1, …, tokens, width] each, their two halves equal. */
  readonly cos: number;
  readonly sin: number;
}

/** The rotation that computes a value, or null where something else does. */
export function rotaryOf(flow: DataFlow, value: number): Rotary | null {
  for (const [straight, turned] of bothWays(flow, value, "add")) {
    for (const [x, cos] of bothWays(flow, straight, "mul")) {
      for (const [rotated, sin] of bothWays(flow, turned, "mul")) {
        if (halfTurned(flow, rotated) !== x) continue;
        if ([cos, sin].every(angle => isTable(flow, angle) && halvesEqual(flow, angle)))
          return { x, cos, sin };
      }
    }
  }
  return null;
}

function bothWays(flow: DataFlow, value: number, primitive: "add" | "mul"): [number, number][] {
  const operation = flow.producer(value);
  if (operation?.primitive !== primitive) return [];
  const [a, b] = operation.inputs as [number, number];
  return [
    [a, b],
    [b, a],
  ];
}

/** x, where a value is (−second half, first half) of x. */
function halfTurned(flow: DataFlow, value: number): number | null {
  const joined = flow.producer(value);
  if (joined?.primitive !== "concat" || joined.inputs.length !== 2) return null;
  const axis = flow.rank(value) - 1;
  if (attributes(joined, "concat").dim !== axis) return null;
  const negated = flow.producer(joined.inputs[0]!);
  if (negated?.primitive !== "neg") return null;
  const width = flow.shape(value)[axis]!;
  const second = half(flow, negated.inputs[0]!, axis, width / 2, width);
  const first = half(flow, joined.inputs[1]!, axis, 0, width / 2);
  return first === second ? first : null;
}

function half(flow: DataFlow, value: number, axis: number, start: number, end: number): number | null {
  const operation = flow.producer(value);
  if (operation?.primitive !== "slice") return null;
  const slice = attributes(operation, "slice");
  const fits = slice.dim === axis && slice.start === start && slice.end === end && slice.step === 1;
  const x = operation.inputs[0]!;
  return fits && flow.shape(x)[axis] === 2 * (end - start) ? x : null;
}

/** One row of angles per token, the same for every row of the batch and every head. */
function isTable(flow: DataFlow, value: number): boolean {
  const { shape } = flow.trace.values[value]!;
  return shape.length >= 2 && shape.slice(0, -2).every(size => size === 1);
}

/** Whether a value's last axis holds the same numbers twice, computed from them elementwise. */
function halvesEqual(flow: DataFlow, value: number): boolean {
  const operation = flow.producer(value);
  if (!operation) return false;
  const [input, other] = operation.inputs;
  switch (operation.primitive) {
    case "concat":
      return (
        operation.inputs.length === 2 &&
        input === other &&
        attributes(operation, "concat").dim === flow.rank(value) - 1
      );
    case "cos":
    case "sin":
    case "cast":
      return halvesEqual(flow, input!);
    case "reshape":
      return flow.shape(value).at(-1) === flow.shape(input!).at(-1) && halvesEqual(flow, input!);
    case "mul":
      return scalarOf(flow, other!) !== null && flow.rank(other!) === 0 && halvesEqual(flow, input!);
    default:
      return false;
  }
}
