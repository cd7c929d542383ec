import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { DTYPE_BYTES } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import {
  BLOCK,
  LAYOUT,
  parsePartName,
  partName,
  QUANTISED_PARTS,
  type QuantisedKind,
} from "../models/layout.ts";
import { sizeOf } from "../primitives/numbers.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import { type SafetensorsHeader, WeightFileError } from "./safetensors-header.ts";
import type { StoredTensor, StoredWeight, Weights } from "./stored.ts";
import { findWeightFiles, placeTensors, realFile, type WeightFiles } from "./weight-files.ts";
import { CONVERTED_FILE, readWeightTable, TABLE_FILE, type WeightTable } from "./weight-table.ts";

/** Parameters of a checkpoint, by the names they have in its files, or in the model that they were fitted to. */
export interface CheckpointWeights extends Weights {
  readonly names: ReadonlySet<string>;
  /** The files that hold them, where they really lie. */
  readonly files: readonly string[];
}

const NO_FILES: WeightFiles = { paths: [], index: null };

/**
 * Opens the safetensors of a folder as Hugging Face lays it out, in shards or not. Only headers are read.
 * @throws WeightFileError that names the file and what is wrong.
 */
export async function openCheckpointWeights(folder: string): Promise<CheckpointWeights> {
  return open(await findWeightFiles(folder), [], own => own);
}

/**
 * Opens what a model runs with: a checkpoint's folder, or the file of a `WeightTable`, which is a table of ours because it
 * is named as the place of weights: a file of that name in a checkpoint means nothing.
 * @throws WeightFileError as `openCheckpointWeights`.
 */
export async function openWeights(place: string): Promise<CheckpointWeights> {
  const isTable = basename(place) === TABLE_FILE && (await stat(place).catch(() => null))?.isFile();
  if (!isTable) return openCheckpointWeights(place);
  const table = await readWeightTable(place);
  const files = table.checkpoint === null ? NO_FILES : await findWeightFiles(table.checkpoint);
  const converted = join(dirname(place), CONVERTED_FILE);
  return open(files, existsSync(converted) ? [converted] : [], (own, made) =>
    fitted(table, own, made, place),
  );
}

/**
 * Reads and checks the headers of files.
 * @param made files beside those of the checkpoint.
 * @param weightsOf puts together what the checkpoint's files and the others hold.
 */
async function open(
  files: WeightFiles,
  made: readonly string[],
  weightsOf: (own: StoredWeights, made: StoredWeights) => StoredWeights,
): Promise<CheckpointWeights> {
  const paths = [...files.paths, ...made];
  const real = await Promise.all(paths.map(realFile));
  // onnxruntime follows no symbolic link out of a folder
  const root = commonFolder(real);
  const headers: SafetensorsHeader[] = [];
  for (const path of paths) headers.push(await readSafetensorsHeader(path));
  for (const [i, header] of headers.entries()) checkFormat(header, paths[i]!);
  const locations = real.map(path => relative(root, path).replaceAll(sep, "/"));
  /** Parts are put together in files of our own alone; in others their names mean nothing. */
  const stored = (places: Iterable<readonly [string, number]>): StoredWeights => {
    const weights = new Map<string, StoredWeight>();
    const ours = new Map<string, StoredTensor>();
    for (const [name, i] of places) {
      const tensor = { ...headers[i]!.tensors.get(name)!, location: locations[i]! };
      if (isOurs(headers[i]!)) ours.set(name, tensor);
      else weights.set(name, { kind: "plain", ...tensor });
    }
    for (const [name, weight] of assemble(ours)) weights.set(name, weight);
    return weights;
  };
  const count = files.paths.length;
  const own = stored(placeTensors(files, headers.slice(0, count)));
  const others = headers
    .slice(count)
    .flatMap(({ tensors }, i) => [...tensors.keys()].map(name => [name, count + i] as const));
  const weights = weightsOf(own, stored(others));
  return { folder: root, files: real, names: new Set(weights.keys()), find: name => weights.get(name) };
}

type StoredWeights = ReadonlyMap<string, StoredWeight>;
type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** The weights under the model's names. */
function fitted(
  table: WeightTable,
  own: StoredWeights,
  converted: StoredWeights,
  path: string,
): Map<string, StoredWeight> {
  const weights = new Map(converted);
  for (const [name, source] of Object.entries(table.tensors)) {
    const stored = own.get(typeof source === "string" ? source : source.of);
    const part = stored === undefined || typeof source === "string" ? stored : partOf(stored, source);
    if (part === undefined) {
      throw new WeightFileError(
        t("{0} is damaged; remove its folder and open the model again.", path),
        path,
        name,
      );
    }
    weights.set(name, part);
  }
  return weights;
}

/** Consecutive elements of a plain tensor; undefined where it has no such. */
function partOf(
  stored: StoredWeight,
  part: Exclude<WeightTable["tensors"][string], string>,
): StoredWeight | undefined {
  if (stored.kind !== "plain") return undefined;
  const width = DTYPE_BYTES[stored.dtype];
  const length = sizeOf(part.shape) * width;
  if (part.start * width + length > stored.length) return undefined;
  return { ...stored, shape: part.shape, offset: stored.offset + part.start * width, length };
}

function isOurs({ metadata }: SafetensorsHeader): boolean {
  return metadata.get("format") === LAYOUT.format;
}

function checkFormat(header: SafetensorsHeader, path: string): void {
  if (!isOurs(header)) return;
  const version = header.metadata.get("version");
  if (version === LAYOUT.version) return;
  throw new WeightFileError(
    t(
      "{0} was written by another version of Papertrace ({1}). Remove it from the cache and add the model again.",
      path,
      version ?? "?",
    ),
    path,
  );
}

/** Puts the parts of matrices in blocks together; everything else is plain. */
function assemble(tensors: StoredTensors): Map<string, StoredWeight> {
  const weights = new Map<string, StoredWeight>();
  for (const [name, tensor] of tensors) {
    const part = parsePartName(name);
    if (part === null) weights.set(name, { kind: "plain", ...tensor });
    else if (part.suffix === "quants")
      weights.set(part.tensor, assembleBlocks(part.tensor, part.kind, tensors));
  }
  return weights;
}

/** A matrix from its parts, each checked against the layout. */
function assembleBlocks(name: string, kind: QuantisedKind, tensors: StoredTensors): StoredWeight {
  const scales = tensors.get(partName(name, kind, "scales"));
  const [rows = 0, groups = 0] = scales?.shape ?? [];
  const shape = [rows, groups * BLOCK] as const;
  const parts = QUANTISED_PARTS[kind].map(({ suffix, dtype, shape: shapeOf }) => {
    const part = tensors.get(partName(name, kind, suffix));
    const expected = { dtype: dtype === "U8" ? "uint8" : "float32", shape: shapeOf(...shape) };
    if (part?.dtype !== expected.dtype || part.shape.join() !== expected.shape.join()) {
      throw new WeightFileError(
        t(
          "{0} lacks part {1} of {2} as the layout has it. Remove the model from the cache and add it again.",
          part?.location ?? scales?.location ?? name,
          suffix,
          name,
        ),
        part?.location ?? scales?.location ?? name,
        name,
      );
    }
    return [suffix, part];
  });
  return { kind, shape, ...Object.fromEntries(parts) } as StoredWeight;
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (paths.some(path => relative(folder, path).startsWith(".."))) folder = dirname(folder);
  return folder;
}
