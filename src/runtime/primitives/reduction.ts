import { type DType, isFloat } from "../../shared/dtype.ts";
import { eachIndex, fill, type Numbers, ROUND, sizeOf, stridesOf } from "./numbers.ts";
import type { Lowering, PrimitiveTable } from "./primitive.ts";

type Kind = "sum" | "mean" | "max" | "min" | "prod";

const OPERATOR: Record<Kind, string> = {
  sum: "ReduceSum",
  mean: "ReduceMean",
  max: "ReduceMax",
  min: "ReduceMin",
  prod: "ReduceProd",
};

/** How the elements of a line are taken together: NaN is what comes of it, as in torch. */
const FOLD: Record<Kind, { readonly start: number; readonly step: (a: number, b: number) => number }> = {
  sum: { start: 0, step: (a, b) => a + b },
  mean: { start: 0, step: (a, b) => a + b },
  max: { start: -Infinity, step: Math.max },
  min: { start: Infinity, step: Math.min },
  prod: { start: 1, step: (a, b) => a * b },
};

/** What takes an axis, or several, together. */
export const reductions: Pick<
  PrimitiveTable,
  "reduce" | "arg" | "cumsum" | "softmax" | "log_softmax" | "layer_norm"
> = {
  /** A graph sums integers in doubles: exact up to 2^53, at its end from 2^63 on. */
  reduce: {
    lower: (graph, { inputs, attributes: { kind, dims, keepdim } }, [x]) => {
      if (dims.length === 0) return [x!];
      const dtype = graph.dtypeOf(inputs[0]!);
      if (kind === "mean" && dims.some(axis => graph.shapeOf(inputs[0]!)[axis] === 0)) {
        // onnxruntime gives 0 for the mean of nothing.
        const sum = graph.typed(dtype, "ReduceSum", [x!, graph.ints(...dims)], { keepdims: keepdim }, [0]);
        return [graph.typed(dtype, "Div", [sum, graph.scalar(dtype, 0)])];
      }
      const reduced = (operator: string, of: string) =>
        graph.typed(dtype, operator, [of, graph.ints(...dims)], { keepdims: keepdim }, [0]);
      const result = reduced(OPERATOR[kind], x!);
      if ((kind !== "max" && kind !== "min") || !isFloat(dtype)) return [result];
      // onnxruntime's extremes pass over NaN; a sum of magnitudes is NaN where one of them is, and only there
      const magnitude = reduced("ReduceSum", graph.typed(dtype, "Abs", [x!]));
      return [graph.select(dtype, isNumber(graph, dtype, magnitude), result, magnitude)];
    },
    evaluate: ({ attributes: { kind, dims, keepdim } }, [x]) => [reduce(x!, kind, dims, keepdim)],
  },

  arg: {
    lower: (graph, { inputs, outputs, attributes: { kind, dim, keepdim } }, [x]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const operator = kind === "max" ? "ArgMax" : "ArgMin";
      if (!isFloat(dtype) || graph.shapeOf(inputs[0]!).length === 0) {
        return [graph.consumed(dtype, operator, [x!], { axis: dim, keepdims: keepdim })];
      }
      // the first NaN, where there is one: onnxruntime passes over it
      const place = graph.consumed(dtype, operator, [x!], { axis: dim, keepdims: true });
      const numbers = graph.cast(isNumber(graph, dtype, x!), "bool", "int32");
      const first = graph.node("ArgMin", [numbers], { axis: dim, keepdims: true });
      const isFound = graph.node("GatherElements", [numbers, first], { axis: dim });
      const chosen = graph.select("int64", graph.cast(isFound, "int32", "bool"), place, first);
      return [keepdim ? chosen : graph.reshape(chosen, graph.shapeOf(outputs[0]!))];
    },
    evaluate: ({ attributes: { kind, dim, keepdim } }, [x]) => {
      const kept = x!.shape.with(dim, 1);
      const data = new Float64Array(sizeOf(kept));
      eachLine(x!, dim, (at, line, size) => {
        let best = 0;
        for (let i = 1; i < size && !Number.isNaN(at(best)); i++) {
          if (Number.isNaN(at(i)) || (kind === "max" ? at(i) > at(best) : at(i) < at(best))) best = i;
        }
        data[line] = best;
      });
      return [{ dtype: "int64", shape: keepdim ? kept : x!.shape.toSpliced(dim, 1), data }];
    },
  },

  cumsum: {
    lower: (graph, { inputs, attributes: { dim } }, [x]) => [
      graph.typed(graph.dtypeOf(inputs[0]!), "CumSum", [x!, graph.scalar("int64", dim)], {}, [0]),
    ],
    evaluate: ({ attributes: { dim } }, [x]) => [
      alongLines(x!, dim, (at, size) => {
        let sum = 0;
        return Array.from({ length: size }, (_, i) => {
          sum += at(i);
          return sum;
        });
      }),
    ],
  },

  softmax: {
    lower: (graph, { inputs, attributes: { dim } }, [x]) => [
      normalised(graph, graph.dtypeOf(inputs[0]!), "Softmax", x!, graph.shapeOf(inputs[0]!).length, dim),
    ],
    evaluate: ({ attributes: { dim } }, [x]) => [
      alongLines(x!, dim, (at, size) => {
        const { exponentials, sum } = shiftedExponentials(at, size);
        return exponentials.map(e => e / sum);
      }),
    ],
  },

  log_softmax: {
    lower: (graph, { inputs, attributes: { dim } }, [x]) => [
      normalised(graph, graph.dtypeOf(inputs[0]!), "LogSoftmax", x!, graph.shapeOf(inputs[0]!).length, dim),
    ],
    evaluate: ({ attributes: { dim } }, [x]) => [
      alongLines(x!, dim, (at, size) => {
        const { largest, sum } = shiftedExponentials(at, size);
        return Array.from({ length: size }, (_, i) => at(i) - largest - Math.log(sum));
      }),
    ],
  },

  layer_norm: {
    lower: (graph, { inputs, attributes: { axes, epsilon } }, [x, weight, bias]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const normalisedShape = graph.shapeOf(inputs[0]!).slice(-axes);
      const scale = weight || graph.node("Expand", [graph.scalar(dtype, 1), graph.sizes(normalisedShape)]);
      const attributes = { axis: -axes, epsilon: { float: epsilon } };
      return [graph.typed(dtype, "LayerNormalization", [x!, scale, bias ?? ""], attributes)];
    },
    evaluate: ({ attributes: { axes, epsilon } }, [x, weight, bias]) => {
      const size = sizeOf(x!.shape.slice(x!.shape.length - axes));
      const rows = size === 0 ? 0 : x!.data.length / size;
      const data = new Float64Array(x!.data.length);
      for (let row = 0; row < rows; row++) {
        const line = x!.data.subarray(row * size, (row + 1) * size);
        const mean = line.reduce((a, b) => a + b, 0) / size;
        const variance = line.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
        const scale = 1 / Math.sqrt(variance + epsilon);
        for (let i = 0; i < size; i++) {
          data[row * size + i] = (line[i]! - mean) * scale * (weight?.data[i] ?? 1) + (bias?.data[i] ?? 0);
        }
      }
      return [fill(x!.dtype, x!.shape, i => data[i]!)];
    },
  },
};

