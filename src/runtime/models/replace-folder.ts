import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { requireSpace, writingTo } from "./disk-space.ts";

/**
 * Fills a folder beside its final place and moves it there when `fill` has succeeded.
 * @param bytes how many it takes on the disk, as far as that is known when it is asked.
 * @throws Error that names the place where its disk has too little space or is full; what `fill` throws.
 */
export async function replaceFolder(
  folder: string,
  bytes: () => number,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  // The leading dot keeps it out of every listing.
  const unfinished = join(dirname(folder), `.${basename(folder)}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await requireSpace(dirname(folder), bytes());
  try {
    await writingTo(dirname(folder), bytes, async () => {
      await mkdir(unfinished, { recursive: true });
      await fill(unfinished);
    });
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
