import type { ComponentId } from "../catalogue/index.ts";

/** A span of a text that names a component. */
export interface Mention {
  /** Code points from the start of the text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** The span itself. */
  readonly surface: string;
  readonly component: ComponentId;
}
