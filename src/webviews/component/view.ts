import type { VNode } from "preact";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { Intervention } from "../../shared/run.ts";
import type { Cell } from "../kit/heat-map.tsx";
import { AttentionView } from "./views/attention/attention-view.ts";
import { GeneralView } from "./views/general/general-view.ts";

export type ViewDocument = NonNullable<PanelDocument["view"]>;

/** How one kind of document is drawn and walked through. */
export interface View<D> {
  /** The computation; takes the wide column. */
  readonly Stage: (props: { readonly document: D }) => VNode | null;
  /** What stands under the pointer or the cursor. */
  readonly Inspector: (props: { readonly document: D }) => VNode | null;
  /** Buttons at the end of the steps. */
  readonly Actions: (props: { readonly document: D }) => VNode | null;
  /** The step that is shown, within those that the document has. */
  step(document: D): number;
  /** What the reader's interventions change, in a few words each. */
  changes(document: D, interventions: readonly Intervention[]): readonly string[];
  /** One sentence for each step, in order. */
  steps(document: D): readonly string[];
  /** What an arrow key does: `rows` down and `columns` to the right. */
  move(document: D, rows: number, columns: number): void;
  /** The token whose row is explained and the one that it looks at, where both are tokens of the text. */
  marks(document: D): Cell | null;
  /** Keeps the cell under the cursor. */
  pin(document: D, cell: Cell): void;
  /** How many heads `,` and `.` go through. */
  heads(document: D): number;
}

/** Every view; a new kind of document is one entry. */
const VIEWS: { readonly [D in ViewDocument as D["kind"]]: View<D> } = {
  attention: AttentionView,
  general: GeneralView,
};

export function viewOf<D extends ViewDocument>(document: D): View<D> {
  return VIEWS[document.kind] as unknown as View<D>;
}
