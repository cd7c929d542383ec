import { IndexProcess, type IndexProcessOptions } from "../../runtime/paper/process.ts";
import { Disposable } from "../disposable.ts";

/** How long the title of a paper may take, ms. */
const TITLE = 10_000;

/** The title that a PDF shows; null where it shows none, cannot be read, or takes too long. @throws the signal's reason. */
export async function titleOf(
  process: () => IndexProcess,
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TITLE)]);
  try {
    return (await process().paper(path, limit)).title;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

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
