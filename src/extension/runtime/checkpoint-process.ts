import { CheckpointProcess, type CheckpointProcessOptions } from "../../runtime/checkpoint/process.ts";
import { type DescribeCheckpoint, unusable } from "../../runtime/models/checkpoint.ts";
import { Disposable } from "../disposable.ts";

/** The one process that reads checkpoints, from when it is first needed. */
export class CheckpointProcessOnce extends Disposable {
  readonly #options: () => CheckpointProcessOptions;
  #process: CheckpointProcess | null = null;

  constructor(options: () => CheckpointProcessOptions) {
    super();
    this.#options = options;
  }

  /** @throws Error where no Node is new enough. */
  get process(): CheckpointProcess {
    this.#process ??= new CheckpointProcess(this.#options());
    return this.#process;
  }

  /** As `describeCheckpoint`, in that process. */
  readonly describe: DescribeCheckpoint = async (...asked) => {
    try {
      return await this.process.describe(...asked);
    } catch (error) {
      return unusable(...asked, (error as Error).message);
    }
  };

  override dispose(): void {
    this.#process?.dispose();
    super.dispose();
  }
}
