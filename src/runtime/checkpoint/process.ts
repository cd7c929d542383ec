import type { CheckpointOutline, OutlinedTensor, TensorSummary } from "../../shared/checkpoint/outline.ts";
import { t } from "../../shared/l10n.ts";
import { type CheckpointInfo, unusable } from "../models/checkpoint.ts";
import type { Repack } from "../models/repack.ts";
import { ownPath } from "../own-path.ts";
import { OnDemandProcess } from "../process/on-demand.ts";
import type { CheckpointFunctions } from "./protocol.ts";

export interface CheckpointProcessOptions {
  /** Script of the process; by default the one that belongs to this build. */
  readonly entry?: string;
  /** Node to run it with; by default the one that runs this. */
  readonly node?: string;
  /** What the process writes for people who look for a cause. */
  readonly log?: (line: string) => void;
}

/** Nobody has asked for anything for this long: the process is ended, ms. */
const IDLE_MS = 60_000;

/** Memory of the process, in MB: headers are small, tensors pass through in pieces. */
const MEMORY_MB = 1024;

/**
 * Reads checkpoint files in a process of its own, which starts when it is first needed: whatever a file claims, it is not
 * this process that suffers.
 */
export class CheckpointProcess {
  readonly #process: OnDemandProcess<CheckpointFunctions>;
  /** The last folder that was asked for. */
  #described: Promise<unknown> = Promise.resolve();

  constructor({ entry, node, log }: CheckpointProcessOptions = {}) {
    this.#process = new OnDemandProcess({
      entry: entry ?? ownPath(import.meta.url, "child.ts", "checkpoint-reader.js"),
      node,
      log,
      flags: [`--max-old-space-size=${MEMORY_MB}`],
      idle: IDLE_MS,
      ended: reason =>
        new Error(t("The process that reads checkpoints ended ({0}). Open the file again.", reason)),
    });
  }

  /**
   * As `describeCheckpoint`, one folder after the other: where the process ends over one, that is the problem of this one
   * alone.
   */
  describe(folder: string, id: string, origin: CheckpointInfo["origin"]): Promise<CheckpointInfo> {
    const described = this.#described.then(() =>
      this.#process
        .ask(remote => remote.describe(folder, id, origin))
        .catch((error: Error) => unusable(folder, id, origin, `${folder}: ${error.message}`)),
    );
    this.#described = described;
    return described;
  }

  /** As `repack`. */
  repack: Repack = (path, folder, { signal = new AbortController().signal, onFraction } = {}) =>
    this.#process.run((remote, job) => remote.repack(job, path, folder), signal, { onFraction });

  /** @throws Error naming the file and what is wrong. */
  outline(path: string): Promise<CheckpointOutline> {
    return this.#process.ask(remote => remote.outline(path));
  }

  /** @throws Error naming the tensor and what is wrong; the signal's reason. */
  summarise(path: string, tensor: OutlinedTensor, signal: AbortSignal): Promise<TensorSummary> {
    return this.#process.run((remote, job) => remote.summarise(job, path, tensor), signal);
  }

  dispose(): void {
    this.#process.dispose();
  }
}
