import { type IndexedPaper, indexedPaperSchema } from "../../shared/papers/index.ts";
import { codeVersion } from "../code-version.ts";
import { KeptResults } from "../models/kept-results.ts";

/** Papers that are kept. */
const STORED = 1_000;

/** Sources of the rules by which papers are linked. */
const RULES = ["../../shared/linking", "../../shared/catalogue", "../../shared/papers"];

/** Papers as they were indexed, in a folder, by the hash of their files and the code that linked them. */
export function paperIndexStore(folder: string): KeptResults<IndexedPaper> {
  return new KeptResults(folder, STORED, codeVersion(import.meta.url, RULES), indexedPaperSchema);
}
