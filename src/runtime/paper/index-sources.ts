import { readFile, stat } from "node:fs/promises";
import { type SourcePlace, sourcePlaces } from "../../shared/linking/index.ts";
import { linkPython } from "../../shared/linking/python.ts";

/** A Python source with the lines that implement components; none where it has nothing to do with PyTorch. */
export interface IndexedSource {
  readonly file: string;
  readonly places: readonly SourcePlace[];
}

/** Larger files are data. */
const LARGEST = 2 * 2 ** 20;

/** Reads sources by names alone: nothing is imported or run. A file that cannot be read has no places. */
export async function indexSources(files: readonly string[], signal: AbortSignal): Promise<IndexedSource[]> {
  const indexed: IndexedSource[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    indexed.push({ file, places: await placesOf(file) });
  }
  return indexed;
}

async function placesOf(file: string): Promise<readonly SourcePlace[]> {
  const size = await stat(file).then(
    found => (found.isFile() ? found.size : 0),
    () => 0,
  );
  if (size === 0 || size > LARGEST) return [];
  const text = await readFile(file, "utf8").catch(() => "");
  return namesTorch(text) ? sourcePlaces(text, linkPython(text)) : [];
}

function namesTorch(text: string): boolean {
  return /\b(?:torch|transformers)\b/.test(text);
}
