import type { Hash } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { beginDigest, type KnownFile, updateFromFile } from "./file-digest.ts";

/** The beginning of a file, on disk, with its hash so far and the version (ETag) that the server gave it. */
export class PartialFile {
  readonly path: string;
  etag: string | null = null;
  received = 0;
  private hash: Hash;
  private readonly file: KnownFile;
  private readonly handle: FileHandle;
  private closed = false;

  private constructor(path: string, file: KnownFile, handle: FileHandle) {
    this.path = path;
    this.file = file;
    this.hash = beginDigest(file);
    this.handle = handle;
  }

  /** @param file what it is the beginning of. */
  static async open(path: string, file: KnownFile, signal?: AbortSignal): Promise<PartialFile> {
    await mkdir(dirname(path), { recursive: true });
    const partial = new PartialFile(path, file, await open(path, "a+"));
    try {
      partial.received = (await partial.handle.stat()).size;
      if (partial.received > 0) {
        partial.hash = await updateFromFile(partial.hash, path, signal);
        partial.etag = await readFile(partial.etagPath, "utf8").catch(() => null);
      }
      return partial;
    } catch (error) {
      await partial.close();
      throw error;
    }
  }

  private get etagPath(): string {
    return `${this.path}.etag`;
  }

  async restart(etag: string | null): Promise<void> {
    await this.handle.truncate(0);
    this.received = 0;
    this.hash = beginDigest(this.file);
    this.etag = etag;
    if (etag === null) await rm(this.etagPath, { force: true });
    else await writeFile(this.etagPath, etag);
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.handle.appendFile(chunk);
    this.hash.update(chunk);
    this.received += chunk.length;
  }

  digest(): string {
    return this.hash.copy().digest("hex");
  }

  async moveTo(destination: string): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    this.closed = true;
    await rename(this.path, destination);
    await rm(this.etagPath, { force: true });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.handle.close();
    if (this.received > 0) return;
    await rm(this.path, { force: true });
    await rm(this.etagPath, { force: true });
  }
}
