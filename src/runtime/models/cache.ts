import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import lockfile from "proper-lockfile";

/** The one folder that the extension and the command line share; deleting it loses nothing that cannot be made again. */
export interface Cache {
  readonly root: string;
  /** A folder for each added model, `models/<id>/`, laid out as Hugging Face does. */
  readonly models: string;
  /** Unpacked sources, `sources/transformers-<version>/transformers/`. */
  readonly sources: string;
  /** Traces by hash of source, config and version. */
  readonly traces: string;
  /** What traces were recognised to compute, by hash of trace and rules. */
  readonly components: string;
  /** What papers say of components, by hash of paper and rules. */
  readonly papers: string;
  /** PDF files from arXiv that were opened where no folder was. */
  readonly pdfs: string;
  /** Memory of the tracer's interpreter after its start. */
  readonly snapshots: string;
  /** Weights fitted to a model, of folders that are not ours, by hash. */
  readonly fitted: string;
  /** onnxruntime with a provider that it does not come with, `providers/<name>-<release>/node_modules/`. */
  readonly providers: string;
  /** Python packages that were asked for, `packages/<name>-<version>/`, each a folder that imports are looked up in. */
  readonly packages: string;
  /** Files on their way in: unfinished downloads, and wheels until they are unpacked. */
  readonly downloads: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The cache laid out under `root`. Nothing is created until something is written. */
export function cacheAt(root: string): Cache {
  return {
    root,
    models: join(root, "models"),
    sources: join(root, "sources"),
    traces: join(root, "traces"),
    components: join(root, "components"),
    papers: join(root, "papers"),
    pdfs: join(root, "pdfs"),
    snapshots: join(root, "snapshots"),
    fitted: join(root, "fitted"),
    providers: join(root, "providers"),
    packages: join(root, "packages"),
    downloads: join(root, "downloads"),
  };
}

/** This person's cache: `PAPERTRACE_CACHE`, else the platform's folder for caches. */
export function userCache(environment: Environment = process.env, platform = process.platform): Cache {
  return cacheAt(environment.PAPERTRACE_CACHE || join(platformCaches(environment, platform), "papertrace"));
}

function platformCaches(environment: Environment, platform: NodeJS.Platform): string {
  if (environment.XDG_CACHE_HOME) return environment.XDG_CACHE_HOME;
  const home = environment.HOME || homedir();
  switch (platform) {
    case "darwin":
      return join(home, "Library", "Caches");
    case "win32":
      return environment.LOCALAPPDATA || join(home, "AppData", "Local");
    default:
      return join(home, ".cache");
  }
}

/** Another process's lock is taken to be abandoned when it has not been refreshed for this long. */
const STALE_MS = 30_000;
const RETRY_MS = 200;

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once if another process holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while no other process of Papertrace does work of the same name in this cache.
 * @param name one path segment, such as `model-smollm2-135m-instruct`.
 */
export async function withCacheLock<T>(
  cache: Cache,
  name: string,
  work: () => Promise<T>,
  { signal, onWait }: LockOptions = {},
): Promise<T> {
  const locks = join(cache.root, "locks");
  await mkdir(locks, { recursive: true });
  const release = await acquire(join(locks, name), signal, onWait);
  try {
    signal?.throwIfAborted();
    return await work();
  } finally {
    await release();
  }
}

async function acquire(
  file: string,
  signal?: AbortSignal,
  onWait?: () => void,
): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(file, { realpath: false, stale: STALE_MS });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (!waited) onWait?.();
      await delay(RETRY_MS, undefined, { signal });
    }
  }
}
