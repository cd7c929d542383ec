import { IndexProcess, type IndexProcessOptions } from "../../runtime/paper/process.ts";
import { Disposable } from "../disposable.ts";

/** The one process that indexes, from when it is first needed. */
export class IndexProcessOnce extends Disposable {
  readonly #options: () => IndexProcessOptions;
  #process: IndexProcess | null = null;

  constructor(options: () => IndexProcessOptions) {
    super();
    this.#options = options;
  }

  /** @throws Error where no Node is new enough. */
  readonly get = (): IndexProcess => {
    this.#process ??= new IndexProcess(this.#options());
    return this.#process;
  };

  override dispose(): void {
    this.#process?.dispose();
    super.dispose();
  }
}
