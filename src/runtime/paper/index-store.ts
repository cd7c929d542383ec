import { createHash } from "node:crypto";
import * as v from "valibot";
import { type IndexedPaper, indexedPaperSchema } from "../../shared/papers/index.ts";
import { codeVersion } from "../code-version.ts";
import { KeptFiles } from "../models/kept-files.ts";

/** Papers that are kept. */
const STORED = 1_000;

/** Papers as they were indexed, in a folder, by the content of their files and the code that linked them. */
export class PaperIndexStore {
  readonly #files: KeptFiles;
  readonly #code = codeVersion(import.meta.url, [
    "../../shared/linking",
    "../../shared/catalogue",
    "../../shared/papers",
  ]);

  constructor(folder: string) {
    this.#files = new KeptFiles(folder, STORED);
  }

  /** What is stored for a file of this hash, else what `index` gives, which is then stored. */
  async resolve(hash: string, index: () => Promise<IndexedPaper>): Promise<IndexedPaper> {
    const name = `${createHash("sha256").update(this.#code).update(hash).digest("hex")}.json`;
    const known = await this.#read(name);
    if (known?.hash === hash) return known;
    const paper = await index();
    await this.#files.write(name, JSON.stringify(paper));
    return paper;
  }

  async #read(name: string): Promise<IndexedPaper | null> {
    const text = await this.#files.read(name);
    try {
      return text && v.parse(indexedPaperSchema, JSON.parse(text.toString("utf8")));
    } catch {
      // Damaged: the paper is read again.
      return null;
    }
  }
}
