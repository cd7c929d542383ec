import { copyFile, type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { checkHeader, LARGEST_PAPER } from "../../shared/paper-failure.ts";
import { type ArxivId, arxivIdOfFile, isVersionOf, paperFileName } from "../../shared/papers/index.ts";
import { userCache, withCacheLock } from "../models/cache.ts";
import { exchange, persevere } from "../models/connection.ts";
import { requireSpace } from "../models/disk-space.ts";
import { type AddOptions, progressOf, waiting } from "../models/progress.ts";
import { arxivPdf, diskFull, failedExchange, isOnArxiv, notPdf, refusal, tooLarge, unkept } from "./arxiv.ts";

export interface AddFromArxivOptions extends AddOptions {
  /** Where the PDF is kept; made if it is not there. */
  readonly folder: string;
  /** The title that a PDF shows, for the name of its file; null where it shows none. */
  readonly titleOf?: (path: string) => Promise<string | null>;
  /** Bytes; by default as many as the reader opens. */
  readonly largest?: number;
  /** Pause before another attempt where a connection failed, ms. */
  readonly retryMs?: number;
}

/**
 * Downloads a paper's PDF from arXiv into a folder and returns its path. It gets its name there once all of it has come
 * and begins as a PDF does; of what is cancelled or fails nothing is left.
 * @throws Error naming the paper, the reason and the next step; the signal's reason where it was cancelled.
 */
export async function addFromArxiv(paper: ArxivId, options: AddFromArxivOptions): Promise<string> {
  const { folder, signal, titleOf } = options;
  const cache = options.cache ?? userCache(options.environment);
  const name = paperFileName(paper, null);
  const staged = join(cache.downloads, name);
  const work = async (): Promise<string> => {
    const present = await paperIn(folder, paper);
    if (present !== null) return present;
    try {
      await receivePdf(paper, staged, options).catch(error => {
        throw unkept(error, paper, cache.downloads);
      });
      const title = (await titleOf?.(staged)) ?? null;
      signal?.throwIfAborted();
      return await moveInto(folder, staged, paperFileName(paper, title)).catch(error => {
        throw unkept(error, paper, folder);
      });
    } finally {
      await rm(staged, { force: true });
    }
  };
  return await withCacheLock(cache, `paper-${name}`, work, { signal, onWait: waiting(options) });
}

/** The PDF of a folder whose name bears the paper's id, in the version that is asked for if one is; null for none. */
export async function paperIn(folder: string, paper: ArxivId): Promise<string | null> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.toLowerCase().endsWith(".pdf"));
  const found = names.toSorted().find(name => isVersionOf(arxivIdOfFile(name), paper));
  return found === undefined ? null : join(folder, found);
}

/** A PDF's header stands within the first bytes, as many as this at most. */
const HEAD = 1024;

async function receivePdf(paper: ArxivId, path: string, options: AddFromArxivOptions): Promise<void> {
  const { environment, signal, largest = LARGEST_PAPER, retryMs } = options;
  const url = arxivPdf(paper, environment);
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const file = await open(path, "w");
  let received = 0;
  const attempt = async (): Promise<void> => {
    let head = Buffer.alloc(0);
    let announced: number | null = null;
    const onFraction = progressOf(options, t("Downloading its PDF"));
    const checkSize = (bytes: number) => {
      if (bytes > largest) throw tooLarge(paper, largest, environment);
    };
    await exchange({
      url,
      headers: { accept: "application/pdf", "accept-encoding": "identity" },
      signal,
      mayFollow: next => isOnArxiv(next, environment),
      async begin(response) {
        if (!response.ok) throw refusal(paper, response, environment);
        announced = Number(response.headers.get("content-length")) || null;
        checkSize(announced ?? 0);
        await requireSpace(folder, announced ?? 0).catch(error => {
          throw diskFull(error, paper, folder);
        });
        if (received > 0) await file.truncate(0);
        received = 0;
        onFraction(0);
      },
      async take(chunk) {
        checkSize(received + chunk.length);
        if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD)]);
        if (head.length >= HEAD) checkPdf(head);
        await writeAt(file, chunk, received);
        received += chunk.length;
        if (announced !== null) onFraction(Math.min(1, received / announced));
      },
    });
    checkPdf(head);
    await file.sync();
  };
  const checkPdf = (head: Uint8Array) => {
    try {
      checkHeader(basename(path), head);
    } catch {
      throw notPdf(paper, environment);
    }
  };
  try {
    await persevere({ url, signal, retryMs }, attempt, () => received);
  } catch (error) {
    signal?.throwIfAborted();
    throw failedExchange(error, paper, environment);
  } finally {
    await file.close();
  }
}

async function writeAt(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

/** Gives a file its name in a folder, also on another disk, where it is copied beside its place first. */
async function moveInto(folder: string, file: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const target = join(folder, name);
  const beside = join(folder, `.${name}.${process.pid}`);
  try {
    await rename(file, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    try {
      await copyFile(file, beside);
      await rename(beside, target);
    } finally {
      await rm(beside, { force: true });
    }
  }
  return target;
}
