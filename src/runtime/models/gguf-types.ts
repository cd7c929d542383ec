import { fromHalf } from "../session/numbers.ts";

/**
 * Element types of GGUF: one row each. A row of a tensor is whole blocks of `elements` numbers in `bytes` bytes.
 * Layouts: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
 */
export interface GgufTypeRow {
  readonly elements: number;
  readonly bytes: number;
  /**
   * The numbers of the block at byte `at`, written from `to` on, each rounded to float32 as ggml rounds it. Null: only the
   * size of the type is known, its tensors are listed but not read.
   */
  readonly dequantise: ((source: Uint8Array, at: number, values: Float32Array, to: number) => void) | null;
}

/** A scale and a minimum per run of a super-block: weight = scale · quant − minimum. */
interface SubScales {
  readonly scales: Float32Array;
  readonly minimums: Float32Array;
}

const row = (elements: number, bytes: number, dequantise: GgufTypeRow["dequantise"] = null): GgufTypeRow => ({
  elements,
  bytes,
  dequantise,
});

const { fround } = Math;

export const GGUF_TYPES = {
  F32: row(1, 4, (source, at, values, to) => {
    values[to] = float32(source, at);
  }),
  F16: row(1, 2, (source, at, values, to) => {
    values[to] = float16(source, at);
  }),
  BF16: row(1, 2, (source, at, values, to) => {
    values[to] = bfloat16(source, at);
  }),

  // One float16 (scale), 16 bytes of nibbles: element j low, element j + 16 high, around 8.
  Q4_0: row(32, 18, (source, at, values, to) => {
    const scale = float16(source, at);
    for (let j = 0; j < 16; j++) {
      const byte = source[at + 2 + j]!;
      values[to + j] = scale * ((byte & 15) - 8);
      values[to + 16 + j] = scale * ((byte >> 4) - 8);
    }
  }),
  // Two float16 (scale, minimum), nibbles as Q4_0.
  Q4_1: row(32, 20, (source, at, values, to) => {
    const scale = float16(source, at);
    const minimum = float16(source, at + 2);
    for (let j = 0; j < 16; j++) {
      const byte = source[at + 4 + j]!;
      values[to + j] = scale * (byte & 15) + minimum;
      values[to + 16 + j] = scale * (byte >> 4) + minimum;
    }
  }),
  // One float16 (scale), 32 fifth bits, nibbles as Q4_0, around 16.
  Q5_0: row(32, 22, (source, at, values, to) => {
    const scale = float16(source, at);
    for (let j = 0; j < 32; j++) values[to + j] = scale * (fiveBits(source, at + 2, j) - 16);
  }),
  // Two float16 (scale, minimum), 32 fifth bits, nibbles.
  Q5_1: row(32, 24, (source, at, values, to) => {
    const scale = float16(source, at);
    const minimum = float16(source, at + 2);
    for (let j = 0; j < 32; j++) values[to + j] = scale * fiveBits(source, at + 4, j) + minimum;
  }),
  // One float16 (scale), 32 signed bytes.
  Q8_0: row(32, 34, (source, at, values, to) => {
    const scale = float16(source, at);
    for (let j = 0; j < 32; j++) values[to + j] = scale * ((source[at + 2 + j]! << 24) >> 24);
  }),

  // 16 bytes (scale low, minimum high) of 16 weights each, 64 bytes of 2 bits, two float16 that scale those.
  Q2_K: row(256, 84, (source, at, values, to) => {
    const scale = float16(source, at + 80);
    const minimum = float16(source, at + 82);
    for (let j = 0; j < 256; j++) {
      const both = source[at + (j >> 4)]!;
      const quant = twoBits(source, at + 16, j);
      values[to + j] = scale * (both & 15) * quant - minimum * (both >> 4);
    }
  }),
  // 32 bytes of third bits, 64 bytes of 2 bits, 16 scales of 6 bits in 12 bytes, one float16 that scales those.
  Q3_K: row(256, 110, (source, at, values, to) => {
    const scale = float16(source, at + 108);
    for (let j = 0; j < 256; j++) {
      const index = j >> 4;
      const low = source[at + 96 + (index & 7)]! >> (index < 8 ? 0 : 4);
      const high = source[at + 104 + (index & 3)]! >> (2 * (index >> 2));
      const own = ((low & 15) | ((high & 3) << 4)) - 32;
      const third = (source[at + (j & 31)]! >> (j >> 5)) & 1;
      values[to + j] = scale * own * (twoBits(source, at + 32, j) - (third ? 0 : 4));
    }
  }),
  // Two float16, 8 scales and 8 minimums of 6 bits in 12 bytes, 128 bytes of nibbles: 32 low, then 32 high.
  Q4_K: row(256, 144, (source, at, values, to) => {
    const { scales, minimums } = subScales(source, at);
    for (let j = 0; j < 256; j++) {
      values[to + j] = scales[j >> 5]! * halfByte(source, at + 16, j) - minimums[j >> 5]!;
    }
  }),
  // As Q4_K, with 32 bytes of fifth bits before the nibbles.
  Q5_K: row(256, 176, (source, at, values, to) => {
    const { scales, minimums } = subScales(source, at);
    for (let j = 0; j < 256; j++) {
      const fifth = (source[at + 16 + (j & 31)]! >> (j >> 5)) & 1;
      const quant = halfByte(source, at + 48, j) | (fifth << 4);
      values[to + j] = scales[j >> 5]! * quant - minimums[j >> 5]!;
    }
  }),
  // 128 bytes of 4 low bits, 64 of 2 high bits, 16 signed scales, one float16 that scales those; around 32.
  Q6_K: row(256, 210, (source, at, values, to) => {
    const scale = float16(source, at + 208);
    for (let j = 0; j < 256; j++) {
      const low = source[at + ((j >> 7) << 6) + (j & 63)]! >> (j & 64 ? 4 : 0);
      const own = (source[at + 192 + (j >> 4)]! << 24) >> 24;
      const quant = ((low & 15) | (twoBits(source, at + 128, j) << 4)) - 32;
      values[to + j] = fround(scale * own) * quant;
    }
  }),

  I8: row(1, 1),
  I16: row(1, 2),
  I32: row(1, 4),
  I64: row(1, 8),
  F64: row(1, 8),
  IQ1_S: row(256, 50),
  IQ1_M: row(256, 56),
  IQ2_XXS: row(256, 66),
  IQ2_XS: row(256, 74),
  IQ2_S: row(256, 82),
  IQ3_XXS: row(256, 98),
  IQ3_S: row(256, 110),
  IQ4_NL: row(32, 18),
  IQ4_XS: row(256, 136),
  TQ1_0: row(256, 54),
  TQ2_0: row(256, 66),
  MXFP4: row(32, 17),
} as const satisfies Readonly<Record<string, GgufTypeRow>>;

