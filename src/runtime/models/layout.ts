/**
 * The layout that quantised weights are repacked into: a safetensors file whose parts onnxruntime's kernels read in
 * place (com.microsoft MatMulNBits and GatherBlockQuantized, blocks of 32 along K). Nothing is rounded: every weight has
 * exactly the value that the GGUF file gives it.
 *
 * Metadata: `{"format": "papertrace", "version": "1"}`. Every part starts at a multiple of 64 bytes of the file.
 * Tensors without a row in `QUANTISED_PARTS` are stored plainly under their own name.
 */
export const LAYOUT = { format: "papertrace", version: "1" } as const;

/** Weights that share a scale, along the last dimension. */
export const BLOCK = 32;

/** Every part's start in the file, in bytes. */
export const PART_ALIGNMENT = 64;

export type QuantisedKind = "q4_1" | "q8_0";

export interface Part {
  readonly suffix: string;
  readonly dtype: "U8" | "F32";
  /** Of a matrix [rows, columns]. */
  shape(rows: number, columns: number): readonly number[];
}

/**
 * q4_1: a weight is quant · scale + minimum, with quant in 0..15; stored around 8, MatMulNBits' default zero point:
 * (quant − 8) · scale + (minimum + 8 · scale), so y = MatMulNBits(x) + blockSums(x) · offsets.
 *
 * q8_0: a weight is (quant − 128) · scale, with quant in 0..255, GatherBlockQuantized's default zero point. As a linear
 * map it is read as two 4-bit ones, quant = 16 · high + low: y = MatMulNBits(x, high, scales16, zero point 8) +
 * MatMulNBits(x, low, scales, zero point 0).
 */
export const QUANTISED_PARTS: Readonly<Record<QuantisedKind, readonly Part[]>> = {
  q4_1: [
    // Byte j of a block: element 2j in the low nibble, element 2j + 1 in the high one.
    { suffix: "quants", dtype: "U8", shape: (rows, columns) => [rows, columns / BLOCK, BLOCK / 2] },
    { suffix: "scales", dtype: "F32", shape: (rows, columns) => [rows, columns / BLOCK] },
    // minimum + 8 · scale, transposed.
    { suffix: "offsets", dtype: "F32", shape: (rows, columns) => [columns / BLOCK, rows] },
  ],
  q8_0: [
    { suffix: "quants", dtype: "U8", shape: (rows, columns) => [rows, columns] },
    { suffix: "scales", dtype: "F32", shape: (rows, columns) => [rows, columns / BLOCK] },
    // Nibbles of quants, paired as in q4_1.
    { suffix: "high", dtype: "U8", shape: (rows, columns) => [rows, columns / BLOCK, BLOCK / 2] },
    { suffix: "low", dtype: "U8", shape: (rows, columns) => [rows, columns / BLOCK, BLOCK / 2] },
    // 16 · scale.
    { suffix: "scales16", dtype: "F32", shape: (rows, columns) => [rows, columns / BLOCK] },
  ],
};

/** Name of a part of a quantised tensor: `model.embed_tokens.weight.q8_0.scales`. */
export function partName(tensor: string, kind: QuantisedKind, suffix: string): string {
  return `${tensor}.${kind}.${suffix}`;
}

/** Splits a part's name, or returns null for a tensor that is stored plainly. */
export function parsePartName(name: string): { tensor: string; kind: QuantisedKind; suffix: string } | null {
  const match = /^(.+)\.(q4_1|q8_0)\.([a-z0-9]+)$/.exec(name);
  return match && { tensor: match[1]!, kind: match[2] as QuantisedKind, suffix: match[3]! };
}
