import { type DType, isFloat } from "../../shared/dtype.ts";
import { MICROSOFT } from "../onnx/builder.ts";
import { eachIndex, fill, type Numbers, ROUND, sizeOf, stridesOf } from "./numbers.ts";
import type { Lowering, PrimitiveTable } from "./primitive.ts";
import { isNumber } from "./reduction.ts";

type Reduction = "none" | "add" | "mul" | "min" | "max";

const REDUCE: Record<Reduction, (old: number, update: number) => number> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  min: Math.min,
  max: Math.max,
};

/** Reading and writing by index. */
export const indexings: Pick<
  PrimitiveTable,
  "gather" | "gather_elements" | "gather_nd" | "scatter_nd" | "scatter_elements" | "nonzero" | "topk"
> = {
  gather: {
    takesBlocks: ({ attributes }, input, kind) => input === 0 && kind === "q8_0" && attributes.dim === 0,
    lower: (graph, { inputs, attributes }, [x, index]) => {
      const blocks = x === "" ? graph.blocks(inputs[0]!) : null;
      if (blocks?.kind === "q8_0") {
        const attributes = { bits: 8, block_size: 32, gather_axis: 0, quantize_axis: 1 };
        return [
          graph.node("GatherBlockQuantized", [blocks.quants, index!, blocks.scales], attributes, MICROSOFT),
        ];
      }
      return [graph.node("Gather", [x!, index!], { axis: attributes.dim })];
    },
    evaluate: ({ attributes: { dim } }, [x, index]) => {
      const shape = [...x!.shape.slice(0, dim), ...index!.shape, ...x!.shape.slice(dim + 1)];
      const inner = sizeOf(x!.shape.slice(dim + 1));
      const rows = index!.data.length;
      return [
        fill(x!.dtype, shape, flat => {
          const outer = Math.floor(flat / (rows * inner));
          const row = inRange(index!.data[Math.floor(flat / inner) % rows]!, x!.shape[dim]!);
          return x!.data[(outer * x!.shape[dim]! + row) * inner + (flat % inner)]!;
        }),
      ];
    },
  },

  gather_elements: {
    lower: (graph, { attributes }, [x, index]) => [
      graph.node("GatherElements", [x!, index!], { axis: attributes.dim }),
    ],
    evaluate: ({ attributes: { dim } }, [x, index]) => {
      const at = elementIndices(x!.shape, index!, dim);
      return [fill(x!.dtype, index!.shape, i => x!.data[at[i]!]!)];
    },
  },

  gather_nd: {
    lower: (graph, _, [x, index]) => [graph.node("GatherND", [x!, index!])],
    evaluate: (_, [x, index]) => {
      const { starts, inner } = tupleIndices(x!.shape, index!);
      const depth = index!.shape.at(-1)!;
      const shape = [...index!.shape.slice(0, -1), ...x!.shape.slice(depth)];
      return [fill(x!.dtype, shape, i => x!.data[starts[Math.floor(i / inner)]! + (i % inner)]!)];
    },
  },

  scatter_nd: {
    lower: (graph, { inputs, attributes: { reduction } }, [x, index, updates]) => [
      scattered(graph, graph.dtypeOf(inputs[0]!), "ScatterND", [x!, index!, updates!], { reduction }),
    ],
    evaluate: ({ attributes: { reduction } }, [x, index, updates]) => {
      const { starts, inner } = tupleIndices(x!.shape, index!);
      return [write(x!, updates!, i => starts[Math.floor(i / inner)]! + (i % inner), reduction)];
    },
  },

  scatter_elements: {
    lower: (graph, { inputs, attributes: { dim, reduction } }, [x, index, updates]) => [
      scattered(graph, graph.dtypeOf(inputs[0]!), "ScatterElements", [x!, index!, updates!], {
        axis: dim,
        reduction,
      }),
    ],
    evaluate: ({ attributes: { dim, reduction } }, [x, index, updates]) => {
      const at = elementIndices(x!.shape, index!, dim);
      return [write(x!, updates!, i => at[i]!, reduction)];
    },
  },

  nonzero: {
    lower: (graph, { inputs }, [x]) => [
      graph.node("Transpose", [graph.consumed(graph.dtypeOf(inputs[0]!), "NonZero", [x!])], { perm: [1, 0] }),
    ],
    evaluate: (_, [x]) => {
      const found: number[] = [];
      eachIndex(x!.shape, (index, flat) => {
        if (x!.data[flat] !== 0) found.push(...index);
      });
      const rank = x!.shape.length;
      return [fill("int64", [rank === 0 ? 0 : found.length / rank, rank], i => found[i]!)];
    },
  },

  topk: {
    lower: (graph, { inputs, attributes: { k, dim, largest } }, [x]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const attributes = { axis: dim, largest };
      if (isFloat(dtype)) {
        const [, indices] = graph.nodes(
          "TopK",
          [nanAboveAll(graph, dtype, x!), graph.size(k)],
          2,
          attributes,
        );
        return [graph.node("GatherElements", [x!, indices!], { axis: dim }), indices!];
      }
      const carrier = graph.carrier("TopK", dtype);
      const carried = graph.cast(x!, dtype, carrier);
      const [values, indices] = graph.nodes("TopK", [carried, graph.size(k)], 2, attributes);
      return [graph.cast(values!, carrier, dtype), indices!];
    },
    evaluate: ({ attributes: { k, dim, largest } }, [x], scope) => {
      const count = scope.size(k);
      const size = x!.shape[dim]!;
      if (count > size) throw new RangeError(`top ${count} of an axis of ${size}`);
      const inner = sizeOf(x!.shape.slice(dim + 1));
      const shape = x!.shape.with(dim, count);
      const values = new Float64Array(sizeOf(shape));
      const indices = new Float64Array(sizeOf(shape));
      const outer = sizeOf(x!.shape.slice(0, dim));
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const at = (j: number) => x!.data[(o * size + j) * inner + i]!;
          const order = Array.from({ length: size }, (_, j) => j);
          // a stable sort: of equal elements the first comes first
          order.sort((a, b) => (largest ? compare(at(b), at(a)) : compare(at(a), at(b))));
          for (let j = 0; j < count; j++) {
            const to = (o * count + j) * inner + i;
            values[to] = at(order[j]!);
            indices[to] = order[j]!;
          }
        }
      }
      return [
        { dtype: x!.dtype, shape, data: values },
        { dtype: "int64", shape, data: indices },
      ];
    },
  },
};

