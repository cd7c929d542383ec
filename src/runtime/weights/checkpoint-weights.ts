import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { t } from "../../shared/l10n.ts";
import {
  BLOCK,
  LAYOUT,
  parsePartName,
  partName,
  QUANTISED_PARTS,
  type QuantisedKind,
} from "../models/layout.ts";
import { firstParts, spellings } from "./names.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import { type SafetensorsHeader, WeightFileError } from "./safetensors-header.ts";
import type { StoredTensor, StoredWeight, Weights } from "./stored.ts";

/** Parameters of a checkpoint, by the names they have in its files. */
export interface CheckpointWeights extends Weights {
  readonly names: ReadonlySet<string>;
}

const INDEX = "model.safetensors.index.json";
const SINGLE = "model.safetensors";

/** Opens the safetensors of a folder as Hugging Face lays it out, in shards or not. Throws WeightFileError. */
export async function openCheckpointWeights(folder: string): Promise<CheckpointWeights> {
  const files = await weightFiles(folder);
  return openWeightFiles(files.map(name => join(folder, name)));
}

async function openWeightFiles(paths: readonly string[]): Promise<CheckpointWeights> {
  // a cache of the hub is made of symbolic links, which onnxruntime refuses to follow out of a folder
  const real = await Promise.all(paths.map(path => realpath(path)));
  const root = commonFolder(real);
  const tensors = new Map<string, StoredTensor>();
  for (const [i, path] of real.entries()) {
    const header = await readSafetensorsHeader(paths[i]!);
    checkFormat(header, paths[i]!);
    const location = relative(root, path).replaceAll(sep, "/");
    for (const [name, entry] of header.tensors) tensors.set(name, { ...entry, location });
  }
  const weights = assemble(tensors);
  const prefixes = firstParts(weights.keys());
  return {
    folder: root,
    names: new Set(weights.keys()),
    find: name => {
      const spelling = spellings(name, prefixes).find(candidate => weights.has(candidate));
      return spelling === undefined ? undefined : weights.get(spelling);
    },
  };
}

/** Names of the files that make up the weights of a folder. */
async function weightFiles(folder: string): Promise<string[]> {
  const present = new Set(await readdir(folder));
  if (!present.has(INDEX)) {
    if (present.has(SINGLE)) return [SINGLE];
    throw new WeightFileError(
      t("{0} holds neither {1} nor {2}. Choose a folder with safetensors weights.", folder, SINGLE, INDEX),
      join(folder, SINGLE),
    );
  }
  const path = join(folder, INDEX);
  let shards: string[];
  try {
    const index = JSON.parse(await readFile(path, "utf8")) as { weight_map: Record<string, string> };
    shards = [...new Set(Object.values(index.weight_map))].map(name => basename(name));
  } catch {
    throw new WeightFileError(t("{0} is not a valid index of shards; fetch it again.", path), path);
  }
  const missing = shards.find(shard => !present.has(shard));
  if (missing !== undefined) {
    throw new WeightFileError(
      t(
        "{0} is missing: {1} names it as one of {2} shards. Fetch it as well.",
        join(folder, missing),
        INDEX,
        shards.length,
      ),
      join(folder, missing),
    );
  }
  return shards;
}

function checkFormat({ metadata }: SafetensorsHeader, path: string): void {
  if (metadata.get("format") !== LAYOUT.format) return;
  const version = metadata.get("version");
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
function assemble(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredWeight> {
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
function assembleBlocks(
  name: string,
  kind: QuantisedKind,
  tensors: ReadonlyMap<string, StoredTensor>,
): StoredWeight {
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
