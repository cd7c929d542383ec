import type { TensorChoice } from "../checkpoint/checkpoint-editor.ts";
import type { CheckpointEditors } from "../checkpoint/checkpoint-editors.ts";
import { tensorsOf } from "./tensor-places.ts";
import { WeightList } from "./weight-list.ts";
import type { WeightOpener, WeightPlace } from "./weight-places.ts";

/**
 * Shows the tensors behind a line in a checkpoint: in one that is open and has them, else in the one that serves the
 * source; where there is neither (weights are random), their names alone.
 */
export class WeightEditor implements WeightOpener {
  readonly #editors: CheckpointEditors;
  readonly #list = new WeightList();

  constructor(editors: CheckpointEditors) {
    this.#editors = editors;
  }

  async open(place: WeightPlace): Promise<void> {
    const choice: TensorChoice = tensors => tensorsOf(place.parameters, place.trace, tensors);
    if (this.#editors.revealOpen(choice)) return;
    if (place.checkpoint !== null && (await this.#editors.openFolder(place.checkpoint, choice))) return;
    await this.#list.open(place);
  }
}
