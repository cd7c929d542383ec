import type { Operation, Trace } from "../../shared/trace.ts";
import { sizeDependencies } from "./sizes.ts";

/** The operations that `outputs` rest on, in order, and every value that they touch, up to the given ones. */
export function neededFor(
  trace: Trace,
  outputs: readonly number[],
  given: ReadonlySet<number>,
): { readonly values: ReadonlySet<number>; readonly operations: readonly Operation[] } {
  const values = new Set(outputs);
  const operations: Operation[] = [];
  for (let i = trace.operations.length - 1; i >= 0; i--) {
    const operation = trace.operations[i]!;
    if (!operation.outputs.some(output => values.has(output) && !given.has(output))) continue;
    operations.push(operation);
    for (const input of operation.inputs) if (input !== null) values.add(input);
    for (const value of sizeDependencies(operation.attributes)) values.add(value);
  }
  return { values, operations: operations.reverse() };
}
