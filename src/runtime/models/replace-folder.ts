import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Fills a folder beside its final place and moves it there when `fill` has succeeded. */
export async function replaceFolder(
  folder: string,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  // The leading dot keeps it out of every listing.
  const unfinished = join(dirname(folder), `.${basename(folder)}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    await fill(unfinished);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
