import { availableParallelism } from "node:os";
import type { DType } from "../../shared/dtype.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { fill, fromBytes, type Numbers, toBytes, toTensor } from "../primitives/numbers.ts";
import {
  type ArithmeticOf,
  type BlockArithmetic,
  type BlockGraph,
  digitsWhereSooner,
  linearOverBlocks,
} from "../primitives/over-blocks.ts";
import type { QuantisedWeight } from "../primitives/primitive.ts";
import { createSession, fromOrt, toOrt } from "./onnxruntime.ts";

/**
 * Whether this processor's kernels multiply digit by digit without loss, as `linearOverBlocks` counts on: they choose by
 * themselves how they round to 8 bits, and those of some processors share one scale among all blocks of a row. Found out
 * by one small product of either kind, once in a process.
 */
export function digitsAreExact(): Promise<boolean> {
  known ??= isExact();
  return known;
}

let known: Promise<boolean> | undefined;

/** What products that lose nothing are soonest computed in on this machine. */
export async function losslessArithmetic(): Promise<BlockArithmetic | ArithmeticOf> {
  return (await digitsAreExact()) ? digitsWhereSooner(availableParallelism()) : "float32";
}

const BLOCKS = 4;
const [ROWS, COLUMNS] = [32, 32 * BLOCKS];

/** Of the largest number of the row times the largest of the matrix: what adding float32 numbers up loses, and some. */
const TOLERANCE = 1e-6;

async function isExact(): Promise<boolean> {
  const builder = new GraphBuilder();
  const graph = blockGraph(builder);
  const constant = ({ dtype, shape, ...numbers }: Numbers) =>
    builder.constant(dtype, shape, toBytes({ dtype, shape, ...numbers }));
  const quants = fill("uint8", [ROWS, COLUMNS], i => (37 * i + (i >> 4)) % 256);
  const scales = fill("float32", [ROWS, BLOCKS], i => 2 ** -(5 + (i % 3)));
  const none = fill("float32", [BLOCKS, ROWS], () => 0);
  const nibble = (i: number) => quants.data[i]! % 16;
  const size = { rows: ROWS, columns: COLUMNS };
  const weights: readonly (QuantisedWeight & { readonly element: (i: number) => number })[] = [
    {
      ...size,
      kind: "q4_1",
      quants: constant(fill("uint8", [ROWS, BLOCKS, 16], i => nibble(2 * i) + 16 * nibble(2 * i + 1))),
      scales: constant(scales),
      offsets: constant(none),
      element: i => nibble(i) - 8,
    },
    {
      ...size,
      kind: "q8_0",
      quants: constant(quants),
      scales: constant(scales),
      high: "",
      low: "",
      scales16: "",
      element: i => quants.data[i]! - 128,
    },
  ];
  // Numbers of every size side by side, and from block to block.
  const row = fill("float32", [1, 1, COLUMNS], i =>
    Math.fround(Math.sin(1 + i * i) * 10 ** ((i % 5) - 2 - (i >> 5))),
  );
  const x = builder.input("x", row.dtype, row.shape);
  const names = weights.map(blocks =>
    builder.output(linearOverBlocks(graph, x, 3, blocks), "float32", [1, 1, ROWS]),
  );
  const { session } = await createSession(builder.finish("digits"), ".", ["cpu"]);
  try {
    const results = await session.run({ x: toOrt(toTensor(row)) }, names);
    return weights.every(({ element }, n) => {
      const { dtype, shape, data } = fromOrt(results[names[n]!]!);
      const matrix = quants.data.map((_, i) => element(i) * scales.data[i >> 5]!);
      const largest = Math.max(...row.data.map(Math.abs)) * Math.max(...matrix.map(Math.abs));
      return fromBytes(dtype, shape, data).data.every((number, r) => {
        const exact = row.data.reduce((sum, factor, k) => sum + factor * matrix[r * COLUMNS + k]!, 0);
        return Math.abs(number - exact) <= TOLERANCE * largest;
      });
    });
  } finally {
    await session.release();
  }
}

function blockGraph(builder: GraphBuilder): BlockGraph {
  const made = new Map<string, string>();
  const constant = (dtype: DType, shape: readonly number[], values: readonly number[]) =>
    builder.constant(dtype, shape, toBytes(fill(dtype, shape, i => values[i]!)));
  return {
    arithmetic: () => "digits",
    constant,
    node: (operator, inputs, attributes, domain) => builder.node(operator, inputs, attributes, domain),
    ints: (...values) => constant("int64", [values.length], values),
    scalar: (dtype, value) => constant(dtype, [], [Number(value)]),
    once(key, make) {
      const name = made.get(key) ?? make();
      made.set(key, name);
      return name;
    },
  };
}
