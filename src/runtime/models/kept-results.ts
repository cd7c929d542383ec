import { createHash } from "node:crypto";
import * as v from "valibot";
import { KeptFiles } from "./kept-files.ts";

/** What one piece of code made of things, in a folder, by the content of each. */
export class KeptResults<T> {
  readonly #files: KeptFiles;
  readonly #code: string;
  readonly #schema: v.GenericSchema<unknown, T>;

  /**
   * @param most results that are kept.
   * @param code identifies what makes them; see `codeVersion`.
   * @param schema of a result.
   */
  constructor(folder: string, most: number, code: string, schema: v.GenericSchema<unknown, T>) {
    this.#files = new KeptFiles(folder, most);
    this.#code = code;
    this.#schema = schema;
  }

  /** What is stored for a content, or a hash of it, else what `make` gives, which is then stored. */
  async resolve(content: string | Uint8Array, make: () => T | Promise<T>): Promise<T> {
    const name = `${createHash("sha256").update(this.#code).update(content).digest("hex")}.json`;
    const known = await this.#read(name);
    if (known !== null) return known;
    const made = await make();
    await this.#files.write(name, JSON.stringify(made));
    return made;
  }

  async #read(name: string): Promise<T | null> {
    const text = await this.#files.read(name);
    try {
      return text && v.parse(this.#schema, JSON.parse(text.toString("utf8")));
    } catch {
      // Damaged: it is made again.
      return null;
    }
  }
}
