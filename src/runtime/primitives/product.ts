import type { DType } from "../../shared/dtype.ts";
import {
  broadcastIndices,
  broadcastShapes,
  fill,
  type Numbers,
  ROUND,
  sizeOf,
  stridesOf,
} from "./numbers.ts";
import { linearOverBlocks } from "./over-blocks.ts";
import type { Lowering, PrimitiveTable } from "./primitive.ts";

/** Matrix products of all kinds. */
export const products: Pick<PrimitiveTable, "matmul" | "linear" | "einsum" | "grouped_mm"> = {
  matmul: {
    lower: (graph, { inputs }, [a, b]) => [graph.typed(graph.dtypeOf(inputs[0]!), "MatMul", [a!, b!])],
    evaluate: (_, [a, b]) => [matmul(a!, b!)],
  },

  linear: {
    takesBlocks: (_, input) => input === 1,
    lower: (graph, { inputs }, [x, weight, bias]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const blocks = weight === "" ? graph.blocks(inputs[1]!) : null;
      const product =
        blocks !== null
          ? linearOverBlocks(graph, x!, graph.shapeOf(inputs[0]!).length, blocks)
          : graph.typed(dtype, "MatMul", [x!, transposed(graph, weight!)]);
      return [bias ? graph.typed(dtype, "Add", [product, bias]) : product];
    },
    evaluate: (_, [x, weight, bias]) => {
      const [out, inner] = weight!.shape as [number, number];
      const data = new Float64Array(out * inner);
      for (let i = 0; i < out; i++) {
        for (let j = 0; j < inner; j++) data[j * out + i] = weight!.data[i * inner + j]!;
      }
      const rows: Numbers = { ...x!, shape: [x!.data.length / Math.max(1, inner), inner] };
      const product = matmul(rows, { dtype: weight!.dtype, shape: [inner, out], data });
      const shape = x!.shape.with(-1, out);
      return [fill(x!.dtype, shape, i => product.data[i]! + (bias?.data[i % out] ?? 0))];
    },
  },

  einsum: {
    lower: (graph, { inputs, attributes }, operands) => [
      graph.typed(graph.dtypeOf(inputs[0]!), "Einsum", operands, { equation: attributes.equation }),
    ],
    evaluate: ({ attributes }, operands) => [einsum(attributes.equation, operands as readonly Numbers[])],
  },

  grouped_mm: {
    lower: (graph, { inputs }, [x, weights, offsets]) => {
      const dtype = graph.dtypeOf(inputs[0]!);
      const experts = graph.shapeOf(inputs[1]!)[0] as number;
      const ends = graph.cast(offsets!, graph.dtypeOf(inputs[2]!), "int64");
      let start = graph.ints(0);
      const parts = Array.from({ length: experts }, (_, expert) => {
        const end = graph.node("Slice", [ends, graph.ints(expert), graph.ints(expert + 1), graph.ints(0)]);
        const rows = graph.node("Slice", [x!, start, end, graph.ints(0)]);
        const weight = graph.node("Gather", [weights!, graph.scalar("int64", expert)], { axis: 0 });
        start = end;
        return graph.typed(dtype, "MatMul", [rows, weight]);
      });
      return [graph.node("Concat", parts, { axis: 0 })];
    },
    evaluate: (_, [x, weights, offsets]) => {
      const [experts, inner, out] = weights!.shape as [number, number, number];
      const data = new Float64Array(x!.shape[0]! * out);
      let start = 0;
      for (let expert = 0; expert < experts; expert++) {
        const end = offsets!.data[expert]!;
        const rows = {
          ...x!,
          shape: [end - start, inner],
          data: x!.data.subarray(start * inner, end * inner),
        };
        const matrix = weights!.data.subarray(expert * inner * out, (expert + 1) * inner * out);
        data.set(matmul(rows, { dtype: x!.dtype, shape: [inner, out], data: matrix }).data, start * out);
        start = end;
      }
      return [{ dtype: x!.dtype, shape: [x!.shape[0]!, out], data }];
    },
  },
};

/** A weight [out, in] as [in, out]: one node for all its uses, folded when the session is created. */
function transposed(graph: Lowering, weight: string): string {
  return graph.once(`transposed ${weight}`, () => graph.node("Transpose", [weight], { perm: [1, 0] }));
}

function matmul(a: Numbers, b: Numbers): Numbers {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  if (b.shape.at(-2) !== inner) {
    throw new RangeError(`[${a.shape.join(", ")}] and [${b.shape.join(", ")}] do not multiply`);
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const atA = broadcastIndices(a.shape.slice(0, -2), batch);
  const atB = broadcastIndices(b.shape.slice(0, -2), batch);
  const data = new Float64Array(sizeOf(batch) * rows * columns);
  const round = ROUND[a.dtype];
  for (let n = 0; n < atA.length; n++) {
    const [startA, startB, start] = [atA[n]! * rows * inner, atB[n]! * inner * columns, n * rows * columns];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          sum += a.data[startA + i * inner + k]! * b.data[startB + k * columns + j]!;
        }
        data[start + i * columns + j] = round(sum);
      }
    }
  }
  return { dtype: a.dtype, shape: [...batch, rows, columns], data };
}

function einsum(equation: string, operands: readonly Numbers[]): Numbers {
  const [left, right] = equation.replaceAll(" ", "").split("->") as [string, string];
  const terms = left.split(",");
  const sizes = new Map<string, number>();
  terms.forEach((term, n) => {
    [...term].forEach((letter, axis) => {
      const size = operands[n]!.shape[axis]!;
      if ((sizes.get(letter) ?? 1) === 1) sizes.set(letter, size);
    });
  });
  const summed = [...sizes.keys()].filter(letter => !right.includes(letter));
  const letters = [...right, ...summed];
  const full = letters.map(letter => sizes.get(letter)!);
  const steps = terms.map((term, n) => {
    const strides = stridesOf(operands[n]!.shape);
    return letters.map(letter =>
      [...term].reduce(
        (sum, other, axis) =>
          other === letter && operands[n]!.shape[axis] !== 1 ? sum + strides[axis]! : sum,
        0,
      ),
    );
  });
  const dtype: DType = operands[0]!.dtype;
  const shape = full.slice(0, right.length);
  const inner = sizeOf(full.slice(right.length));
  const sums = new Float64Array(sizeOf(shape));
  const index = full.map(() => 0);
  for (let flat = 0; flat < sums.length * inner; flat++) {
    let product = 1;
    for (let n = 0; n < operands.length; n++) {
      product *= operands[n]!.data[index.reduce((at, i, axis) => at + i * steps[n]![axis]!, 0)]!;
    }
    sums[Math.floor(flat / inner)]! += product;
    for (let axis = full.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < full[axis]!) break;
      index[axis] = 0;
    }
  }
  return fill(dtype, shape, i => sums[i]!);
}
