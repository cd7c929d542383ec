import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { DownloadError, exchange, Interrupted, persevere, requireSuccess } from "./connection.ts";
import { writingTo } from "./disk-space.ts";
import { digestOf, type KnownFile, statedDigest } from "./file-digest.ts";
import { PartialFile } from "./partial-file.ts";

export interface DownloadOptions {
  readonly url: string;
  readonly file: KnownFile;
  /** Folder for the file, and for `<digest>.partial` until it is whole. */
  readonly folder: string;
  /** The header of that name, sent to that address alone, not to where it redirects. */
  readonly authorization?: string | null;
  readonly signal?: AbortSignal;
  /** Bytes so far, resumed ones included. */
  readonly onBytes?: (received: number) => void;
  /** A connection that brings nothing for so long is given up. */
  readonly stallMs?: number;
  /** Pause before another attempt. */
  readonly retryMs?: number;
}

/**
 * Downloads a file that is known by its digest and returns its path. Redirects are followed. A partial file of an earlier try is resumed where
 * the server still has the same version of it (RFC 9110: Range, If-Range) and replaced otherwise. The file gets its name
 * only when it is whole and its digest is right.
 * @throws Error naming the address and the reason; the signal's reason where it was cancelled.
 */
export async function download(options: DownloadOptions): Promise<string> {
  const { file, folder, url, signal } = options;
  const expected = statedDigest(file);
  const destination = join(folder, file.name);
  await mkdir(folder, { recursive: true });
  if (await isWhole(destination, file, signal)) return destination;
  const partial = await PartialFile.open(partialPath(file, folder), file, signal);
  const receive = async (): Promise<void> => {
    const resumed = partial.received > 0;
    await receiveAll(partial, options);
    if (resumed && partial.digest() !== expected.value) {
      // What an earlier try left may have been damaged since.
      await partial.restart(null);
      await receiveAll(partial, options);
    }
  };
  try {
    await writingTo(folder, () => file.bytes - partial.received, receive);
    const digest = partial.digest();
    if (digest !== expected.value) {
      await partial.restart(null);
      const { label, value } = expected;
      throw new DownloadError(
        t("{0} is not the expected file: its {1} is {2}, expected {3}.", url, label, digest, value),
      );
    }
    await partial.moveTo(destination);
    return destination;
  } finally {
    await partial.close();
  }
}

/** Deletes a download, whole or begun. */
export async function discardDownload(file: KnownFile, folder: string): Promise<void> {
  const partial = partialPath(file, folder);
  for (const path of [join(folder, file.name), partial, `${partial}.etag`]) await rm(path, { force: true });
}

/** Bytes of a file that are in the folder already. */
export async function downloadedBytes(file: KnownFile, folder: string): Promise<number> {
  for (const path of [join(folder, file.name), partialPath(file, folder)]) {
    const info = await stat(path).catch(() => null);
    if (info) return Math.min(info.size, file.bytes);
  }
  return 0;
}

function partialPath(file: KnownFile, folder: string): string {
  return join(folder, `${statedDigest(file).value}.partial`);
}

async function isWhole(path: string, file: KnownFile, signal?: AbortSignal): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  return info?.size === file.bytes && (await digestOf(path, file, signal)) === statedDigest(file).value;
}

/** Receives until the server has sent everything, reconnecting as long as every attempt brings something. */
async function receiveAll(partial: PartialFile, options: DownloadOptions): Promise<void> {
  if (partial.received > options.file.bytes) await partial.restart(null);
  if (partial.received === options.file.bytes) return;
  await persevere(
    options,
    () => receive(partial, options),
    () => partial.received,
  );
}

async function receive(partial: PartialFile, options: DownloadOptions): Promise<void> {
  const { url, file, authorization, signal, stallMs, onBytes } = options;
  await exchange({
    url,
    headers: headersFor(partial, authorization),
    signal,
    stallMs,
    async begin(response) {
      await begin(partial, response, options);
      onBytes?.(partial.received);
    },
    async take(chunk) {
      if (partial.received + chunk.length > file.bytes) {
        await partial.restart(null);
        throw new DownloadError(t("{0} is larger than the expected {1} bytes.", url, file.bytes));
      }
      await partial.append(chunk);
      onBytes?.(partial.received);
    },
  });
  if (partial.received < file.bytes) throw new Interrupted(t("the connection ended early"));
}

function headersFor(partial: PartialFile, authorization: string | null = null): Record<string, string> {
  // Bytes as they are stored: a compressed transfer would count others.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (authorization !== null) headers.authorization = authorization;
  if (partial.received === 0) return headers;
  headers.range = `bytes=${partial.received}-`;
  // Weak tags say nothing about single bytes (RFC 9110, 13.1.5).
  if (partial.etag !== null && !partial.etag.startsWith("W/")) headers["if-range"] = partial.etag;
  return headers;
}

/** Reads the answer's head: continues the partial file where the server agrees, starts it over otherwise. */
async function begin(
  partial: PartialFile,
  response: Response,
  { url, file }: DownloadOptions,
): Promise<void> {
  const etag = response.headers.get("etag");
  if (response.status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (
      Number(start) === partial.received &&
      (etag === null || partial.etag === null || etag === partial.etag)
    )
      return;
    await partial.restart(null);
    throw new Interrupted(t("the file changed on the server"));
  }
  if (response.status === 416 && partial.received > 0) {
    await partial.restart(null);
    throw new Interrupted(t("the server refused to resume"));
  }
  requireSuccess(url, response);
  const length = Number(response.headers.get("content-length") ?? file.bytes);
  if (length !== file.bytes) {
    throw new DownloadError(t("{0} has {1} bytes, expected {2}.", url, length, file.bytes));
  }
  await partial.restart(etag);
}