/** Where elements are not NaN: that alone differs from itself. */
export function isNumber(graph: Lowering, dtype: DType, x: string): string {
  return graph.consumed(dtype, "Equal", [x, x]);
}

function normalised(
  graph: Lowering,
  dtype: DType,
  operator: string,
  x: string,
  rank: number,
  dim: number,
): string {
  if (rank > 0) return graph.typed(dtype, operator, [x], { axis: dim });
  return graph.reshape(graph.typed(dtype, operator, [graph.reshape(x, [1])], { axis: 0 }), []);
}

function shiftedExponentials(at: (i: number) => number, size: number) {
  let largest = -Infinity;
  for (let i = 0; i < size; i++) largest = Math.max(largest, at(i));
  const exponentials = Array.from({ length: size }, (_, i) => Math.exp(at(i) - largest));
  return { largest, exponentials, sum: exponentials.reduce((a, b) => a + b, 0) };
}

function reduce(x: Numbers, kind: Kind, dims: readonly number[], keepdim: boolean): Numbers {
  const kept = x.shape.map((size, axis) => (dims.includes(axis) ? 1 : size));
  const strides = stridesOf(kept).map((stride, axis) => (dims.includes(axis) ? 0 : stride));
  const { start, step } = FOLD[kind];
  const data = new Float64Array(sizeOf(kept)).fill(start);
  eachIndex(x.shape, (index, flat) => {
    const at = index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
    data[at] = step(data[at]!, x.data[flat]!);
  });
  const count = kind === "mean" ? dims.reduce((product, axis) => product * x.shape[axis]!, 1) : 1;
  const shape = keepdim ? kept : kept.filter((_, axis) => !dims.includes(axis));
  return fill(x.dtype, shape, i => data[i]! / count);
}

/** Calls back for every line along an axis with its reader, its number and its length. */
function eachLine(
  x: Numbers,
  dim: number,
  visit: (at: (i: number) => number, line: number, size: number, position: (i: number) => number) => void,
): void {
  const size = x.shape[dim] ?? 1;
  const inner = sizeOf(x.shape.slice(dim + 1));
  const outer = sizeOf(x.shape.slice(0, dim));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const position = (j: number) => (o * size + j) * inner + i;
      visit(j => x.data[position(j)]!, o * inner + i, size, position);
    }
  }
}

/** A tensor of the same shape, computed line by line along an axis. */
function alongLines(
  x: Numbers,
  dim: number,
  compute: (at: (i: number) => number, size: number) => readonly number[],
): Numbers {
  const data = new Float64Array(x.data.length);
  const round = ROUND[x.dtype];
  eachLine(x, dim, (at, _, size, position) => {
    compute(at, size).forEach((value, i) => {
      data[position(i)] = round(value);
    });
  });
  return { ...x, data };
}
