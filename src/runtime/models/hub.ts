import { stat } from "node:fs/promises";
import { join } from "node:path";
import { getHFHubCachePath, getRepoFolderName, scanCachedRepo } from "@huggingface/hub";
import type { Environment } from "./cache.ts";

/** Address of a file on the Hugging Face hub, or on the mirror that `HF_ENDPOINT` names. */
export function hubFileUrl(
  repository: string,
  revision: string,
  file: string,
  environment: Environment = process.env,
): string {
  const endpoint = (environment.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  return `${endpoint}/${repository}/resolve/${revision}/${file}`;
}

/**
 * Folder of a hub id (`owner/name`) in the cache of Hugging Face's own libraries: the snapshot that `main` refers to,
 * else the newest; null where there is none. Its files are links into `blobs/`.
 */
export async function huggingFaceSnapshot(id: string, environment: Environment): Promise<string | null> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(id) || id.split("/").some(part => part.startsWith("."))) return null;
  const cache = environment.HF_HUB_CACHE ?? getHFHubCachePath();
  const folder = join(cache, getRepoFolderName({ type: "model", name: id }));
  if (!(await stat(folder).catch(() => null))) return null;
  const { revisions } = await scanCachedRepo(folder);
  const newestFirst = [...revisions].sort(
    (left, right) => right.lastModifiedAt.getTime() - left.lastModifiedAt.getTime(),
  );
  const chosen = newestFirst.find(revision => revision.refs.includes("main")) ?? newestFirst[0];
  return chosen?.path ?? null;
}
