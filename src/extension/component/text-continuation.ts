import type { GenerateResult } from "../../runtime/live/types.ts";
import { type ContinuationChoice, type PanelState, sameText } from "../../shared/panel-state.ts";
import type { Continuation } from "../../shared/protocol/component.ts";
import type { Token } from "../../shared/run.ts";

/** Goes on with the text of a panel. */
export type WriteText = (
  choice: ContinuationChoice,
  seed: number,
  onToken: (token: Token) => void,
  signal: AbortSignal,
) => Promise<GenerateResult>;

/** What is told of a continuation. */
export interface ContinuationReader {
  continued(continuation: Continuation | null): void;
  token(text: string): void;
}

/** The continuation of one panel's text: at most one is written at a time, and it goes when the text is another. */
export class TextContinuation {
  readonly #write: WriteText;
  readonly #reader: ContinuationReader;
  #state: PanelState | null = null;
  #shown: Continuation | null = null;
  #writing: AbortController | null = null;
  #begun = 0;

  constructor(write: WriteText, reader: ContinuationReader) {
    this.#write = write;
    this.#reader = reader;
  }

  get shown(): Continuation | null {
    return this.#shown;
  }

  /** Writes; what was written before gives way. */
  async begin(choice: ContinuationChoice, state: PanelState): Promise<void> {
    this.stop();
    const writing = new AbortController();
    this.#writing = writing;
    this.#state = state;
    this.#show({ text: "", choice, writing: true, result: null, failure: null });
    const add = ({ text }: Token) => {
      if (this.#writing !== writing || !this.#shown) return;
      this.#shown = { ...this.#shown, text: this.#shown.text + text };
      this.#reader.token(text);
    };
    const end = (change: Partial<Continuation>) => {
      if (this.#writing !== writing || !this.#shown) return;
      this.#writing = null;
      this.#show({ ...this.#shown, writing: false, ...change });
    };
    try {
      const result = await this.#write(choice, this.#begun++, add, writing.signal);
      end({
        text: result.text,
        result: {
          tokens: result.tokens.length,
          millisecondsPerToken: result.decodeMsPerToken,
          precision: result.precision,
          rounded: result.activations === "int8",
        },
      });
    } catch (error) {
      end({ failure: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Ends what is being written; what is there stays. */
  stop(): void {
    const writing = this.#writing;
    this.#writing = null;
    writing?.abort();
    if (writing && this.#shown) this.#show({ ...this.#shown, writing: false });
  }

  /** The panel shows another state: a continuation of another text, model or source says nothing any more. */
  moved(state: PanelState): void {
    if (this.#state && !sameText(this.#state, state)) this.forget();
  }

  forget(): void {
    this.stop();
    this.#state = null;
    if (this.#shown) this.#show(null);
  }

  #show(continuation: Continuation | null): void {
    this.#shown = continuation;
    this.#reader.continued(continuation);
  }
}
