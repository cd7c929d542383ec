import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { WeightOpener, WeightPlace } from "./weight-places.ts";

/** Lists the tensors with type and shape; one that is chosen is copied by its name in the checkpoint. */
export class WeightList implements WeightOpener {
  async open({ checkpoint, parameters }: WeightPlace): Promise<void> {
    const items = parameters.map(({ name, shape, dtype }) => ({
      label: name,
      description: `(${shape.join(", ")}) · ${dtype}`,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
      title: checkpoint === null ? t("Weights (random, from a seed)") : t("Weights in {0}", checkpoint),
      placeHolder: t("Choose a tensor to copy its name"),
    });
    if (chosen) await vscode.env.clipboard.writeText(chosen.label);
  }
}
