import { MICROSOFT } from "../onnx/builder.ts";
import type { Lowering, QuantisedWeight } from "./primitive.ts";

/**
 * What MatMulNBits computes in. float32: the type of its input. int8: the input is rounded to 8 bits, with one scale per
 * block. digits: the input is taken apart into three such, which together are as exact as float32 where `digitsAreExact`;
 * for one row half as long on a CPU, where the kernel computes more than it reads, and longer from some three rows on.
 */
export type BlockArithmetic = "float32" | "int8" | "digits";

/** What the product with each matrix computes in. */
export type ArithmeticOf = (matrix: Pick<QuantisedWeight, "rows" | "columns">) => BlockArithmetic;

/** Of a matrix of fewer elements for each thread, the product is done before its input is taken apart. */
export const WORTH_DIGITS = 300_000;

/** Digit by digit where that is sooner than float32, on so many threads. */
export function digitsWhereSooner(threads: number): ArithmeticOf {
  return ({ rows, columns }) => (rows * columns < threads * WORTH_DIGITS ? "float32" : "digits");
}

/** What is used of a graph. */
export type BlockGraph = Pick<Lowering, "arithmetic" | "node" | "ints" | "constant" | "scalar" | "once">;

/**
 * x · Wᵀ over a matrix in blocks of 32, without loss unless the graph's arithmetic is int8.
 * Q4_1, w = d·q + m: MatMulNBits reads nibbles as q − 8, so m + 8d, times each block's sum of x, is added.
 * Q8_0, w = d·(16·high + low − 128): in float32 two products of 4 bits each, since that 8-bit kernel unpacks the whole
 * matrix; with zero points of its own the product is slower than with 8 and the block's sum of x times 8d added.
 */
export function linearOverBlocks(
  graph: BlockGraph,
  x: string,
  rank: number,
  blocks: QuantisedWeight,
  /** Tensors that the product over 4 bits is added to. */
  added: readonly string[] = [],
): string {
  const wanted = graph.arithmetic(blocks);
  // Digits are rows, beside which a vector has none.
  const arithmetic = wanted === "digits" && rank < 2 ? "float32" : wanted;
  const { rows: N, columns: K } = blocks;
  const attributes = { K, N, block_size: BLOCK, accuracy_level: arithmetic === "float32" ? 0 : INT8 };
  const multiply = (bits: Bits, quants: string, scales: string) => {
    const input = arithmetic === "digits" ? digitsOf(graph, x, rank, K, bits) : x;
    const product = graph.node("MatMulNBits", [input, quants, scales], { ...attributes, bits }, MICROSOFT);
    if (arithmetic !== "digits") return product;
    const apart = graph.node("Reshape", [product, graph.ints(...kept(rank - 2), DIGITS, -1, N)]);
    return graph.node("ReduceSum", [apart, graph.ints(rank - 2)], { keepdims: 0 });
  };

  if (blocks.kind === "q8_0" && arithmetic !== "float32") {
    const quants = graph.node("Reshape", [blocks.quants, graph.ints(N, K / BLOCK, BLOCK)]);
    const product = multiply(8, quants, blocks.scales);
    return arithmetic === "int8" ? product : graph.node("Add", [product, notANumber(graph, x, rank)]);
  }
  const sums = graph.once(`block sums ${x}`, () =>
    graph.node("ReduceSum", [byBlock(graph, x, rank, K), graph.ints(rank)], { keepdims: 0 }),
  );
  const plus = (product: string, offsets: string) =>
    graph.node(added.length > 0 ? "Sum" : "Add", [product, graph.node("MatMul", [sums, offsets]), ...added]);
  if (blocks.kind === "q4_1") return plus(multiply(4, blocks.quants, blocks.scales), blocks.offsets);
  const offsets = graph.once(`offsets ${blocks.scales}`, () => {
    const byRow = graph.node("Mul", [blocks.scales, graph.scalar("float32", 8)]);
    return graph.node("Transpose", [byRow], { perm: [1, 0] });
  });
  const product = graph.node("Add", [
    multiply(4, blocks.high, blocks.scales16),
    multiply(4, blocks.low, blocks.scales),
  ]);
  return plus(product, offsets);
}

const BLOCK = 32;

/** The accuracy level of MatMulNBits at which it rounds its input to 8 bits. */
const INT8 = 4;

/** So many are as exact as the 24 bits of float32. */
const DIGITS = 3;

type Bits = 4 | 8;

/**
 * x [..., n, K] as three times as many rows [..., 3n, K], each third rounded to 8 bits by the kernel: x itself, what rounding
 * it leaves, and what rounding that leaves. Their sum is x to 2⁻²⁴ of the largest number of each block, where that is above
 * 1e-30: of smaller ones, what rounding leaves has no float32. After Ootomo, Ozaki and Yokota, "DGEMM on Integer Matrix Multiplication Unit", https://arxiv.org/abs/2306.11975.
 */
function digitsOf(graph: BlockGraph, x: string, rank: number, columns: number, bits: Bits): string {
  return graph.once(`digits for ${bits} bits ${x}`, () => {
    const first = byBlock(graph, x, rank, columns);
    const second = graph.node("Sub", [first, asRounded(graph, first, bits)]);
    const third = graph.node("Sub", [second, asRounded(graph, second, bits)]);
    const digits = graph.node("Concat", [first, second, third], { axis: rank - 2 });
    return graph.node("Reshape", [digits, graph.ints(...kept(rank - 1), columns)]);
  });
}

/** Blocks [..., K / 32, 32] as the kernel rounds them: times the identity. */
function asRounded(graph: BlockGraph, blocks: string, bits: Bits): string {
  const width = (BLOCK * bits) / 8;
  const one = (row: number, column: number) => Number(row === column);
  const identity = Array.from({ length: BLOCK * width }, (_, i) => {
    const [row, byte] = [Math.floor(i / width), i % width];
    return bits === 8 ? one(row, byte) : one(row, 2 * byte) + 16 * one(row, 2 * byte + 1);
  });
  const all = (number: number) => Array<number>(BLOCK).fill(number);
  const inputs = [
    blocks,
    graph.constant("uint8", [BLOCK, 1, width], identity),
    graph.constant("float32", [BLOCK, 1], all(1)),
    // Zero points: with those of its own, 8 bits take more away than they leave.
    graph.constant("uint8", [BLOCK, 1], all(0)),
  ];
  const attributes = { K: BLOCK, N: BLOCK, block_size: BLOCK, accuracy_level: INT8, bits };
  return graph.node("MatMulNBits", inputs, attributes, MICROSOFT);
}

/** 0 [..., n, 1], or NaN where a row of x [..., n, K] holds one or an infinity: 8 bits have no such number. */
function notANumber(graph: BlockGraph, x: string, rank: number): string {
  return graph.once(`not a number in ${x}`, () =>
    graph.node("ReduceSum", [graph.node("Sub", [x, x]), graph.ints(rank - 1)]),
  );
}

function byBlock(graph: BlockGraph, x: string, rank: number, columns: number): string {
  return graph.node("Reshape", [x, graph.ints(...kept(rank - 1), columns / BLOCK, BLOCK)]);
}

/** Of a shape: the first dimensions as they are. */
function kept(count: number): number[] {
  return Array<number>(count).fill(0);
}
