import { createHash } from "node:crypto";
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../models/kept-files.ts";

/** Snapshots kept, those used last; each is some 45 MB. */
const KEPT = 3;

/** A file that was begun longer ago than this was never finished. */
const ABANDONED_MS = 3600_000;

/**
 * The interpreter's memory after its start, kept in a folder: a process that goes on from it starts in a fraction of
 * the time. Made for one tracer and one state of a transformers folder.
 */
export class SnapshotStore {
  readonly folder: string;
  readonly #tracer: string;

  constructor(folder: string, tracer: string) {
    this.folder = folder;
    this.#tracer = tracer;
  }

  /** Path of the one that fits, or null. */
  async find(transformers: string | null): Promise<string | null> {
    const path = await this.#path(transformers);
    const now = new Date();
    try {
      await stat(path);
    } catch {
      return null;
    }
    // In a folder that cannot be written nothing is ever removed either.
    await utimes(path, now, now).catch(() => undefined);
    return path;
  }

  /** A folder that cannot be written holds none. */
  async write(transformers: string | null, snapshot: Uint8Array): Promise<void> {
    if (await writeWhole(await this.#path(transformers), snapshot)) {
      await this.#prune().catch(() => undefined);
    }
  }

  async #path(transformers: string | null): Promise<string> {
    const core = transformers && join(transformers, "transformers", "modeling_utils.py");
    const status = core && (await stat(core).catch(() => null));
    const state = status ? [transformers, status.mtimeMs, status.size] : [transformers];
    const key = createHash("sha256")
      .update(JSON.stringify([this.#tracer, state]))
      .digest("hex");
    return join(this.folder, `${key.slice(0, 32)}.snapshot`);
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.folder)).filter(name => /\.snapshot(\.\d+)?$/.test(name));
    const files = await Promise.all(
      names.map(async name => ({ name, used: (await stat(join(this.folder, name))).mtimeMs })),
    );
    const finished = files.filter(({ name }) => name.endsWith(".snapshot")).sort((a, b) => b.used - a.used);
    const abandoned = files.filter(
      ({ name, used }) => !name.endsWith(".snapshot") && used < Date.now() - ABANDONED_MS,
    );
    const old = [...finished.slice(KEPT), ...abandoned];
    await Promise.all(old.map(({ name }) => rm(join(this.folder, name), { force: true })));
  }
}
