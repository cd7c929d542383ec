import { t } from "../../../../shared/l10n.ts";
import type { GeneralDocument } from "../../../../shared/protocol/component.ts";
import { choose } from "../../store.ts";
import type { View } from "../../view.ts";
import { GeneralInspector } from "./inspector.tsx";
import { shownLine } from "./shown-line.ts";
import { GeneralStage } from "./stage.tsx";

/** A module's forward, line by line: each line is one step. */
export const GeneralView: View<GeneralDocument> = {
  Stage: GeneralStage,
  Inspector: GeneralInspector,
  Actions: () => null,
  changes: () => [],
  steps: document =>
    document.lines.map(line =>
      line.variable === null
        ? t("this is what the module returns.")
        : t("line {0} computes {1}.", line.line, line.variable),
    ),
  step: shownLine,
  move: (document, rows) => {
    const last = document.lines.length - 1;
    choose({ step: Math.max(0, Math.min(last, shownLine(document) + rows)) });
  },
  marks: () => null,
  pin: () => {},
  heads: () => 0,
};
