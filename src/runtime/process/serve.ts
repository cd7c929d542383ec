import { type ArgumentSchemas, connect, type Functions, type Remote } from "../../shared/channel.ts";

/**
 * Offers functions to the process that started this one, and ends with it: without it there is nobody to work for.
 * @returns what that process offers.
 */
export function serve<F extends Functions<F>, P extends Functions<P> = Record<never, never>>(
  functions: F,
  schemas: ArgumentSchemas<F>,
): Remote<P, F> {
  const parent = connect<P, F>(
    {
      post: message => {
        if (process.connected) process.send?.(message, () => undefined);
      },
      onMessage: listener => void process.on("message", listener),
    },
    functions,
    schemas,
  );
  process.once("disconnect", () => process.exit());
  return parent;
}

/** Work that can be cancelled by the number it was given. */
export class Jobs {
  readonly #running = new Map<number, AbortController>();

  async run<T>(job: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.set(job, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#running.delete(job);
    }
  }

  cancel(job: number): void {
    this.#running.get(job)?.abort();
  }
}
