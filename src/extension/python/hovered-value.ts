import type { NamedSize } from "../../shared/protocol/component.ts";
import type { Summary } from "../../shared/run.ts";

/** A value of the last run, as hovers show it. */
export interface HoveredValue {
  readonly name: string;
  /** Path of the module that computed it. */
  readonly module: string;
  /** Class of the whole model. */
  readonly model: string;
  /** What the panel that ran it shows. */
  readonly component: string;
  readonly shape: readonly NamedSize[];
  readonly summary: Summary;
}
