import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { TensorExpression, TracedCheckpoint } from "../../shared/trace.ts";
import { sizeOf } from "../primitives/numbers.ts";
import { asFloat32, CheckpointReader, widened } from "../weights/checkpoint-source.ts";
import type { CheckpointWeights } from "../weights/checkpoint-weights.ts";
import { type SafetensorsPlan, writeSafetensors } from "../weights/safetensors.ts";
import { WeightFileError } from "../weights/safetensors-header.ts";
import { sourceOf, type TensorSource } from "../weights/tensor-source.ts";
import {
  CONVERTED_FILE,
  TABLE_FILE,
  TABLE_VERSION,
  type TensorPart,
  type WeightTable,
} from "../weights/weight-table.ts";
import { type Cache, withCacheLock } from "./cache.ts";
import { type AddOptions, progressOf } from "./progress.ts";
import { replaceFolder } from "./replace-folder.ts";

/** Folders kept; those used longest ago go first. */
const KEPT = 16;
/** What is in memory at once of a tensor that is made anew, in elements. */
const PIECE = 2 ** 22;

/**
 * Where weights lie that have the model's names, shapes and types, for `openWeights`: the checkpoint's own folder where it
 * has them already, else a table in the cache that points into the checkpoint, beside what had to be laid out anew or
 * widened, made once.
 * @param checkpoint its folder.
 * @throws WeightFileError that names the tensor; Error where the disk is full; the signal's reason.
 */
export async function fitWeights(
  checkpoint: string,
  weights: CheckpointWeights,
  { tensors }: TracedCheckpoint,
  cache: Cache,
  options: Pick<AddOptions, "signal" | "onProgress"> = {},
): Promise<string> {
  const unchanged = Object.entries(tensors).every(
    ([name, expression]) => name === expression && placeOf(expression, weights) === name,
  );
  if (unchanged) return checkpoint;
  const named: Record<string, string | TensorPart> = {};
  const made: Made[] = [];
  const reader = new CheckpointReader(weights.folder);
  try {
    // What is pointed at has to lie under one root with what is made.
    const apart = parse(weights.folder).root !== parse(resolve(cache.root)).root;
    for (const [name, expression] of Object.entries(tensors)) {
      const place = apart ? null : placeOf(expression, weights);
      if (place === null) made.push({ name, source: makerOf(name, expression, weights, reader) });
      else named[name] = place;
    }
    const pointed = Object.keys(named).length > 0;
    const table: WeightTable = {
      version: TABLE_VERSION,
      checkpoint: pointed ? checkpoint : null,
      tensors: named,
    };
    const identity = [table, made.map(({ name }) => [name, tensors[name]]), await stampsOf(weights.files)];
    const key = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 32);
    const folder = join(cache.fitted, key);
    const { signal } = options;
    await withCacheLock(cache, `fitted-${key}`, () => make(folder, table, made, cache, options), {
      signal,
    });
    const now = new Date();
    await utimes(folder, now, now);
    return join(folder, TABLE_FILE);
  } finally {
    await reader.close();
  }
}

interface Made {
  readonly name: string;
  readonly source: TensorSource;
}

async function make(
  folder: string,
  table: WeightTable,
  made: readonly Made[],
  cache: Cache,
  options: Pick<AddOptions, "signal" | "onProgress">,
): Promise<void> {
  if (existsSync(folder)) return;
  const bytes = made.reduce((sum, { source }) => sum + sizeOf(source.shape) * source.width, 0);
  const fill = async (unfinished: string): Promise<void> => {
    if (made.length > 0) await write(join(unfinished, CONVERTED_FILE), made, bytes, options);
    await writeFile(join(unfinished, TABLE_FILE), JSON.stringify(table));
  };
  await replaceFolder(folder, () => bytes, fill);
  await prune(cache.fitted);
}

