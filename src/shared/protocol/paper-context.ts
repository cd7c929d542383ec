import * as v from "valibot";
import type { ArgumentSchemas } from "../channel.ts";
import type { Statistics } from "../run.ts";
import type { NamedSize } from "./component.ts";

/** What the extension host knows of a paper's components that the paper itself does not say. */
export interface PaperContextHost {
  /** The lines that implement a component: of the workspace, or of the reference sources where it has none. */
  implementations(component: string): Promise<Implementations>;
  /** Opens one of them by its index, or lets the reader choose among all. */
  openImplementation(choice: { component: string; index: number | null }): void;
  /** The model that “Run live” shows, and why it was chosen for this paper; null before the paper is linked, or without one. */
  model(): Promise<PaperModel | null>;
  /** What a symbol of an equation is in that model. */
  symbol(request: { component: string; symbol: EquationSymbol }): Promise<SymbolValue>;
  /** The paper's components by section, for the side view. */
  outlined(sections: readonly OutlinedSection[]): void;
}

/** What the extension host asks of a paper page beyond reading. */
export interface PaperContextPage {
  /** Scrolls to a mention and flashes it with its sentence; false if the paper has no such page. */
  show(target: PaperTarget): Promise<boolean>;
}

/** A mention in a paper. */
export interface PaperTarget {
  readonly component: string;
  /** From 1. */
  readonly page: number;
  /** Code points of the page's text at which the mention begins. */
  readonly start: number;
  /** Code points of the page's text that its sentence takes; null for the mention alone. */
  readonly sentence: readonly [start: number, end: number] | null;
}

export interface Implementations {
  readonly origin: "workspace" | "reference" | "none";
  /** The first few. */
  readonly places: readonly { readonly label: string; readonly text: string }[];
  /** How many there are. */
  readonly total: number;
}

export interface PaperModel {
  readonly label: string;
  /** Why this one, or what is missing: one sentence. */
  readonly reason: string;
}

/** What a symbol of a defining equation stands for. */
const equationSymbols = [
  "query",
  "key",
  "value",
  "head-dimension",
  "heads",
  "input",
  "weight-1",
  "weight-2",
  "bias-1",
  "bias-2",
  "scale",
  "shift",
] as const;
export type EquationSymbol = (typeof equationSymbols)[number];

/** A value of the model, as the equation's symbol names it. */
export type SymbolValue =
  | {
      readonly kind: "value";
      /** Its name in the source. */
      readonly name: string;
      readonly shape: readonly NamedSize[];
      readonly dtype: string;
      readonly statistics: Statistics | null;
      /** Where it was computed: layer and model. */
      readonly where: string;
    }
  | { readonly kind: "number"; readonly name: string; readonly number: number; readonly where: string }
  /** Why there is none: one sentence. */
  | { readonly kind: "none"; readonly reason: string };

export interface OutlinedSection {
  readonly title: string | null;
  readonly components: readonly OutlinedComponent[];
}

export interface OutlinedComponent {
  readonly component: string;
  /** In the whole paper. */
  readonly count: number;
  /** Its first mention in the section. */
  readonly page: number;
  readonly start: number;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.maxLength(100));

export const paperContextHostSchemas: ArgumentSchemas<PaperContextHost> = {
  implementations: v.tuple([id]),
  openImplementation: v.tuple([v.object({ component: id, index: v.nullable(count) })]),
  model: v.tuple([]),
  symbol: v.tuple([v.object({ component: id, symbol: v.picklist(equationSymbols) })]),
  outlined: v.tuple([
    v.pipe(
      v.array(
        v.object({
          title: v.nullable(v.pipe(v.string(), v.maxLength(300))),
          components: v.array(v.object({ component: id, count, page: count, start: count })),
        }),
      ),
      v.maxLength(2_000),
    ),
  ]),
};

export const paperTargetSchema = v.object({
  component: id,
  page: count,
  start: count,
  sentence: v.nullable(v.tuple([count, count])),
});

export const paperContextPageSchemas: ArgumentSchemas<PaperContextPage> = {
  show: v.tuple([paperTargetSchema]),
};
