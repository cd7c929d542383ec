import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import { readWholeFile } from "../whole-file.ts";
import { type SafetensorsHeader, WeightFileError } from "./safetensors-header.ts";

/** The files that make up the weights of a folder, and what its index says of them. */
export interface WeightFiles {
  /** As they are called in the folder. */
  readonly paths: readonly string[];
  /** Path of the index, and the tensors that it promises with the file of each; null where one file is all. */
  readonly index: { readonly path: string; readonly tensors: ReadonlyMap<string, string> } | null;
}

const SINGLE = "model.safetensors";
/** How the name of an index of shards ends. */
export const SHARD_INDEX = ".safetensors.index.json";
/** Weights as Python objects: to read them is to run what is in them. */
const PICKLES = /\.(bin|pt|pth|ckpt|pkl)$/;

const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

/**
 * The safetensors of a folder as Hugging Face's libraries lay it out: `model.safetensors`, or `….safetensors.index.json`
 * with its shards; where there is neither, the only file of that kind.
 * @throws WeightFileError that names what is missing and what is there instead.
 */
export async function findWeightFiles(folder: string): Promise<WeightFiles> {
  const present = await readdir(folder).catch((error: Error) => {
    throw new WeightFileError(t("{0} cannot be opened: {1}.", folder, error.message), folder);
  });
  const indices = present.filter(name => name.endsWith(SHARD_INDEX));
  const index =
    indices.find(name => name === `model${SHARD_INDEX}`) ?? (indices.length === 1 ? indices[0] : undefined);
  if (index !== undefined) return readIndex(folder, index, new Set(present));
  const files = present.filter(name => name.endsWith(".safetensors"));
  const single = files.includes(SINGLE) ? SINGLE : files.length === 1 ? files[0] : undefined;
  if (single !== undefined) return { paths: [join(folder, single)], index: null };
  const pickle = present.find(name => PICKLES.test(name));
  throw new WeightFileError(
    pickle === undefined
      ? t(
          "{0} holds neither {1} nor {2}. Choose a folder with safetensors weights.",
          folder,
          SINGLE,
          `model${SHARD_INDEX}`,
        )
      : t(
          "{0} is a pickle: reading it would run code that is inside it, so it is not read. Convert the checkpoint to safetensors, or choose a revision that has it.",
          join(folder, pickle),
        ),
    join(folder, pickle ?? SINGLE),
  );
}

/**
 * The shards that an index of a folder names.
 * @throws WeightFileError where it is no index, or a shard is missing.
 */
export async function readWeightIndex(folder: string, name: string): Promise<WeightFiles> {
  return readIndex(folder, name, new Set(await readdir(folder)));
}

/**
 * The file of every tensor that an index promises, by plain names.
 * @throws WeightFileError where it is no index.
 */
export async function readIndexedTensors(path: string): Promise<ReadonlyMap<string, string>> {
  let tensors: ReadonlyMap<string, string>;
  const text = await readWholeFile(path).catch((error: Error) => {
    throw new WeightFileError(error.message, path);
  });
  try {
    const { weight_map } = v.parse(indexSchema, JSON.parse(text ?? ""));
    tensors = new Map(Object.entries(weight_map));
    if (tensors.size === 0) throw new RangeError(path);
  } catch {
    throw new WeightFileError(t("{0} is not a valid index of shards; fetch it again.", path), path);
  }
  for (const [tensor, file] of tensors) {
    if (/^[^/\\]+$/.test(file) && file !== "." && file !== "..") continue;
    throw new WeightFileError(
      t(
        "{0} says that {1} is in “{2}”; shards lie beside their index, under a plain name. Put them there and fetch the index again.",
        path,
        tensor,
        file,
      ),
      path,
      tensor,
    );
  }
  return tensors;
}

async function readIndex(folder: string, name: string, present: ReadonlySet<string>): Promise<WeightFiles> {
  const path = join(folder, name);
  const tensors = await readIndexedTensors(path);
  const shards = [...new Set(tensors.values())].sort();
  const missing = shards.find(shard => !present.has(shard));
  if (missing !== undefined) {
    throw new WeightFileError(
      t(
        "{0} is missing: {1} names it as one of {2} shards. Fetch it as well.",
        join(folder, missing),
        name,
        shards.length,
      ),
      join(folder, missing),
    );
  }
  return { paths: shards.map(shard => join(folder, shard)), index: { path, tensors } };
}

/**
 * Which of the files holds each tensor, by its position. Where several hold one, the index says whose is meant.
 * @param headers of the files, in their order.
 * @throws WeightFileError where a tensor is not in the file that the index names, or which is meant is said nowhere.
 */
export function placeTensors(
  { paths, index }: WeightFiles,
  headers: readonly SafetensorsHeader[],
): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const numbers = new Map(paths.map((path, i) => [basename(path), i]));
  for (const [tensor, file] of index?.tensors ?? []) {
    const number = numbers.get(file)!;
    if (!headers[number]!.tensors.has(tensor)) {
      throw new WeightFileError(
        t(
          "{0} says that {1} is in {2}, which does not hold it. Fetch both again.",
          index!.path,
          tensor,
          file,
        ),
        index!.path,
        tensor,
      );
    }
    places.set(tensor, number);
  }
  for (const [number, { tensors }] of headers.entries()) {
    for (const tensor of tensors.keys()) {
      const known = places.get(tensor);
      if (known === undefined) places.set(tensor, number);
      else if (known !== number && !index?.tensors.has(tensor)) {
        throw new WeightFileError(
          t(
            "{0} is in {1} and in {2}, and the index does not say which is meant. Fetch all of them again.",
            tensor,
            paths[known]!,
            paths[number]!,
          ),
          paths[number]!,
          tensor,
        );
      }
    }
  }
  return places;
}

/** Where a file really lies: a cache of the hub is made of symbolic links. Throws WeightFileError. */
export async function realFile(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isFile()) return real;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeightFileError(t("{0} cannot be opened: {1}.", path, reason), path);
  }
  throw new WeightFileError(t("{0} is not a file.", path), path);
}
