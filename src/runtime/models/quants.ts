import { GGUF_TYPES } from "./gguf.ts";
import { BLOCK, type QuantisedKind } from "./layout.ts";

/** Some rows of a quantised matrix, taken apart; every array is row-major. */
export type UnpackedRows = Readonly<Record<string, Uint8Array | Float32Array>>;

/**
 * Takes whole rows of GGUF blocks apart into the parts of `QUANTISED_PARTS`. The result is in the source's row order;
 * `offsets` is not transposed yet.
 * @param source rows · columns / 32 blocks.
 */
export const UNPACK: Readonly<
  Record<QuantisedKind, (source: Uint8Array, rows: number, columns: number) => UnpackedRows>
> = { q4_1: unpackQ41, q8_0: unpackQ80 };

function unpackQ41(source: Uint8Array, rows: number, columns: number): UnpackedRows {
  const blocks = (rows * columns) / BLOCK;
  const quants = new Uint8Array(blocks * (BLOCK / 2));
  const scales = new Float32Array(blocks);
  const offsets = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const at = block * GGUF_TYPES.Q4_1.bytes;
    const scale = float16(source, at);
    scales[block] = scale;
    offsets[block] = float16(source, at + 2) + 8 * scale;
    // The file pairs element j with j + 16, the kernels pair 2j with 2j + 1.
    const nibbles = at + 4;
    const out = block * 16;
    for (let pair = 0; pair < 8; pair++) {
      const first = source[nibbles + 2 * pair]!;
      const second = source[nibbles + 2 * pair + 1]!;
      quants[out + pair] = (first & 15) | ((second & 15) << 4);
      quants[out + 8 + pair] = (first >> 4) | (second & 0xf0);
    }
  }
  return { quants, scales, offsets };
}

function unpackQ80(source: Uint8Array, rows: number, columns: number): UnpackedRows {
  const blocks = (rows * columns) / BLOCK;
  const quants = new Uint8Array(blocks * BLOCK);
  const scales = new Float32Array(blocks);
  const high = new Uint8Array(blocks * (BLOCK / 2));
  const low = new Uint8Array(blocks * (BLOCK / 2));
  const scales16 = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const at = block * GGUF_TYPES.Q8_0.bytes;
    const scale = float16(source, at);
    scales[block] = scale;
    scales16[block] = 16 * scale;
    for (let pair = 0; pair < BLOCK / 2; pair++) {
      // Adding 128 to a signed byte flips its top bit.
      const first = source[at + 2 + 2 * pair]! ^ 128;
      const second = source[at + 3 + 2 * pair]! ^ 128;
      quants[block * BLOCK + 2 * pair] = first;
      quants[block * BLOCK + 2 * pair + 1] = second;
      low[block * (BLOCK / 2) + pair] = (first & 15) | ((second & 15) << 4);
      high[block * (BLOCK / 2) + pair] = (first >> 4) | (second & 0xf0);
    }
  }
  return { quants, scales, high, low, scales16 };
}

/** The float16 at a byte offset, little endian (IEEE 754 binary16). */
function float16(bytes: Uint8Array, offset: number): number {
  const bits = bytes[offset]! | (bytes[offset + 1]! << 8);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
