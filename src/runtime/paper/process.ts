import { basename } from "node:path";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import { type IndexedPaper, indexedPaperSchema } from "../../shared/papers/index.ts";
import { ownPath } from "../own-path.ts";
import { OnDemandProcess } from "../process/on-demand.ts";
import type { IndexedSource } from "./index-sources.ts";
import type { IndexFunctions } from "./protocol.ts";

export interface IndexProcessOptions {
  /** Folder in which indexed papers are kept. */
  readonly cache: string;
  /** Script of the process; by default the one that belongs to this build. */
  readonly entry?: string;
  /** Node to run it with; by default the one that runs this. */
  readonly node?: string;
  /** What the process writes for people who look for a cause. */
  readonly log?: (line: string) => void;
  /** How long one paper may take, ms. */
  readonly limit?: number;
}

/** Nobody has asked for anything for this long: the process is ended, ms. */
const IDLE = 20_000;
/** Memory of the process, MB. */
const MEMORY = 1024;
/** How long one paper may take, ms. */
const LIMIT = 120_000;
/** A cancelled job that has not ended by itself after this long is ended with its process, ms. */
const GRACE = 1_000;

/**
 * Reads and links papers, and finds the lines of sources that implement components, in a process of its own: whatever a file
 * does to its parser, it is not this process that suffers. It reads files, writes only its cache and has no network.
 */
export class IndexProcess {
  readonly #process: OnDemandProcess<IndexFunctions>;
  readonly #limit: number;

  constructor({ cache, entry, node, log, limit = LIMIT }: IndexProcessOptions) {
    this.#limit = limit;
    this.#process = new OnDemandProcess({
      entry: entry ?? ownPath(import.meta.url, "child.ts", "paper-index.js"),
      arguments: [cache],
      node,
      log,
      flags: [
        "--permission",
        "--allow-fs-read=*",
        `--allow-fs-write=${cache}`,
        "--disallow-code-generation-from-strings",
        `--max-old-space-size=${MEMORY}`,
        "--no-warnings",
      ],
      idle: IDLE,
      ended: reason => new Error(t("The process that indexes papers ended ({0}).", reason)),
    });
  }

  /**
   * What the index keeps of a paper, from its cache where the same bytes were indexed before.
   * @throws Error naming the file and what is wrong; the signal's reason.
   */
  async paper(path: string, signal: AbortSignal): Promise<IndexedPaper> {
    const limit = AbortSignal.timeout(this.#limit);
    try {
      const answer = await this.#process.run(
        (remote, job) => remote.paper(job, path),
        AbortSignal.any([signal, limit]),
        { grace: GRACE },
      );
      return v.parse(indexedPaperSchema, answer);
    } catch (error) {
      if (signal.aborted || !limit.aborted) throw error;
      const seconds = Math.round(this.#limit / 1000);
      throw new Error(
        t(
          "{0} could not be indexed within {1} s and was left out. Open it to read it.",
          basename(path),
          seconds,
        ),
      );
    }
  }

  /** The lines of Python files that implement components. @throws the signal's reason. */
  sources(files: readonly string[], signal: AbortSignal): Promise<readonly IndexedSource[]> {
    return this.#process.run((remote, job) => remote.sources(job, files), signal, { grace: GRACE });
  }

  dispose(): void {
    this.#process.dispose();
  }
}