/** `updates` written to `x`; an extreme is NaN where one of the numbers is, which onnxruntime passes over. */
function scattered(
  graph: Lowering,
  dtype: DType,
  operator: "ScatterND" | "ScatterElements",
  [x, index, updates]: readonly [string, string, string],
  attributes: { readonly axis?: number; readonly reduction: Reduction },
): string {
  const result = graph.typed(dtype, operator, [x, index, updates], attributes, [0, 2]);
  const { reduction } = attributes;
  if ((reduction !== "max" && reduction !== "min") || !isFloat(dtype)) return result;
  const [size, sizes] = [x, updates].map(each => graph.typed(dtype, "Abs", [each]));
  const sum = graph.typed(
    dtype,
    operator,
    [size!, index, sizes!],
    { ...attributes, reduction: "add" },
    [0, 2],
  );
  return graph.select(dtype, isNumber(graph, dtype, sum), result, sum);
}

/**
 * Elements in the order that torch puts them in, for an operator whose comparisons know no NaN: it becomes ∞, and what is
 * infinite the largest finite number, so that only a line that holds both of these takes them for equal.
 */
function nanAboveAll(graph: Lowering, dtype: DType, x: string): string {
  const largest = dtype === "float64" ? Number.MAX_VALUE : LARGEST_SINGLE;
  const finite = graph.typed(dtype, "Min", [x, graph.scalar(dtype, largest)]);
  return graph.select(dtype, isNumber(graph, dtype, x), finite, graph.scalar(dtype, Infinity));
}

const LARGEST_SINGLE = 2 ** 128 - 2 ** 104;

/** NaN is above all. */
function compare(a: number, b: number): number {
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || Number(a > b) - Number(a < b);
}

function inRange(index: number, size: number): number {
  if (index < 0 || index >= size) throw new RangeError(`index ${index} is outside an axis of ${size}`);
  return index;
}

/** Flat indices into `shape` for indices along one axis, everything else as in the index itself. */
function elementIndices(shape: readonly number[], index: Numbers, dim: number): Int32Array {
  const strides = stridesOf(shape);
  const at = new Int32Array(index.data.length);
  eachIndex(index.shape, (position, flat) => {
    let sum = inRange(index.data[flat]!, shape[dim]!) * strides[dim]!;
    for (let axis = 0; axis < position.length; axis++) {
      if (axis !== dim) sum += position[axis]! * strides[axis]!;
    }
    at[flat] = sum;
  });
  return at;
}

/** For index tuples along the last axis: where each addressed block starts, and how long the blocks are. */
function tupleIndices(shape: readonly number[], index: Numbers): { starts: Int32Array; inner: number } {
  const strides = stridesOf(shape);
  const depth = index.shape.at(-1)!;
  const starts = new Int32Array(sizeOf(index.shape.slice(0, -1)));
  for (let i = 0; i < starts.length; i++) {
    for (let axis = 0; axis < depth; axis++) {
      starts[i]! += inRange(index.data[i * depth + axis]!, shape[axis]!) * strides[axis]!;
    }
  }
  return { starts, inner: sizeOf(shape.slice(depth)) };
}

function write(x: Numbers, updates: Numbers, target: (i: number) => number, reduction: Reduction): Numbers {
  const data = x.data.slice();
  const round = ROUND[x.dtype];
  for (let i = 0; i < updates.data.length; i++) {
    const at = target(i);
    data[at] = round(REDUCE[reduction](data[at]!, updates.data[i]!));
  }
  return { ...x, data };
}
