import type { DType } from "../../shared/dtype.ts";

/** Bytes of a tensor inside a file of the weight folder. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Path of the file relative to the weight folder, with "/". */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** How a parameter is stored: as it is, or as a matrix [rows, columns] in blocks of 32 along its rows. */
export type StoredWeight =
  | ({ readonly kind: "plain" } & StoredTensor)
  | {
      /** w = d·(q − 8) + (m + 8d), q of 4 bits. */
      readonly kind: "q4_1";
      readonly shape: readonly [rows: number, columns: number];
      /** [rows, columns / 32, 16] uint8; byte j holds element 2j low, 2j + 1 high. */
      readonly quants: StoredTensor;
      /** d, [rows, columns / 32]. */
      readonly scales: StoredTensor;
      /** m + 8d, [columns / 32, rows]. */
      readonly offsets: StoredTensor;
    }
  | {
      /** w = d·q, q of 8 bits. */
      readonly kind: "q8_0";
      readonly shape: readonly [rows: number, columns: number];
      /** q + 128, [rows, columns] uint8. */
      readonly quants: StoredTensor;
      /** d, [rows, columns / 32]. */
      readonly scales: StoredTensor;
      /** Upper and lower nibbles of q + 128, packed as those of q4_1. */
      readonly high: StoredTensor;
      readonly low: StoredTensor;
      /** 16 d. */
      readonly scales16: StoredTensor;
    };

/** Where a graph finds its parameters. */
export interface Weights {
  /** Folder that every location is relative to; no symbolic link leads out of it. */
  readonly folder: string;
  find(name: string): StoredWeight | undefined;
}
