import { BLOCK, partName, type QuantisedKind } from "../../src/runtime/models/layout.ts";
import { fill, type Numbers } from "../../src/runtime/primitives/numbers.ts";

/** A matrix in blocks of few bits: as it is stored, by the names of its parts, and as float32. */
export interface FewBits {
  readonly matrix: Numbers;
  readonly parts: Readonly<Record<string, Numbers>>;
}

/** Matrices [rows, columns] of random numbers, as a repacked GGUF file has them. */
export const RANDOM_BLOCKS: Readonly<
  Record<QuantisedKind, (rows: number, columns: number, random: () => number) => FewBits>
> = {
  q4_1(rows, columns, random) {
    const groups = columns / BLOCK;
    const scales = scalesOf(rows, groups, random);
    const quants = fill("uint8", [rows, columns], () => Math.floor(16 * random()));
    const minima = fill("float32", [rows, groups], () => -Math.round(200 * random()) / 256);
    const matrix = fill("float32", [rows, columns], i => {
      const block = Math.floor(i / BLOCK);
      return scales.data[block]! * quants.data[i]! + minima.data[block]!;
    });
    const offsets = fill("float32", [groups, rows], i => {
      const block = (i % rows) * groups + Math.floor(i / rows);
      return minima.data[block]! + 8 * scales.data[block]!;
    });
    return { matrix, parts: { quants: packed(rows, groups, i => quants.data[i]!), scales, offsets } };
  },
  q8_0(rows, columns, random) {
    const groups = columns / BLOCK;
    const scales = scalesOf(rows, groups, random);
    const quants = fill("uint8", [rows, columns], () => Math.floor(256 * random()));
    const matrix = fill("float32", [rows, columns], i => {
      return scales.data[Math.floor(i / BLOCK)]! * (quants.data[i]! - 128);
    });
    const parts = {
      quants,
      scales,
      high: packed(rows, groups, i => quants.data[i]! >> 4),
      low: packed(rows, groups, i => quants.data[i]! & 15),
      scales16: fill("float32", scales.shape, i => 16 * scales.data[i]!),
    };
    return { matrix, parts };
  },
};

/** The tensors of a file that holds a matrix under a name. */
export function storedAs(name: string, kind: QuantisedKind, { parts }: FewBits): Record<string, Numbers> {
  return Object.fromEntries(
    Object.entries(parts).map(([suffix, numbers]) => [partName(name, kind, suffix), numbers]),
  );
}

/** Exact in half precision, as in a GGUF file. */
function scalesOf(rows: number, groups: number, random: () => number): Numbers {
  return fill("float32", [rows, groups], () => Math.round(1 + 60 * random()) / 512);
}

/** Nibble pairs in the order of the layout. */
function packed(rows: number, groups: number, nibble: (element: number) => number): Numbers {
  return fill("uint8", [rows, groups, BLOCK / 2], i => nibble(2 * i) + 16 * nibble(2 * i + 1));
}
