import * as v from "valibot";
import type { ArgumentSchemas } from "../channel.ts";
import type { DType } from "../dtype.ts";
import type { Extent } from "../extent.ts";
import {
  type ContinuationChoice,
  continuationSchema,
  type PanelState,
  panelStateSchema,
} from "../panel-state.ts";
import type { Intervention, Picture, ProviderCheck, Statistics, Token, TokenProbability } from "../run.ts";

/** What the extension host offers to a component panel. */
export interface ComponentHost {
  /** The page is up; the host answers with `show`. */
  ready(): void;
  /** The reader changed something; the host runs what has to run and answers with `show`. */
  setState(state: PanelState): void;
  openSource(target: { file: string; line: number; column: number }): void;
  findInPaper(component: string): void;
  chooseModel(): void;
  chooseSource(): void;
  /** Gets the package for lack of which the last run failed, once the reader agrees. */
  getPackage(): void;
  /** Ends the work in progress; what was there stays. */
  cancel(): void;
  /** Goes on with the text; the host answers with `continued` and `token`. */
  continueText(choice: ContinuationChoice): void;
  /** Ends the continuation in progress; what is written stays. */
  stopText(): void;
  /** An exception in the page, for the log. */
  report(error: { message: string; stack: string }): void;
}

/** What a component panel offers to the extension host. */
export interface ComponentView {
  show(document: PanelDocument): void;
  /** Work that takes longer than 200 ms; null when it is done. */
  progress(work: { label: string } | null): void;
  /** A continuation began, or ended; null where the text is another one now. */
  continued(continuation: Continuation | null): void;
  /** A token of the continuation in progress. */
  token(text: string): void;
}

/** What a model goes on with after the text of a panel. */
export interface Continuation {
  readonly text: string;
  readonly choice: ContinuationChoice;
  readonly writing: boolean;
  /** Null until it has ended by itself. */
  readonly result: {
    readonly tokens: number;
    readonly millisecondsPerToken: number;
    /** What it was computed with, as it is shown. */
    readonly precision: string;
    /** Whether activations were rounded to 8 bits: what the source computes may then differ. */
    readonly rounded: boolean;
  } | null;
  /** Why it could not be written. */
  readonly failure: string | null;
}

/** Everything a panel draws. Numbers come from one run; nothing is filled in by the page. */
export interface PanelDocument {
  readonly state: PanelState;
  /** "random": as live, with seeded random weights. "stale": what is shown is older than the source or the prompt. */
  readonly status: "live" | "tracing" | "stale" | "random" | "failed";
  /** Why the last trace or run did not succeed; what is shown is then the last good one. */
  readonly failure: {
    readonly message: string;
    readonly file: string | null;
    readonly line: number | null;
    /** How a reader knows the place, where that is not by file and line. */
    readonly place?: string | null;
    /** The Python package that would help, by the index's name; null where none can be got. */
    readonly package: string | null;
  } | null;
  readonly model: {
    readonly id: string;
    readonly label: string;
    readonly precision: string;
    readonly provider: string;
    readonly providerNote: string | null;
    /** What it is built with, where that is not what its source says: see `LiveModel`. */
    readonly smaller: string | null;
    /** Largest difference from the CPU's numbers on the same inputs; null where only the CPU was asked for. */
    readonly check: ProviderCheck | null;
  } | null;
  readonly source: {
    readonly file: string;
    readonly label: string;
    readonly line: number;
    readonly class: string;
  } | null;
  /** Empty for a model that reads no text. */
  readonly tokens: readonly Token[];
  /** Tokens at the end of the text that are left out because the source takes no more. */
  readonly omitted: number;
  /** What forward is given where no text says it. */
  readonly examples: readonly ExampleInput[];
  readonly stands: readonly StandingTokens[];
  /** Modules that are this component, in order; the picker beside the stage. */
  readonly modules: readonly { readonly path: string; readonly label: string }[];
  /** Index into `modules` that is shown. */
  readonly module: number;
  readonly view: AttentionDocument | GeneralDocument | null;
  readonly effect: {
    /** What is predicted: the token that follows, or the class of what was given. */
    readonly kind: "token" | "class";
    readonly before: readonly TokenProbability[];
    /** Null where nothing was changed. Same tokens as `before`, in the same order. */
    readonly after: readonly TokenProbability[] | null;
    /** Half the sum of absolute differences over the whole vocabulary, or all classes. */
    readonly totalVariation: number | null;
    /** What stands between before and after; null where `after` is. */
    readonly change: "intervention" | "edit" | null;
    /** The token whose successor is predicted; null for classes. */
    readonly token: Token | null;
  } | null;
  /** Whether the model can go on with the text. */
  readonly continues: boolean;
  readonly milliseconds: { readonly trace: number; readonly run: number };
}

