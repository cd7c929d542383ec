import type { PrimitiveName } from "../../../shared/primitives.ts";
import type { Trace } from "../../../shared/trace.ts";
import type { Lowering } from "../../primitives/primitive.ts";
import { dataFlowOf } from "../../recognise/graph.ts";
import { scalarOf } from "../../recognise/scalar.ts";

/** What treats every position by itself, whatever their number is. */
const ELEMENTWISE: ReadonlySet<PrimitiveName> = new Set(["cast", "tanh"]);
const BY_ONE_NUMBER: ReadonlySet<PrimitiveName> = new Set(["mul", "div"]);

/**
 * The values from a projection to the logits that only the logits need, of which a sampler wants the last position alone;
 * empty where logits [batch, positions, vocabulary] come from elsewhere.
 */
export function lastPositionOf(trace: Trace, logits: number): ReadonlySet<number> {
  const flow = dataFlowOf(trace);
  const values = new Set<number>();
  for (let value = logits; ; ) {
    const operation = flow.producer(value);
    if (!operation || flow.rank(value) !== 3 || (value !== logits && flow.consumers(value).length !== 1))
      return new Set();
    values.add(value);
    const [x, factor] = operation.inputs as [number, number];
    if (operation.primitive === "linear") return values;
    const single = BY_ONE_NUMBER.has(operation.primitive) && scalarOf(flow, factor) !== null;
    if (!ELEMENTWISE.has(operation.primitive) && !(single && flow.rank(factor) === 0)) return new Set();
    value = x;
  }
}

/** As `lastPositionOf`; empty too where the logits go on to something else, or one of `others` is looked at on the way. */
export function lastPositionAlone(
  trace: Trace,
  logits: number,
  others: readonly number[],
): ReadonlySet<number> {
  if (dataFlowOf(trace).consumers(logits).length > 0) return new Set();
  const values = lastPositionOf(trace, logits);
  return others.some(value => values.has(value)) ? new Set() : values;
}

/** The last row of each [positions, columns] of x [batch, positions, columns]: [batch, 1, columns]. */
export function lastRow(graph: Lowering, x: string): string {
  const [start, end, axis] = [-1, Number.MAX_SAFE_INTEGER, 1].map(index => graph.ints(index));
  return graph.node("Slice", [x, start!, end!, axis!]);
}
