import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";

export interface UnpackOptions {
  readonly signal?: AbortSignal;
  /** Unpacked bytes so far. */
  readonly onBytes?: (written: number) => void;
  /** What is unpacked at most; an archive that holds more of it is refused. */
  readonly most?: { readonly files: number; readonly bytes: number };
}

/**
 * Unpacks files of a wheel, which is a zip archive (PEP 427).
 * @param place for a path inside the wheel, its path under `folder`; null leaves the file out.
 * @returns how many files were unpacked.
 * @throws Error where the archive is damaged, or holds more than is to be unpacked at most; yauzl refuses paths that would lead outside `folder`, and files that are
 * larger than the archive's directory says.
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  place: (path: string) => string | null,
  { signal, onBytes, most }: UnpackOptions = {},
): Promise<number> {
  let files = 0;
  let written = 0;
  let stated = 0;
  try {
    const zip = await openPromise(wheel, { strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      const path = entry.fileName.endsWith("/") ? null : place(entry.fileName);
      if (path === null) continue;
      stated += entry.uncompressedSize;
      if (most && (files >= most.files || stated > most.bytes))
        throw new Error(t("it holds more than {0} files or {1}", most.files, fileSize(most.bytes)));
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      const content = await zip.openReadStreamPromise(entry);
      content.on("data", (chunk: Buffer) => {
        written += chunk.length;
        onBytes?.(written);
      });
      await pipeline(content, createWriteStream(target), { signal });
      files++;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(t("{0} cannot be unpacked: {1}", wheel, (error as Error).message), { cause: error });
  }
  return files;
}
