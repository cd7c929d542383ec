import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Files of a folder of the cache: each is whole or not there, and the oldest are given up. */
export class KeptFiles {
  readonly #folder: string;
  readonly #most: number;

  /** @param most files that are kept. */
  constructor(folder: string, most: number) {
    this.#folder = folder;
    this.#most = most;
  }

  /** Null where it is not there. */
  async read(name: string): Promise<Buffer | null> {
    return await readFile(join(this.#folder, name)).catch(() => null);
  }

  /** A cache that cannot be written is none. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    if (await writeWhole(join(this.#folder, name), content)) await this.#prune().catch(() => undefined);
  }

  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    if (names.length <= this.#most) return;
    const files = await Promise.all(
      names.map(async name => {
        const path = join(this.#folder, name);
        return { path, time: (await stat(path)).mtimeMs };
      }),
    );
    files.sort((a, b) => b.time - a.time);
    await Promise.all(files.slice(this.#most).map(({ path }) => rm(path, { force: true })));
  }
}

/**
 * Writes a file beside its place and renames it, so that a reader never sees half of it. Its folder is made.
 * @returns whether that could be done.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<boolean> {
  const unfinished = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, content);
    await rename(unfinished, path);
    return true;
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
    return false;
  }
}
