import { fiveBits, float16, GGUF_TYPES, type GgufType, subScales } from "./gguf-types.ts";
import { BLOCK, type QuantisedKind } from "./layout.ts";

/** Some rows of a quantised matrix, taken apart; every array is row-major. */
export type UnpackedRows = Readonly<Record<string, Uint8Array | Float32Array>>;

/** A type of GGUF that stays in few bits. */
export interface KeptType {
  readonly kind: QuantisedKind;
  /**
   * Takes whole rows of blocks apart into the parts of `QUANTISED_PARTS`. The result is in the source's row order;
   * `offsets` is not transposed yet.
   * @param count how many weights.
   */
  readonly unpack: (source: Uint8Array, count: number) => UnpackedRows;
}

/** The types that the layout holds without rounding; the others are stored as float32. */
export const KEPT_TYPES: Readonly<Partial<Record<GgufType, KeptType>>> = {
  Q4_0: {
    kind: "q4_1",
    unpack: (source, count) =>
      fourBits(count, GGUF_TYPES.Q4_0.bytes, (at, block, out) => {
        // (quant − 8) · scale: nothing is left to add
        out.scales[block] = float16(source, at);
        packHalves(source, at + 2, out.quants, block);
      }),
  },
  Q4_1: {
    kind: "q4_1",
    unpack: (source, count) =>
      fourBits(count, GGUF_TYPES.Q4_1.bytes, (at, block, out) => {
        const scale = float16(source, at);
        out.scales[block] = scale;
        out.offsets[block] = float16(source, at + 2) + 8 * scale;
        packHalves(source, at + 4, out.quants, block);
      }),
  },
  Q4_K: {
    kind: "q4_1",
    unpack: (source, count) => {
      const { bytes, elements } = GGUF_TYPES.Q4_K;
      return fourBits(count, (bytes * BLOCK) / elements, (at, block, out) => {
        if (block % 8 !== 0) return;
        const { scales, minimums } = subScales(source, at);
        for (let sub = 0; sub < 8; sub++) {
          out.scales[block + sub] = scales[sub]!;
          out.offsets[block + sub] = 8 * scales[sub]! - minimums[sub]!;
          packRun(source, at + 16 + 32 * (sub >> 1), sub & 1 ? 4 : 0, out.quants, block + sub);
        }
      });
    },
  },
  Q8_0: {
    kind: "q8_0",
    unpack: (source, count) =>
      eightBits(source, count, GGUF_TYPES.Q8_0.bytes, (at, j) => source[at + 2 + j]! ^ 128),
  },
  // Five bits fit into eight: (quant − 16) · scale.
  Q5_0: {
    kind: "q8_0",
    unpack: (source, count) =>
      eightBits(source, count, GGUF_TYPES.Q5_0.bytes, (at, j) => fiveBits(source, at + 2, j) + 112),
  },
};

interface FourBits {
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
  readonly offsets: Float32Array;
}

/** @param stride source bytes for 32 weights. */
function fourBits(
  count: number,
  stride: number,
  block: (at: number, index: number, out: FourBits) => void,
): UnpackedRows {
  const blocks = count / BLOCK;
  const out = {
    quants: new Uint8Array(count / 2),
    scales: new Float32Array(blocks),
    offsets: new Float32Array(blocks),
  };
  for (let index = 0; index < blocks; index++) block(index * stride, index, out);
  return { ...out };
}

/** Elements j and j + 16 of a block share a byte of the source; the kernels pair 2j with 2j + 1. */
function packHalves(source: Uint8Array, at: number, quants: Uint8Array, block: number): void {
  const out = block * 16;
  for (let pair = 0; pair < 8; pair++) {
    const first = source[at + 2 * pair]!;
    const second = source[at + 2 * pair + 1]!;
    quants[out + pair] = (first & 15) | ((second & 15) << 4);
    quants[out + 8 + pair] = (first >> 4) | (second & 0xf0);
  }
}

/** One half of each of 32 bytes, as a block. */
function packRun(source: Uint8Array, at: number, shift: number, quants: Uint8Array, block: number): void {
  for (let pair = 0; pair < 16; pair++) {
    const first = (source[at + 2 * pair]! >> shift) & 15;
    const second = (source[at + 2 * pair + 1]! >> shift) & 15;
    quants[block * 16 + pair] = first | (second << 4);
  }
}

/**
 * @param stride source bytes of a block, which begins with its scale.
 * @param quant element `j` of the block at a byte offset, 128 standing for 0.
 */
function eightBits(
  source: Uint8Array,
  count: number,
  stride: number,
  quant: (at: number, j: number) => number,
): UnpackedRows {
  const blocks = count / BLOCK;
  const quants = new Uint8Array(count);
  const scales = new Float32Array(blocks);
  const high = new Uint8Array(count / 2);
  const low = new Uint8Array(count / 2);
  const scales16 = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const at = block * stride;
    const scale = float16(source, at);
    scales[block] = scale;
    scales16[block] = 16 * scale;
    for (let pair = 0; pair < BLOCK / 2; pair++) {
      const first = quant(at, 2 * pair);
      const second = quant(at, 2 * pair + 1);
      quants[block * BLOCK + 2 * pair] = first;
      quants[block * BLOCK + 2 * pair + 1] = second;
      low[block * (BLOCK / 2) + pair] = (first & 15) | ((second & 15) << 4);
      high[block * (BLOCK / 2) + pair] = (first >> 4) | (second & 0xf0);
    }
  }
  return { quants, scales, high, low, scales16 };
}
