import { mkdir, statfs } from "node:fs/promises";
import { t } from "../../shared/l10n.ts";

/**
 * @throws Error where the volume of `folder` has too little free space.
 */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) {
    throw new Error(
      t(
        "{0} has {1} MB free, {2} MB are needed. Free some space and try again.",
        folder,
        Math.floor((bavail * bsize) / 1e6),
        megabytes(bytes),
      ),
    );
  }
}

/**
 * Does what writes to a folder.
 * @param bytes how many are still to be written there, or again.
 * @throws Error that names the folder and how much it needs where its disk is full; else what `work` throws.
 */
export async function writingTo<T>(folder: string, bytes: () => number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw new Error(
      t(
        "The disk of {0} is full; {1} MB have to be free there. Free some space and try again.",
        folder,
        megabytes(bytes()),
      ),
      { cause: error },
    );
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
