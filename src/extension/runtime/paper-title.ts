import type { IndexProcess } from "../../runtime/paper/process.ts";

/** How long the title of a paper may take, ms. */
const TITLE = 10_000;

/** The title that a PDF shows; null where it shows none, cannot be read, or takes too long. @throws the signal's reason. */
export async function titleOf(
  process: () => IndexProcess,
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TITLE)]);
  try {
    return (await process().paper(path, limit)).title;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