export type GgufType = keyof typeof GGUF_TYPES;

/** The types whose numbers can be read. */
export const READ_GGUF_TYPES = (Object.keys(GGUF_TYPES) as GgufType[]).filter(
  type => GGUF_TYPES[type].dequantise !== null,
);

/**
 * The numbers of whole blocks.
 * @throws RangeError for a type that is not read.
 */
export function dequantised(type: GgufType, source: Uint8Array): Float32Array<ArrayBuffer> {
  const { elements, bytes, dequantise } = GGUF_TYPES[type] as GgufTypeRow;
  if (dequantise === null) throw new RangeError(type);
  const blocks = Math.floor(source.length / bytes);
  const values = new Float32Array(blocks * elements);
  for (let block = 0; block < blocks; block++) dequantise(source, block * bytes, values, block * elements);
  return values;
}

/** The 8 scales and minimums of a block of Q4_K or Q5_K; each product is exact in float32. */
export function subScales(source: Uint8Array, at: number): SubScales {
  const scale = float16(source, at);
  const minimum = float16(source, at + 2);
  const scales = new Float32Array(8);
  const minimums = new Float32Array(8);
  for (let j = 0; j < 4; j++) {
    const [first, second, rest] = [source[at + 4 + j]!, source[at + 8 + j]!, source[at + 12 + j]!];
    scales[j] = scale * (first & 63);
    minimums[j] = minimum * (second & 63);
    scales[j + 4] = scale * ((rest & 15) | ((first >> 2) & 48));
    minimums[j + 4] = minimum * ((rest >> 4) | ((second >> 2) & 48));
  }
  return { scales, minimums };
}

/** Element j of nibbles that lie in runs of 64: 32 in the low halves of 32 bytes, then 32 in the high ones. */
function halfByte(source: Uint8Array, at: number, j: number): number {
  return (source[at + ((j >> 6) << 5) + (j & 31)]! >> (j & 32 ? 4 : 0)) & 15;
}

/** Element j of pairs of bits that lie in runs of 128: 32 in the lowest pairs of 32 bytes, then 32 in the next, … */
function twoBits(source: Uint8Array, at: number, j: number): number {
  return (source[at + ((j >> 7) << 5) + (j & 31)]! >> (((j >> 5) & 3) * 2)) & 3;
}

/** Element j of a block of Q5_0 or Q5_1: its fifth bit from the four bytes at `at`, the others from the 16 after them. */
export function fiveBits(source: Uint8Array, at: number, j: number): number {
  const fifth = (source[at + (j >> 3)]! >> (j & 7)) & 1;
  const byte = source[at + 4 + (j & 15)]!;
  return (j < 16 ? byte & 15 : byte >> 4) | (fifth << 4);
}

/** The float16 at a byte offset, little endian (IEEE 754 binary16). */
export function float16(bytes: Uint8Array, offset: number): number {
  return fromHalf(bytes[offset]! | (bytes[offset + 1]! << 8));
}

const WORD = new DataView(new ArrayBuffer(4));

function float32(bytes: Uint8Array, offset: number): number {
  for (let i = 0; i < 4; i++) WORD.setUint8(i, bytes[offset + i]!);
  return WORD.getFloat32(0, true);
}

function bfloat16(bytes: Uint8Array, offset: number): number {
  WORD.setUint16(0, 0);
  WORD.setUint8(2, bytes[offset]!);
  WORD.setUint8(3, bytes[offset + 1]!);
  return WORD.getFloat32(0, true);
}
