import type { Operation, Trace } from "../../../shared/trace.ts";
import { linearOverBlocks } from "../../primitives/over-blocks.ts";
import { dataFlowOf } from "../../recognise/graph.ts";
import type { Weights } from "../../weights/stored.ts";
import type { Fusion } from "./fusion.ts";
import { blocksOf } from "./joined-products.ts";

/**
 * Products with a matrix in blocks of 4 bits that go into a sum alone, as one sum with what they are added to: of the
 * product's own parts and the residual stream. The numbers are the same, in the same order.
 * @param except outputs of products that are lowered in a way of their own, or are looked at
 */
export function addedProducts(trace: Trace, weights: Weights, except: ReadonlySet<number>): Fusion[] {
  const flow = dataFlowOf(trace);
  const taken = new Set<Operation>();
  return trace.operations.flatMap(product => {
    const value = product.outputs[0]!;
    if (product.primitive !== "linear" || except.has(value)) return [];
    if (product.inputs[2] != null || blocksOf(trace, weights, product)?.kind !== "q4_1") return [];
    const [sum, ...others] = flow.consumers(value);
    if (sum?.primitive !== "add" || others.length > 0 || taken.has(sum)) return [];
    const rest = sum.inputs.find(input => input !== value);
    const alike = [value, rest, sum.outputs[0]!].every(
      each => each != null && trace.values[each]!.dtype === "float32",
    );
    if (!alike || !trace.operations.includes(sum)) return [];
    taken.add(sum);
    return [added(product, sum, rest!)];
  });
}

function added(product: Operation, sum: Operation, rest: number): Fusion {
  const [x, weight] = product.inputs as [number, number];
  return {
    outputs: sum.outputs,
    place: sum.outputs[0]!,
    inputs: [x, weight, rest],
    lower: (graph, name) => [
      linearOverBlocks(graph, name(x), graph.shapeOf(x).length, graph.blocks(weight)!, [name(rest)]),
    ],
  };
}
