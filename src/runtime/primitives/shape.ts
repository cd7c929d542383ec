import type { PrimitiveName } from "../../shared/primitives.ts";
import { elementsOf, expanded, inARow, permuted, reshaped, sliced } from "./layout.ts";
import { eachIndex, type Numbers, ROUND, scalarNumber, sizeOf, stridesOf } from "./numbers.ts";
import type { Primitive, PrimitiveTable } from "./primitive.ts";

const PAD_MODE = { constant: "constant", reflect: "reflect", replicate: "edge", circular: "wrap" } as const;

/** What moves elements about without computing with them. */
export const shapes: Pick<
  PrimitiveTable,
  "reshape" | "permute" | "expand" | "tile" | "slice" | "concat" | "pad" | "trilu"
> = {
  reshape: moved(
    (graph, { attributes }, [x]) => [graph.reshape(x!, attributes.shape)],
    ({ attributes }, size) => reshaped(attributes.shape.map(size)),
  ),

  permute: moved(
    (graph, { attributes }, [x]) => [graph.node("Transpose", [x!], { perm: attributes.permutation })],
    ({ attributes }) => permuted(attributes.permutation),
  ),

  expand: moved(
    (graph, { attributes }, [x]) => [graph.node("Expand", [x!, graph.sizes(attributes.shape)])],
    ({ attributes }, size) => expanded(attributes.shape.map(size)),
  ),

  tile: {
    lower: (graph, { attributes }, [x]) => [graph.node("Tile", [x!, graph.sizes(attributes.repeats)])],
    evaluate: ({ attributes }, [x], scope) => {
      const strides = stridesOf(x!.shape);
      const shape = x!.shape.map((size, axis) => size * scope.size(attributes.repeats[axis]!));
      return [
        rearrange(x!, shape, index =>
          index.reduce((at, i, axis) => at + (i % x!.shape[axis]!) * strides[axis]!, 0),
        ),
      ];
    },
  },

  slice: moved(
    (graph, { attributes: { dim, start, end, step } }, [x]) => [
      graph.node("Slice", [x!, graph.size(start), graph.size(end), graph.ints(dim), graph.ints(step)]),
    ],
    ({ attributes: { dim, start, end, step } }, size) => sliced(dim, size(start), size(end), step),
  ),

  concat: {
    lower: (graph, { attributes }, inputs) => [graph.node("Concat", inputs, { axis: attributes.dim })],
    evaluate: ({ attributes: { dim } }, inputs) => {
      const parts = inputs as readonly Numbers[];
      const first = parts[0]!;
      const total = parts.reduce((sum, part) => sum + part.shape[dim]!, 0);
      const inner = sizeOf(first.shape.slice(dim + 1));
      const outer = sizeOf(first.shape.slice(0, dim));
      const data = new Float64Array(outer * total * inner);
      let offset = 0;
      for (const part of parts) {
        const run = part.shape[dim]! * inner;
        for (let o = 0; o < outer; o++) {
          data.set(part.data.subarray(o * run, (o + 1) * run), o * total * inner + offset);
        }
        offset += run;
      }
      return [{ dtype: first.dtype, shape: first.shape.with(dim, total), data }];
    },
  },

  pad: {
    lower: (graph, { inputs, attributes: { before, after, mode, value } }, [x]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const pads = graph.sizes([...before, ...after]);
      const outside = mode === "constant" ? graph.scalar(dtype, value) : "";
      return [graph.typed(dtype, "Pad", [x!, pads, outside], { mode: PAD_MODE[mode] }, [0, 2])];
    },
    evaluate: ({ attributes: { before, after, mode, value } }, [x], scope) => {
      const starts = before.map(size => scope.size(size));
      const shape = x!.shape.map((size, axis) => starts[axis]! + size + scope.size(after[axis]!));
      const strides = stridesOf(x!.shape);
      const outside = ROUND[x!.dtype](scalarNumber(value));
      const data = new Float64Array(sizeOf(shape));
      eachIndex(shape, (index, flat) => {
        let at = 0;
        for (let axis = 0; axis < shape.length; axis++) {
          const source = sourceOf(index[axis]! - starts[axis]!, x!.shape[axis]!, mode);
          if (source === null) {
            data[flat] = outside;
            return;
          }
          at += source * strides[axis]!;
        }
        data[flat] = x!.data[at]!;
      });
      return [{ dtype: x!.dtype, shape, data }];
    },
  },

  trilu: {
    lower: (graph, { inputs, attributes: { upper, diagonal } }, [x]) => [
      graph.typed(graph.dtypeOf(inputs[0]!), "Trilu", [x!, graph.sizeScalar(diagonal)], { upper }, [0]),
    ],
    evaluate: ({ attributes: { upper, diagonal } }, [x], scope) => {
      const k = scope.size(diagonal);
      const data = x!.data.slice();
      eachIndex(x!.shape, (index, flat) => {
        const [row, column] = index.slice(-2) as [number, number];
        if (upper ? column - row < k : column - row > k) data[flat] = 0;
      });
      return [{ ...x!, data }];
    },
  },
};

/** A row whose output holds elements of its input, each once or several times. */
function moved<P extends PrimitiveName>(
  lower: Primitive<P>["lower"],
  view: NonNullable<Primitive<P>["view"]>,
): Primitive<P> {
  return {
    lower,
    view,
    evaluate: (operation, [x], scope) => {
      const rearrange = view(operation, size => scope.size(size));
      const layout = rearrange(inARow(x!.shape))!;
      return [{ dtype: x!.dtype, shape: layout.shape, data: elementsOf(x!.data, layout) }];
    },
  };
}

/** A tensor of `shape` whose elements are taken from `x` at the flat index that `source` gives. */
function rearrange(
  x: Numbers,
  shape: readonly number[],
  source: (index: readonly number[]) => number,
): Numbers {
  const data = new Float64Array(sizeOf(shape));
  eachIndex(shape, (index, flat) => {
    data[flat] = x.data[source(index)]!;
  });
  return { dtype: x.dtype, shape, data };
}

/** Where a padded index comes from along an axis, or null where the constant stands. */
function sourceOf(index: number, size: number, mode: keyof typeof PAD_MODE): number | null {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case "constant":
      return null;
    case "replicate":
      return index < 0 ? 0 : size - 1;
    case "circular":
      return ((index % size) + size) % size;
    case "reflect":
      return index < 0 ? -index : 2 * (size - 1) - index;
  }
}
