import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { mediaDirectory, referenceSource } from "./zoo.ts";

/** Model type whose reference source stands in the sample: the one of the model that is always there. */
const SAMPLE_MODEL_TYPE = "llama";

/**
 * Copies the sample into a folder that the reader may change: its paper and the source of a model. What is there already
 * is kept.
 * @returns absolute paths of both.
 */
export async function copySample(
  folder: string,
): Promise<{ readonly paper: string; readonly source: string }> {
  const reference = referenceSource(SAMPLE_MODEL_TYPE)!;
  const source = join(folder, basename(reference));
  await cp(join(mediaDirectory(), "sample"), folder, { recursive: true, force: false });
  await cp(reference, source, { force: false });
  return { paper: join(folder, "paper.pdf"), source };
}
