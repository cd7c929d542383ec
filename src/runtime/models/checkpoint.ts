import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import { sizeOf } from "../primitives/numbers.ts";
import { type CheckpointWeights, openCheckpointWeights } from "../weights/checkpoint-weights.ts";
import { readWholeFile } from "../whole-file.ts";
import { type Cache, type Environment, userCache, withCacheLock } from "./cache.ts";
import { parseCard } from "./card.ts";
import { formatHubId, hubFolderName, parseHubFolderName, parseHubId } from "./hub-id.ts";
import { type CachedSnapshot, cachedSnapshot, cachedSnapshots } from "./huggingface-cache.ts";
import { ADDABLE_MODELS } from "./registry.ts";
import { zooDirectory } from "./zoo.ts";

/** A checkpoint as it is listed and named on screen. */
export interface CheckpointInfo {
  /** What `findModel` takes: an id of the zoo or of the cache, a hub id, or the folder. */
  readonly id: string;
  readonly label: string;
  /** Absolute path, laid out as Hugging Face does. */
  readonly folder: string;
  readonly origin: "zoo" | "cache" | "huggingface" | "folder";
  /** The class that the config names, such as `LlamaForCausalLM`. */
  readonly architecture: string | null;
  /** `model_type` of the config, such as `llama`. */
  readonly modelType: string | null;
  readonly parameters: number | null;
  /** Of the whole folder. */
  readonly bytes: number;
  /** How the weights are stored: "float32", "4-bit, exact", … */
  readonly precision: string | null;
  readonly licence: string | null;
  /** Scalar facts of the model card. */
  readonly card: Readonly<Record<string, string>>;
  /** Why it cannot be used, in words; null if it can. */
  readonly problem: string | null;
}

/** Reads what a folder says of itself; see `describeCheckpoint`. */
export type DescribeCheckpoint = (
  folder: string,
  id: string,
  origin: CheckpointInfo["origin"],
) => Promise<CheckpointInfo>;

export interface ModelOptions {
  readonly cache?: Cache;
  readonly environment?: Environment;
  /** Folder of the zoo. */
  readonly zoo?: string;
  /** Who reads folders; by default this process. */
  readonly describe?: DescribeCheckpoint;
}

/** The zoo, what has been added to the cache, and Hugging Face's own cache; a broken folder is listed with its problem. */
export async function listModels(options: ModelOptions = {}): Promise<CheckpointInfo[]> {
  const { cache, zoo, environment } = places(options);
  const { describe = describeCheckpoint } = options;
  return Promise.all([
    ...(await folders(zoo)).map(id => describe(join(zoo, id), id, "zoo")),
    ...(await folders(cache.models)).map(name =>
      describe(join(cache.models, name), idOfFolder(name), "cache"),
    ),
    ...(await cachedSnapshots(environment)).map(snapshot => describeSnapshot(snapshot, describe)),
  ]);
}

function idOfFolder(name: string): string {
  const hubId = parseHubFolderName(name);
  return hubId === null ? name : formatHubId(hubId);
}

async function describeSnapshot(
  { id, folder, unfinished }: CachedSnapshot,
  describe: DescribeCheckpoint,
): Promise<CheckpointInfo> {
  const info = await describe(folder, id, "huggingface");
  if (info.problem === null || !unfinished) return info;
  return { ...info, problem: t("Its download has not come to its end: {0}", info.problem) };
}

/**
 * The checkpoint of an id of the zoo or the cache, of a folder, or of a hub id in the Hugging Face cache.
 * @throws Error that says what there is, and what can be added, where nothing is found.
 */
export async function findModel(idOrFolder: string, options: ModelOptions = {}): Promise<CheckpointInfo> {
  const { cache, zoo, environment } = places(options);
  const { describe = describeCheckpoint } = options;
  const hubId = parseHubId(idOrFolder);
  if (isModelId(idOrFolder)) {
    for (const [origin, parent] of [
      ["zoo", zoo],
      ["cache", cache.models],
    ] as const) {
      const folder = join(parent, idOrFolder);
      if (await isDirectory(folder)) return describe(folder, idOrFolder, origin);
    }
  }
  const folder = resolve(idOrFolder);
  if (await isDirectory(folder)) return describe(folder, folder, "folder");
  if (hubId !== null) {
    const added = join(cache.models, hubFolderName(hubId));
    if (await isDirectory(added)) return describe(added, idOrFolder, "cache");
    const snapshot = await cachedSnapshot(idOrFolder, environment);
    if (snapshot !== null) return describeSnapshot(snapshot, describe);
  }
  if (isAbsolute(idOrFolder)) throw new Error(t("There is no model folder {0}.", idOrFolder));
  if (hubId !== null || ADDABLE_MODELS.some(model => model.id === idOrFolder)) {
    throw new Error(t("Model {0} has not been added yet: papertrace models add {0}", idOrFolder));
  }
  const known = (await listModels(options)).map(model => model.id).join(", ");
  throw new Error(t("There is no model or folder {0}. Models at hand: {1}.", idOrFolder, known));
}

/**
 * Deletes a model from the cache.
 * @throws Error for the zoo, for an id that is not in the cache, and where a file is in use.
 */
