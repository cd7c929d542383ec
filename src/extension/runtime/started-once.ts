import { Disposable } from "../disposable.ts";

/** A process that there is one of, from when it is first needed. */
export class StartedOnce<Process extends { dispose(): void }> extends Disposable {
  readonly #start: () => Process;
  #process: Process | null = null;

  constructor(start: () => Process) {
    super();
    this.#start = start;
  }

  /** @throws Error where no Node is new enough. */
  readonly get = (): Process => {
    this.#process ??= this.#start();
    return this.#process;
  };

  override dispose(): void {
    this.#process?.dispose();
    super.dispose();
  }
}