async function write(
  path: string,
  made: readonly Made[],
  bytes: number,
  options: Pick<AddOptions, "signal" | "onProgress">,
): Promise<void> {
  const onFraction = progressOf(options, t("Converting weights"));
  let written = 0;
  const plan = made.map(
    ({ name, source }): SafetensorsPlan => ({ name, dtype: source.dtype, shape: source.shape }),
  );
  await writeSafetensors(path, plan, async function* (index) {
    const { shape, read } = made[index]!.source;
    const size = sizeOf(shape);
    // whole rows where they fit: what is permuted or joined inside a row is then read once
    const row = size / (shape[0] || 1);
    const piece = Math.max(1, Math.floor(PIECE / (row || 1))) * row || PIECE;
    for (let from = 0; from < size; from += piece) {
      options.signal?.throwIfAborted();
      const chunk = await read(from, Math.min(size, from + piece));
      yield chunk;
      written += chunk.byteLength;
      onFraction(written / bytes);
    }
  });
}

/** Where an expression lies as it is; null where it has to be made. */
function placeOf(expression: TensorExpression, weights: CheckpointWeights): string | TensorPart | null {
  if (typeof expression === "string") {
    const stored = weights.find(expression);
    return stored?.kind === "plain" && widened(stored.dtype) !== stored.dtype ? null : expression;
  }
  const [input, ...others] = expression.inputs;
  if (input === undefined || others.length > 0) return null;
  const place = placeOf(input, weights);
  if (place === null) return null;
  const of = typeof place === "string" ? place : place.of;
  const stored = weights.find(of);
  if (stored?.kind !== "plain") return null;
  const inside = typeof place === "string" ? { of, start: 0, shape: stored.shape } : place;
  if (expression.primitive === "reshape") {
    const { shape } = expression.attributes;
    return sizeOf(shape) === sizeOf(inside.shape) ? { ...inside, shape } : null;
  }
  if (expression.primitive !== "slice") return null;
  const { dim, start, end, step } = expression.attributes;
  if (step !== 1 || start < 0 || end > (inside.shape[dim] ?? 0) || end <= start) return null;
  if (sizeOf(inside.shape.slice(0, dim)) !== 1) return null;
  const inner = sizeOf(inside.shape.slice(dim + 1));
  return { of, start: inside.start + start * inner, shape: inside.shape.with(dim, end - start) };
}

/** Reads what an expression stands for, in the type that a graph takes. */
function makerOf(
  name: string,
  expression: TensorExpression,
  weights: CheckpointWeights,
  reader: CheckpointReader,
): TensorSource {
  const leaves = leavesOf(expression).map(leaf => {
    const stored = weights.find(leaf);
    if (stored?.kind === "plain") return { leaf, stored };
    throw new WeightFileError(
      t(
        "{0} of {1} is stored in blocks of few bits, which cannot be rearranged into {2}. Choose a checkpoint in F32, F16 or BF16.",
        leaf,
        weights.folder,
        name,
      ),
      weights.folder,
      leaf,
    );
  });
  const types = new Set(leaves.map(({ stored }) => stored.dtype));
  const type = types.size === 1 ? widened(leaves[0]!.stored.dtype) : "float32";
  const sources = new Map(
    leaves.map(({ leaf, stored }) => {
      const source = reader.stored(stored);
      return [leaf, source.dtype === type ? source : asFloat32(source)];
    }),
  );
  try {
    return sourceOf(expression, leaf => sources.get(leaf)!);
  } catch (error) {
    throw new WeightFileError(
      t(
        "{0} could not be made from {1}: {2}",
        name,
        [...sources.keys()].join(", "),
        (error as Error).message,
      ),
      weights.folder,
      name,
    );
  }
}

function leavesOf(expression: TensorExpression): string[] {
  return typeof expression === "string" ? [expression] : [...new Set(expression.inputs.flatMap(leavesOf))];
}

/** Tells a file from one that took its place. */
function stampsOf(files: readonly string[]): Promise<unknown[]> {
  return Promise.all(
    files.map(async file => {
      const { size, mtimeMs, ino } = await stat(file);
      return [file, size, mtimeMs, ino];
    }),
  );
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(name => !name.startsWith("."));
  const ages = await Promise.all(
    names.map(
      async name => [name, (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0] as const,
    ),
  );
  const oldest = [...ages].sort((a, b) => b[1] - a[1]).slice(KEPT);
  // One that is in use on Windows cannot be removed yet.
  await Promise.all(
    oldest.map(([name]) => rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)),
  );
}
