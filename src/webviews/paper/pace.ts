/** How long work in the background keeps the thread before it hands it back, ms: less than half a frame. */
const SLICE = 6;
/** How often it is asked whether something is still being drawn, ms. */
const LOOK = 30;

/** The pace of work in the background: it rests while something is being drawn, and never keeps the thread for long. */
export class Pace {
  readonly #isDrawing: () => boolean;
  readonly #signal: AbortSignal;

  /** @param isDrawing whether something is being drawn that the reader looks at or is about to. */
  constructor(isDrawing: () => boolean, signal: AbortSignal) {
    this.#isDrawing = isDrawing;
    this.#signal = signal;
  }

  /** Hands the thread back, and resolves when nothing is being drawn. @throws the signal's reason when aborted. */
  async rest(): Promise<void> {
    do {
      await new Promise(resolve => setTimeout(resolve, this.#isDrawing() ? LOOK : 0));
      this.#signal.throwIfAborted();
    } while (this.#isDrawing());
  }

  /** Does work to its end, with rests between its steps. @throws the signal's reason when aborted. */
  async finish<T>(work: Generator<void, T>): Promise<T> {
    let began = performance.now();
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (performance.now() - began < SLICE) continue;
      await this.rest();
      began = performance.now();
    }
  }
}
