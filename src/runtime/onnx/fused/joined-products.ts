import type { Operation, Trace } from "../../../shared/trace.ts";
import { linearOverBlocks } from "../../primitives/over-blocks.ts";
import type { Lowering, QuantisedWeight } from "../../primitives/primitive.ts";
import type { Weights } from "../../weights/stored.ts";
import type { Fusion } from "./fusion.ts";

/**
 * Products of one input with several matrices in blocks of 4 bits, each group as one product with all their rows: queries, keys
 * and values, or the two halves of a gated unit. The matrices are joined when the session is created; in the same
 * arithmetic the numbers are the same.
 * @param except outputs of products that are lowered in a way of their own
 */
export function joinedProducts(trace: Trace, weights: Weights, except: ReadonlySet<number>): Fusion[] {
  const byInput = new Map<number, Operation[]>();
  for (const operation of trace.operations) {
    if (operation.primitive !== "linear" || except.has(operation.outputs[0]!)) continue;
    const [x, , bias = null] = operation.inputs as [number, number, number | null];
    const stored = blocksOf(trace, weights, operation);
    if (stored?.kind !== "q4_1" || (bias !== null && !trace.values[bias]!.leaf)) continue;
    byInput.set(x, [...(byInput.get(x) ?? []), operation]);
  }
  return [...byInput.values()].filter(({ length }) => length > 1).map(group => joined(trace, group));
}

/** The matrix of a product, where it is a stored parameter in blocks of few bits. */
export function blocksOf(trace: Trace, weights: Weights, { inputs }: Operation) {
  const { leaf } = trace.values[inputs[1]!]!;
  const stored = leaf?.kind === "parameter" ? weights.find(leaf.name) : undefined;
  return stored && stored.kind !== "plain" ? stored : null;
}

function joined(trace: Trace, group: readonly Operation[]): Fusion {
  const x = group[0]!.inputs[0]!;
  const axis = trace.values[x]!.shape.length - 1;
  const outputs = group.map(operation => operation.outputs[0]!);
  return {
    outputs,
    place: outputs[0]!,
    inputs: group.flatMap(operation => operation.inputs.filter(input => input !== null)),
    lower(graph, name) {
      const parts = group.map(operation => graph.blocks(operation.inputs[1]!) as FourBits);
      const product = linearOverBlocks(graph, name(x), axis + 1, joinedRows(graph, parts));
      const rows = graph.ints(...parts.map(part => part.rows));
      const split = graph.nodes("Split", [product, rows], group.length, { axis });
      return group.map(({ inputs: [, , bias = null] }, i) =>
        bias === null ? split[i]! : graph.typed(graph.dtypeOf(outputs[i]!), "Add", [split[i]!, name(bias)]),
      );
    },
  };
}

type FourBits = QuantisedWeight & { readonly kind: "q4_1" };

function joinedRows(graph: Lowering, parts: readonly FourBits[]): FourBits {
  const concat = (part: "quants" | "scales" | "offsets", axis: number) =>
    graph.node(
      "Concat",
      parts.map(each => each[part]),
      { axis },
    );
  return {
    kind: "q4_1",
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    columns: parts[0]!.columns,
    quants: concat("quants", 0),
    scales: concat("scales", 0),
    offsets: concat("offsets", 1),
  };
}
