import * as v from "valibot";
import type { ArgumentSchemas } from "../channel.ts";
import type { CheckpointOutline, TensorSummary } from "../checkpoint/outline.ts";

/** What the extension host offers to a checkpoint page. */
export interface CheckpointHost {
  /** The page is up; answers with what to show. Rejects with a sentence where the file cannot be read. */
  ready(): Promise<CheckpointDocument>;
  /** Reads the numbers of one tensor, in a process of its own. A new call ends the one before. */
  summarise(tensor: number): Promise<TensorSummary>;
  /** Ends what `summarise` does. */
  cancel(): void;
  /** Opens the line that creates the module or parameter; a sentence where that is not known. */
  openSource(tensor: number): Promise<string | null>;
  /** Opens all files of the index that names this one. */
  openIndex(): void;
  copy(text: string): void;
  report(error: { message: string; stack: string }): void;
}

/** What a checkpoint page offers to the extension host. */
export interface CheckpointPage {
  /** Shows tensors by their indices: the first one is chosen. */
  reveal(tensors: readonly number[]): void;
  /** The file is another one on disk: what is shown is to be asked for again. */
  changed(): void;
}

export interface CheckpointDocument {
  readonly name: string;
  readonly outline: CheckpointOutline;
  /** Tensors to show at once, by their indices. */
  readonly revealed: readonly number[];
}

const index = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const checkpointHostSchemas: ArgumentSchemas<CheckpointHost> = {
  ready: v.tuple([]),
  summarise: v.tuple([index]),
  cancel: v.tuple([]),
  openSource: v.tuple([index]),
  openIndex: v.tuple([]),
  copy: v.tuple([v.pipe(v.string(), v.maxLength(10_000))]),
  report: v.tuple([v.object({ message: v.string(), stack: v.string() })]),
};

export const checkpointPageSchemas: ArgumentSchemas<CheckpointPage> = {
  reveal: v.tuple([v.array(index)]),
  changed: v.tuple([]),
};
