import { createHash } from "node:crypto";
import * as v from "valibot";
import { codeVersion } from "../code-version.ts";
import { KeptFiles } from "../models/kept-files.ts";
import type { TraceComponents } from "../recognise/components.ts";

/** Traces whose components are kept. */
const STORED = 512;

const index = v.pipe(v.number(), v.integer(), v.minValue(-1));

/** As it was written by the same code, so ids are those of the catalogue. */
const stored = v.object({
  modules: v.record(v.string(), v.array(v.string())),
  components: v.array(v.string()),
  ofValues: v.array(index),
  calls: v.array(index),
});

/** What was found in traces, in a folder, by the content of the trace and the code that looked. */
export class ComponentStore {
  readonly #files: KeptFiles;
  readonly #code = codeVersion(import.meta.url, ["../recognise"]);

  constructor(folder: string) {
    this.#files = new KeptFiles(folder, STORED);
  }

  /** What is stored for a trace, else what `find` gives, which is then stored. */
  async resolve(trace: Uint8Array, find: () => TraceComponents): Promise<TraceComponents> {
    const name = `${createHash("sha256").update(this.#code).update(trace).digest("hex")}.json`;
    const known = await this.#read(name);
    if (known) return known;
    const found = find();
    await this.#files.write(name, JSON.stringify(found));
    return found;
  }

  async #read(name: string): Promise<TraceComponents | null> {
    const text = await this.#files.read(name);
    try {
      return text && (v.parse(stored, JSON.parse(text.toString("utf8"))) as TraceComponents);
    } catch {
      // Damaged: it is looked at again.
      return null;
    }
  }
}
