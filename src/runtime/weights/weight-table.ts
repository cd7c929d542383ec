import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import { WeightFileError } from "./safetensors-header.ts";

/**
 * Where a model's parameters lie in a checkpoint that says otherwise: a file `weights.json` in a folder of ours, beside the
 * tensors that had to be made anew. Names that it does not list do not exist.
 */
export interface WeightTable {
  readonly version: typeof TABLE_VERSION;
  /** Folder of the checkpoint; null where nothing is pointed at. */
  readonly checkpoint: string | null;
  /** By name in the model: the checkpoint's tensor, or consecutive elements of it in another shape. */
  readonly tensors: Readonly<Record<string, string | TensorPart>>;
}

export interface TensorPart {
  readonly of: string;
  /** First element. */
  readonly start: number;
  readonly shape: readonly number[];
}

export const TABLE_VERSION = 1;
export const TABLE_FILE = "weights.json";
/** Tensors under their names in the model. */
export const CONVERTED_FILE = "converted.safetensors";

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema: v.GenericSchema<unknown, WeightTable> = v.object({
  version: v.literal(TABLE_VERSION),
  checkpoint: v.nullable(v.string()),
  tensors: v.record(
    v.string(),
    v.union([v.string(), v.object({ of: v.string(), start: whole, shape: v.array(whole) })]),
  ),
});

/** Throws WeightFileError. */
export async function readWeightTable(path: string): Promise<WeightTable> {
  try {
    return v.parse(schema, JSON.parse(await readFile(path, "utf8")));
  } catch {
    throw new WeightFileError(t("{0} is damaged; remove its folder and open the model again.", path), path);
  }
}
