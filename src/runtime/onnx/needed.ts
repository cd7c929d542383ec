import type { Operation, Trace } from "../../shared/trace.ts";
import type { Fusion } from "./fused/fusion.ts";
import { sizeDependencies } from "./sizes.ts";

export interface Needed {
  readonly values: ReadonlySet<number>;
  /** In order. */
  readonly operations: readonly Operation[];
  /** Fusions that take the place of an operation. */
  readonly fused: ReadonlyMap<Operation, Fusion>;
}

/**
 * The operations that `outputs` rest on and every value that they touch, up to the given ones.
 * @param fusions by the values that they compute; what only lies inside of one is not needed.
 */
export function neededFor(
  trace: Trace,
  outputs: readonly number[],
  given: ReadonlySet<number>,
  fusions: ReadonlyMap<number, Fusion> = new Map(),
): Needed {
  const values = new Set(outputs);
  for (const output of outputs) {
    const fusion = fusions.get(output);
    if (fusion) values.add(fusion.place);
  }
  const operations: Operation[] = [];
  const fused = new Map<Operation, Fusion>();
  for (let i = trace.operations.length - 1; i >= 0; i--) {
    const operation = trace.operations[i]!;
    const wanted = operation.outputs.find(output => values.has(output) && !given.has(output));
    if (wanted === undefined) continue;
    const fusion = fusions.get(wanted);
    if (fusion && !operation.outputs.includes(fusion.place)) {
      values.add(fusion.place);
      continue;
    }
    operations.push(operation);
    if (fusion) {
      fused.set(operation, fusion);
      for (const input of fusion.inputs) values.add(input);
      continue;
    }
    for (const input of operation.inputs) if (input !== null) values.add(input);
    for (const value of sizeDependencies(operation.attributes)) values.add(value);
  }
  return { values, operations: operations.reverse(), fused };
}
