/** Runs jobs one after another. A job that is aborted before its turn never starts. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @returns what the job returns, or a rejection with the signal's reason at once when it is aborted; a job that is
   * running is told by the same signal, and the next one waits until it has really ended.
   */
  add<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last.then(() => {
      signal?.throwIfAborted();
      return job();
    });
    this.#last = turn.catch(() => undefined);
    return signal ? abortable(turn, signal) : turn;
  }
}

/** Rejects as soon as the signal is aborted, whatever the promise does. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