/** An argument of forward that Papertrace makes up, the same every time. */
export interface ExampleInput {
  readonly name: string;
  /** What its numbers are; "choices" are rows of a table, "numbers" are normally distributed, a "grid" counts patches. */
  readonly content: "picture" | "sound" | "spectrogram" | "mask" | "positions" | "choices" | "numbers";
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Tokens in a row that stand for the parts of a picture or a sound; the source puts its vectors in their place. */
export interface StandingTokens {
  /** Index of the first of them. */
  readonly start: number;
  readonly count: number;
  /** The argument of forward that the vectors are made from. */
  readonly argument: string;
}

/** Attention, step by step. */
export interface AttentionDocument {
  readonly kind: "attention";
  /** Whether query and key come from the same hidden states. */
  readonly attention: "self" | "cross";
  readonly heads: number;
  /** Fewer than `heads` where several query heads share one: query head h uses ⌊h · keyValueHeads / heads⌋. */
  readonly keyValueHeads: number;
  readonly headDimension: number;
  /** Factor on q·k, where it is a constant of the source. */
  readonly scale: number | null;
  /** What rows and columns of the scores stand for. */
  readonly queryTokens: readonly Token[];
  readonly keyTokens: readonly Token[];
  /** The head that is shown; the numbers of the others stay where they were computed. */
  readonly head: number;
  /** uint8, query × key: 1 where the mask forbids looking; null where nothing is masked in this head. */
  readonly hidden: ArrayBuffer | null;
  /** Weights of every head, small. */
  readonly thumbnails: {
    readonly rows: number;
    readonly columns: number;
    /** float32, heads × rows × columns, means of blocks; NaN where the mask forbids the whole block. */
    readonly data: ArrayBuffer;
  };
  /** In the order of the computation; a role that the source does not compute is absent. */
  readonly figures: readonly Figure[];
  /** Heads that an intervention switches off. */
  readonly ablated: readonly number[];
  /** What the softmax is given, to intervene on: a factor on it is a temperature, the other way round. */
  readonly softmaxInput: string | number;
  /** Takes the mask away wherever the same one is used; null where there is none that can be. */
  readonly maskLift: Intervention | null;
}

export type AttentionRole = "query" | "key" | "value" | "scores" | "scaled" | "masked" | "weights" | "output";

/** A module's forward, line by line. */
export interface GeneralDocument {
  readonly kind: "general";
  readonly lines: readonly GeneralLine[];
}

/** One value: assigned to a variable, returned by a module that is called, computed in between, or returned itself. */
export interface GeneralLine {
  readonly file: string;
  readonly line: number;
  /** The line's number to a reader, where that is another: the one in its cell of a notebook. */
  readonly shownLine?: number;
  readonly column: number;
  /** The statement, or the expression where only that computes it. */
  readonly text: string;
  /** Its name, or that of what computes it; null for what the module returns. */
  readonly variable: string | null;
  readonly id: string;
  readonly shape: readonly NamedSize[];
  readonly dtype: DType;
  readonly statistics: Statistics;
  readonly picture: Picture;
  /** Of the same value without interventions, else before the last edit; null where there is none. */
  readonly previous: Statistics | null;
}

export interface NamedSize {
  /** `heads`, `query`, `key`, `token`, `feature`, …, or the symbol's name. */
  readonly name: string;
  readonly size: number;
}

/** A value with the numbers of the head that is shown; of fewer heads, of the one that it shares. */
export interface Figure {
  readonly role: AttentionRole;
  readonly id: string;
  /** Index or id to intervene on. */
  readonly value: string | number;
  /** Axis of that value that counts the heads; null where it has none. */
  readonly headAxis: number | null;
  readonly dtype: DType;
  readonly shape: readonly NamedSize[];
  readonly heads: number;
  readonly rows: number;
  readonly columns: number;
  /** float32, rows × columns, row-major. */
  readonly data: ArrayBuffer;
  /** Of every head, of the cells that the mask leaves visible. */
  readonly statistics: Statistics;
  /** The same cells, for colours that all heads share. */
  readonly extent: Extent;
  /** The same value without interventions, else before the last edit; null where that has another shape or nothing changed. */
  readonly previous: ArrayBuffer | null;
  readonly place: {
    readonly file: string;
    readonly line: number;
    /** As in `GeneralLine`. */
    readonly shownLine?: number;
    readonly column: number;
    readonly text: string;
  } | null;
}

const position = v.pipe(v.number(), v.integer(), v.minValue(0));

export const componentHostSchemas: ArgumentSchemas<ComponentHost> = {
  ready: v.tuple([]),
  setState: v.tuple([panelStateSchema]),
  openSource: v.tuple([v.object({ file: v.string(), line: position, column: position })]),
  findInPaper: v.tuple([v.string()]),
  chooseModel: v.tuple([]),
  chooseSource: v.tuple([]),
  getPackage: v.tuple([]),
  cancel: v.tuple([]),
  continueText: v.tuple([continuationSchema]),
  stopText: v.tuple([]),
  report: v.tuple([v.object({ message: v.string(), stack: v.string() })]),
};

/** The page trusts the host's documents as a whole and checks only their outline. */
export const componentViewSchemas: ArgumentSchemas<ComponentView> = {
  show: v.tuple([
    v.custom<PanelDocument>(value => typeof value === "object" && value !== null && "state" in value),
  ]),
  progress: v.tuple([v.nullable(v.object({ label: v.string() }))]),
  continued: v.tuple([
    v.nullable(
      v.object({
        text: v.string(),
        choice: continuationSchema,
        writing: v.boolean(),
        result: v.nullable(
          v.object({
            tokens: v.number(),
            millisecondsPerToken: v.number(),
            precision: v.string(),
            rounded: v.boolean(),
          }),
        ),
        failure: v.nullable(v.string()),
      }),
    ),
  ]),
  token: v.tuple([v.string()]),
};
