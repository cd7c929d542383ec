import type { AttentionDocument } from "../../../../shared/protocol/component.ts";
import type { View } from "../../view.ts";
import { AttentionActions } from "./attention-actions.tsx";

import { currentPair, moveCursor, pin, shownStep } from "./cursor.ts";
import { AttentionInspector } from "./inspector.tsx";
import { describeChanges } from "./interventions.ts";
import { ROLES } from "./roles.ts";
import { AttentionStage } from "./stage.tsx";

/** Attention, step by step: each figure is one step. */
export const AttentionView: View<AttentionDocument> = {
  Stage: AttentionStage,
  Inspector: AttentionInspector,
  Actions: AttentionActions,
  changes: (document, interventions) => describeChanges(document, interventions),
  steps: document => document.figures.map(figure => ROLES[figure.role].sentence(document)),
  step: shownStep,
  marks: document => (document.attention === "self" ? currentPair(document) : null),
  move: moveCursor,
  pin,
  heads: document => document.heads,
};