export async function removeModel(id: string, options: ModelOptions = {}): Promise<void> {
  const { cache, zoo } = places(options);
  const hubId = parseHubId(id);
  const name = hubId === null ? id : hubFolderName(hubId);
  const folder = join(cache.models, name);
  if (!isModelId(name) || !(await isDirectory(folder))) {
    throw new Error(
      isModelId(id) && (await isDirectory(join(zoo, id)))
        ? t("Model {0} ships with Papertrace and cannot be removed.", id)
        : t("There is no model {0} in the cache {1}.", id, cache.models),
    );
  }
  await withCacheLock(cache, `model-${name}`, async () => {
    // Renamed first, so that a deletion cut short never leaves half a model under its id.
    const doomed = join(cache.models, `.${name}.removed`);
    await rm(doomed, { recursive: true, force: true });
    await rename(folder, doomed);
    await rm(doomed, { recursive: true, force: true });
  });
}

const configSchema = v.pipe(
  v.unknown(),
  v.check(json => !Array.isArray(json), "an object was expected, not a list"),
  v.object({
    architectures: v.nullish(v.array(v.string())),
    model_type: v.nullish(v.string()),
    /** In place of `architectures`, where the library is diffusers. */
    _class_name: v.nullish(v.string()),
    quantization_config: v.nullish(v.looseObject({ quant_method: v.nullish(v.string()) })),
  }),
);

/** A folder of which no more is known than why it cannot be used. */
export function unusable(
  folder: string,
  id: string,
  origin: CheckpointInfo["origin"],
  problem: string,
): CheckpointInfo {
  return {
    id,
    label: origin === "folder" ? basename(folder) : id,
    folder,
    origin,
    architecture: null,
    modelType: null,
    parameters: null,
    bytes: 0,
    precision: null,
    licence: null,
    card: {},
    problem,
  };
}

/** Reads what a folder says of itself. Never throws: what is wrong becomes `problem`. */
export async function describeCheckpoint(
  folder: string,
  id: string,
  origin: CheckpointInfo["origin"],
): Promise<CheckpointInfo> {
  const problems: string[] = [];
  const attempt = <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      problems.push(error instanceof Error ? error.message : String(error));
      return null;
    });
  const config = await attempt(readJson(join(folder, "config.json"), configSchema));
  const weights = await attempt(openCheckpointWeights(folder));
  if (config?.quantization_config) problems.push(quantisedWeights(folder, config.quantization_config));
  const card = parseCard((await readWholeFile(join(folder, "README.md")).catch(() => null)) ?? "");
  return {
    id,
    label: card.model_name ?? (origin === "folder" ? basename(folder) : id),
    folder,
    origin,
    architecture: config?.architectures?.[0] ?? config?._class_name ?? null,
    modelType: config?.model_type ?? null,
    parameters: weights && countParameters(weights),
    bytes: await folderBytes(folder).catch(() => 0),
    precision: weights && describePrecision(weights),
    licence: card.license ?? null,
    card,
    problem: problems[0] ?? null,
  };
}

/** Why weights that a library has packed in a way of its own are not read, and what to do. */
export function quantisedWeights(
  folder: string,
  { quant_method: method }: { quant_method?: unknown },
): string {
  return t(
    "{0}: its weights are quantised by {1}, which is not supported. Choose the unquantised model or a GGUF file.",
    folder,
    typeof method === "string" ? method : "?",
  );
}

/** How most of the weights are stored, in words. */
export function describePrecision(weights: CheckpointWeights): string {
  const elements = new Map<string, number>();
  for (const name of weights.names) {
    const weight = weights.find(name)!;
    const stored = weight.kind === "plain" ? weight.dtype : weight.kind;
    elements.set(stored, (elements.get(stored) ?? 0) + sizeOf(weight.shape));
  }
  const [most = ""] = [...elements].sort((left, right) => right[1] - left[1])[0] ?? [];
  if (most === "q4_1") return t("4-bit, exact");
  return most === "q8_0" ? t("8-bit, exact") : most;
}

function countParameters(weights: CheckpointWeights): number {
  return [...weights.names].reduce((count, name) => count + sizeOf(weights.find(name)!.shape), 0);
}

/** An id, and the name of a folder of models, is one plain path segment; `.` and `..` are not. */
function isModelId(text: string): boolean {
  return /^[A-Za-z0-9][\w.+-]*$/.test(text);
}

function places(options: ModelOptions): { cache: Cache; zoo: string; environment: Environment } {
  const environment = options.environment ?? process.env;
  return { cache: options.cache ?? userCache(environment), zoo: options.zoo ?? zooDirectory(), environment };
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.isDirectory() && isModelId(entry.name))
    .map(entry => entry.name)
    .sort();
}

async function readJson<S extends v.GenericSchema>(path: string, schema: S): Promise<v.InferOutput<S>> {
  const text = await readWholeFile(path);
  if (text === null) throw new Error(t("{0} is missing.", path));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(t("{0} is not JSON: {1}", path, (error as Error).message));
  }
  const result = v.safeParse(schema, json);
  if (!result.success) throw new Error(t("{0} is not as expected: {1}", path, result.issues[0].message));
  return result.output;
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(
    entries.map(async entry => {
      const info = await stat(join(entry.parentPath, entry.name)).catch(() => null);
      return info?.isFile() ? info.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    info => info.isDirectory(),
    () => false,
  );
