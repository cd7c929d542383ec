import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { readIndexedTensors } from "../weights/weight-files.ts";
import { type Environment, userCache, withCacheLock } from "./cache.ts";
import { type CheckpointInfo, describeCheckpoint } from "./checkpoint.ts";
import { DownloadError } from "./connection.ts";
import { requireSpace } from "./disk-space.ts";
import { type DownloadOptions, download, downloadedBytes } from "./download.ts";
import type { KnownFile } from "./file-digest.ts";
import { type HubToken, hubFileUrl, hubToken } from "./hub.ts";
import { hubError } from "./hub-error.ts";
import { neededFiles } from "./hub-files.ts";
import { formatHubId, type HubId, hubFolderName } from "./hub-id.ts";
import { hubRevision } from "./hub-revision.ts";
import { cachedSnapshot } from "./huggingface-cache.ts";
import { type AddOptions, progressOf, waiting } from "./progress.ts";

/**
 * Downloads a model of the hub into the cache: its safetensors, config and tokenizer, each file verified by the hash that
 * the hub states. What was interrupted goes on where it stopped, file by file and within a file. A model that Hugging
 * Face's own cache holds whole is used from there.
 * @throws Error that says what is missing: the model, the right to read it, the network, space, or safetensors; the
 *   signal's reason where it was cancelled.
 */
export async function addFromHub(id: HubId, options: AddOptions = {}): Promise<CheckpointInfo> {
  const { environment = process.env, signal, describe = describeCheckpoint } = options;
  const cache = options.cache ?? userCache(environment);
  const name = formatHubId(id);
  const folder = join(cache.models, hubFolderName(id));
  const work = async (): Promise<CheckpointInfo> => {
    const present = existsSync(folder) ? await describe(folder, name, "cache") : null;
    if (present?.problem === null) return present;
    const snapshot = await cachedSnapshot(name, environment);
    const own = snapshot && (await describe(snapshot.folder, name, "huggingface"));
    if (own?.problem === null) return own;

    const message = t("Downloading {0}", name);
    options.onProgress?.({ message, fraction: null });
    const token = await hubToken(environment);
    const { commit, files } = await hubRevision(id, { environment, token, signal });
    const staging = join(cache.downloads, `${hubFolderName(id)}-${commit}`);
    const fetched = (file: KnownFile, onBytes?: (received: number) => void): Promise<string> => {
      const url = hubFileUrl(id.repository, commit, file.name, environment);
      return fetchFile({ url, file, folder: staging, signal, onBytes }, token, id, environment);
    };
    const needed = await neededFiles(files, name, async index => readIndexedTensors(await fetched(index)));
    const already = await Promise.all(needed.map(file => downloadedBytes(file, staging)));
    const total = sum(needed.map(file => file.bytes));
    await requireSpace(cache.root, total - sum(already));
    let before = 0;
    const onFraction = progressOf(options, message);
    for (const file of needed) {
      await fetched(file, received => onFraction((before + received) / total));
      before += file.bytes;
    }
    await keepOnly(staging, needed);
    await mkdir(dirname(folder), { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
    return describe(folder, name, "cache");
  };
  return withCacheLock(cache, `model-${hubFolderName(id)}`, work, { signal, onWait: waiting(options) });
}

/** Removes what else lies there, such as an index of shards that was read and is of no use. */
async function keepOnly(folder: string, files: readonly KnownFile[]): Promise<void> {
  const names = new Set(files.map(file => file.name));
  for (const name of await readdir(folder))
    if (!names.has(name)) await rm(join(folder, name), { recursive: true });
}

async function fetchFile(
  options: DownloadOptions,
  token: HubToken | null,
  id: HubId,
  environment: Environment,
): Promise<string> {
  try {
    return await download({ ...options, authorization: token?.authorization ?? null });
  } catch (error) {
    // That a file is not there says nothing of the model, which has just been listed.
    const refused = error instanceof DownloadError && (error.status === 401 || error.status === 403);
    throw refused ? hubError(error, id, environment, token) : error;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
