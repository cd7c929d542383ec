import type { PrimitiveName, Scalar } from "../../shared/primitives.ts";
import { sizeHint } from "../../shared/size.ts";
import { attributes, type DataFlow } from "./graph.ts";

/** What single numbers may pass through on the way to a factor such as 1/√d. */
const RULES: Partial<Record<PrimitiveName, (...inputs: number[]) => number>> = {
  cast: x => x,
  reshape: x => x,
  expand: x => x,
  fill: x => x,
  neg: x => -x,
  sqrt: Math.sqrt,
  rsqrt: x => 1 / Math.sqrt(x),
  reciprocal: x => 1 / x,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
};

/** The number that a value is, where it is one constant of the source (or a size); null otherwise. */
export function scalarOf(flow: DataFlow, value: number): number | null {
  const operation = flow.producer(value);
  if (!operation) return null;
  if (operation.primitive === "const") {
    const { data } = attributes(operation, "const");
    return data.length > 0 && data.every(item => item === data[0]) ? toNumber(data[0]!) : null;
  }
  if (operation.primitive === "size") return sizeHint(attributes(operation, "size").value);
  const rule = RULES[operation.primitive];
  if (!rule) return null;
  const inputs: number[] = [];
  for (const input of operation.inputs) {
    const number = input === null ? null : scalarOf(flow, input);
    if (number === null) return null;
    inputs.push(number);
  }
  return rule(...inputs);
}

/** A score this low weighs exactly nothing beside one that is seen: exp underflows in float32. */
export const HIDDEN = -1e4;

/** Whether a value is one constant so small that a softmax makes nothing of it. */
export function isHiding(flow: DataFlow, value: number): boolean {
  const number = scalarOf(flow, value);
  return number !== null && number <= HIDDEN;
}

function toNumber(scalar: Scalar): number {
  return Number(scalar);
}
