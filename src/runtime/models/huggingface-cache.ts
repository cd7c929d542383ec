import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { getRepoFolderName } from "@huggingface/hub";
import type { Environment } from "./cache.ts";
import { parseHubId } from "./hub-id.ts";

/** A repository in the cache of Hugging Face's own libraries, whose files are links into `blobs/`. */
export interface CachedSnapshot {
  /** `owner/name`, or `name` of the oldest ones. */
  readonly id: string;
  readonly folder: string;
  /** A download of it has not come to its end. */
  readonly unfinished: boolean;
}

/** Where that cache is (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables). */
function huggingFaceCache(environment: Environment): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HOME } = environment;
  if (HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE) return HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE!;
  return join(huggingFaceHome({ HF_HOME, XDG_CACHE_HOME, HOME }), "hub");
}

/** Folder of everything that Hugging Face's libraries keep. */
export function huggingFaceHome({ HF_HOME, XDG_CACHE_HOME, HOME }: Environment): string {
  return HF_HOME || join(XDG_CACHE_HOME || join(HOME || homedir(), ".cache"), "huggingface");
}

/** The models there, each by the snapshot that `main` refers to, else by the newest. */
export async function cachedSnapshots(environment: Environment): Promise<CachedSnapshot[]> {
  const cache = huggingFaceCache(environment);
  const names = await readdir(cache).catch(() => []);
  const found = await Promise.all(
    names
      .filter(name => name.startsWith("models--"))
      .sort()
      .map(name => snapshotOf(join(cache, name), name.split("--").slice(1).join("/"), null)),
  );
  return found.filter(snapshot => snapshot !== null);
}

/** The snapshot of `owner/name` or `owner/name@revision`; null where there is none. */
export async function cachedSnapshot(id: string, environment: Environment): Promise<CachedSnapshot | null> {
  const wanted = parseHubId(id);
  if (wanted === null) return null;
  const folder = getRepoFolderName({ type: "model", name: wanted.repository });
  return snapshotOf(join(huggingFaceCache(environment), folder), id, wanted.revision);
}

async function snapshotOf(
  folder: string,
  id: string,
  revision: string | null,
): Promise<CachedSnapshot | null> {
  const snapshots = join(folder, "snapshots");
  const commits = await readdir(snapshots).catch(() => []);
  const commit = await chooseCommit(folder, commits, revision);
  if (commit === null) return null;
  const blobs = await readdir(join(folder, "blobs")).catch(() => []);
  const unfinished = blobs.some(name => name.endsWith(".incomplete"));
  return { id, folder: join(snapshots, commit), unfinished };
}

async function chooseCommit(
  folder: string,
  commits: readonly string[],
  revision: string | null,
): Promise<string | null> {
  const reference = await readFile(join(folder, "refs", revision ?? "main"), "utf8").catch(() => null);
  const named = reference?.trim() ?? revision;
  const exact = named === null ? undefined : commits.find(commit => commit === named);
  if (exact !== undefined) return exact;
  if (revision !== null) return null;
  const ages = await Promise.all(
    commits.map(async commit => {
      const info = await stat(join(folder, "snapshots", commit)).catch(() => null);
      return [commit, info?.isDirectory() ? info.mtimeMs : Number.NaN] as const;
    }),
  );
  const [newest] = ages.filter(([, age]) => !Number.isNaN(age)).sort((a, b) => b[1] - a[1]);
  return newest?.[0] ?? null;
}
