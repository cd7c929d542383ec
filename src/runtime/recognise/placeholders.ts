import { evaluateSize, type SizeBindings, sizeHint } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { readsTokens } from "./arguments.ts";
import { type DataFlow, dataFlowOf } from "./graph.ts";
import { CARRYING } from "./index-path.ts";
import { scalarOf } from "./scalar.ts";

/** A token that stands for a part of a picture or a sound: its place among the texts vectors is given to that part. */
export interface Placeholder {
  readonly id: number;
  /** How many of them the other input gives vectors for. */
  readonly count: number;
  /** The argument of forward that the vectors come from. */
  readonly argument: string;
}

/** What a mask passes through on its way to where it chooses. */
const COUNTING: ReadonlySet<string> = new Set([...CARRYING, "cumsum", "sub", "nonzero", "not", "and", "or"]);

/** Uses of one mask lie within so many steps. */
const MOST_STEPS = 80;

/**
 * The tokens among `ids` whose vectors a source replaces by those of another input: it compares the ids with a constant and
 * puts vectors that do not rest on them where they are equal (`masked_scatter`, or by a mask as an index).
 * @param sizes of the free sizes; those that are left out are as they were while tracing.
 */
export function placeholders(trace: Trace, sizes: SizeBindings): readonly Placeholder[] {
  const flow = dataFlowOf(trace);
  const found = new Map<number, Placeholder>();
  for (const ids of trace.values.keys()) {
    const width = readsTokens(trace, ids) ? widthOf(flow, ids) : null;
    if (width === null) continue;
    for (const [comparison, id] of comparisons(flow, ids)) {
      const vectors = vectorsAt(flow, comparison.outputs[0]!, ids);
      const argument = vectors === null ? null : mediumOf(flow, vectors);
      if (vectors === null || argument === null || found.has(id)) continue;
      const { shape } = trace.values[vectors]!;
      const elements = shape.reduce<number>(
        (product, size) => product * (evaluateSize(size, sizes) ?? sizeHint(size)),
        1,
      );
      found.set(id, { id, count: Math.floor(elements / width), argument });
    }
  }
  return [...found.values()];
}

/** Comparisons of ids with one number, with that number. */
function comparisons(flow: DataFlow, ids: number): (readonly [Operation, number])[] {
  const seen = new Set([ids]);
  const result: (readonly [Operation, number])[] = [];
  for (const value of seen) {
    if (seen.size > MOST_STEPS) break;
    for (const operation of flow.consumers(value)) {
      const other = operation.inputs.find(input => input !== value);
      const id = operation.primitive === "eq" && other != null ? scalarOf(flow, other) : null;
      if (id !== null && id !== undefined) result.push([operation, id]);
      if (CARRYING.has(operation.primitive)) for (const output of operation.outputs) seen.add(output);
    }
  }
  return result;
}

/** What is put where a mask is true, and rests on the ids in nothing; null where nothing is. */
function vectorsAt(flow: DataFlow, mask: number, ids: number): number | null {
  const seen = new Set([mask]);
  for (const value of seen) {
    if (seen.size > MOST_STEPS) return null;
    for (const { primitive, inputs, outputs } of flow.consumers(value)) {
      const [data, index, updates] = inputs;
      const given =
        primitive === "gather" && index === value
          ? data
          : primitive === "scatter_nd" && index === value
            ? updates
            : null;
      if (given != null && isMedium(flow, given, ids)) return given;
      if (COUNTING.has(primitive)) for (const output of outputs) seen.add(output);
    }
  }
  return null;
}

/** Whether numbers come from another input than the ids. */
function isMedium(flow: DataFlow, value: number, ids: number): boolean {
  return (
    flow.trace.values[value]!.dtype.startsWith("float") &&
    flow.varies(value) &&
    !leavesOf(flow, value).has(ids)
  );
}

/** The first argument of floating-point numbers that a value rests on. */
function mediumOf(flow: DataFlow, value: number): string | null {
  const { values } = flow.trace;
  const leaves = [...leavesOf(flow, value)].map(leaf => values[leaf]!);
  return leaves.find(({ dtype }) => dtype.startsWith("float"))?.leaf?.name ?? null;
}

function leavesOf(flow: DataFlow, value: number): Set<number> {
  const seen = new Set([value]);
  for (const current of seen)
    for (const input of flow.producer(current)?.inputs ?? [])
      if (input !== null && flow.varies(input)) seen.add(input);
  return new Set([...seen].filter(each => flow.trace.values[each]!.leaf?.kind === "input"));
}

/** Width of the vectors that tokens are given. */
function widthOf(flow: DataFlow, ids: number): number | null {
  const seen = new Set([ids]);
  for (const value of seen) {
    if (seen.size > MOST_STEPS) return null;
    for (const { primitive, inputs, outputs } of flow.consumers(value)) {
      const [table] = inputs;
      if (primitive === "gather" && inputs[1] === value && table != null && flow.isWeight(table))
        return flow.shape(table).at(-1) ?? null;
      if (CARRYING.has(primitive) || primitive === "where") for (const output of outputs) seen.add(output);
    }
  }
  return null;
}
