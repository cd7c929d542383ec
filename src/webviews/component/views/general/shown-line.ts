import type { GeneralDocument } from "../../../../shared/protocol/component.ts";
import { chosenStep } from "../../store.ts";

/** Index of the line that is chosen; the first until then. */
export function shownLine(document: GeneralDocument): number {
  return chosenStep(document.lines.length, 0);
}
