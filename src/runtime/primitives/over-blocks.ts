import { MICROSOFT } from "../onnx/builder.ts";
import type { Lowering, QuantisedWeight } from "./primitive.ts";

/**
 * What MatMulNBits computes in. float32: the type of its input. int8: the input is rounded to 8 bits, with one scale per
 * block. digits: the input, of one row, is taken apart into three such, which together are as exact as float32 where
 * `digitsAreExact`; twice as fast where the kernel computes more than it reads, and slower from some eight rows on.
 */
export type BlockArithmetic = Lowering["activations"] | "digits";

/** What is used of a graph. */
export type BlockGraph = Pick<Lowering, "activations" | "node" | "ints" | "scalar" | "once">;

export interface BlockOptions {
  readonly arithmetic?: BlockArithmetic;
  /** Tensors that the product over 4 bits is added to. */
  readonly added?: readonly string[];
}

/**
 * x · Wᵀ over a matrix in blocks of 32, without loss unless `arithmetic` is int8.
 * Q4_1, w = d·q + m: MatMulNBits reads nibbles as q − 8, so m + 8d, times each block's sum of x, is added.
 * Q8_0, w = d·(16·high + low − 128): in float32 two products of 4 bits each, since that 8-bit kernel unpacks the whole
 * matrix; with zero points of its own the product is slower than with 8 and the block's sum of x times 8d added.
 */
export function linearOverBlocks(
  graph: BlockGraph,
  x: string,
  rank: number,
  blocks: QuantisedWeight,
  { arithmetic = graph.activations, added = [] }: BlockOptions = {},
): string {
  const { rows: N, columns: K } = blocks;
  const attributes = { K, N, block_size: BLOCK, accuracy_level: arithmetic === "float32" ? 0 : INT8 };
  const input = arithmetic === "digits" ? digitsOf(graph, x, rank, K) : x;
  const multiply = (bits: number, quants: string, scales: string) => {
    const product = graph.node("MatMulNBits", [input, quants, scales], { ...attributes, bits }, MICROSOFT);
    if (arithmetic !== "digits") return product;
    return graph.node("Add", [
      graph.node("ReduceSum", [product, graph.ints(rank - 2)]),
      notANumber(graph, x, rank),
    ]);
  };

  if (blocks.kind === "q8_0" && arithmetic !== "float32") {
    return multiply(
      8,
      graph.node("Reshape", [blocks.quants, graph.ints(N, K / BLOCK, BLOCK)]),
      blocks.scales,
    );
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

/** The largest of the numbers that 8 bits hold on both sides of 0. */
const LARGEST = 127;

/** Stands for the scale of a block of zeros. */
const TINY = 1e-30;

/**
 * x [..., 1, K] as three rows [..., 3, K] whose sum it is to 2⁻²³ of the largest number of each block: what 8 bits hold of
 * it, of what that leaves, and the rest. A row's blocks have their largest number at 127 times their scale, so the kernel
 * finds the same scale and rounds nothing. After Ootomo, Ozaki and Yokota, "DGEMM on Integer Matrix Multiplication Unit",
 * https://arxiv.org/abs/2306.11975.
 */
function digitsOf(graph: BlockGraph, x: string, rank: number, columns: number): string {
  return graph.once(`digits ${x}`, () => {
    const first = byBlock(graph, x, rank, columns);
    const rounded = eightBits(graph, first, rank);
    const second = graph.node("Sub", [first, rounded]);
    const refined = eightBits(graph, second, rank);
    const third = graph.node("Sub", [second, refined]);
    const digits = graph.node("Concat", [rounded, refined, third], { axis: rank - 2 });
    return graph.node("Reshape", [digits, graph.ints(...Array<number>(rank - 1).fill(0), columns)]);
  });
}

/** 0 [..., 1, 1], or NaN where x [..., 1, K] holds one or an infinity: 8 bits have no such number. */
function notANumber(graph: BlockGraph, x: string, rank: number): string {
  return graph.once(`not a number in ${x}`, () =>
    graph.node("ReduceSum", [graph.node("Sub", [x, x]), graph.ints(rank - 1)]),
  );
}

/** x [..., K / 32, 32] rounded as the kernel rounds it. */
function eightBits(graph: BlockGraph, x: string, rank: number): string {
  const largest = graph.node("ReduceMax", [graph.node("Abs", [x]), graph.ints(rank)]);
  const scale = graph.node("Div", [largest, graph.scalar("float32", LARGEST)]);
  const divisor = graph.node("Max", [scale, graph.scalar("float32", TINY)]);
  return graph.node("Mul", [graph.node("Round", [graph.node("Div", [x, divisor])]), scale]);
}

function byBlock(graph: BlockGraph, x: string, rank: number, columns: number): string {
  const kept = Array<number>(rank - 1).fill(0);
  return graph.node("Reshape", [x, graph.ints(...kept, columns / BLOCK, BLOCK)]);
}
