import { t } from "../../shared/l10n.ts";
import { formatNumber, formatShare } from "../../shared/number.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import { panel } from "./store.ts";
import { visibleSpaces } from "./token-text.ts";
import { viewOf } from "./view.ts";

/** What the model would write next, or takes its input for, and what a change did to it. */
export function Effect({ effect }: { readonly effect: NonNullable<PanelDocument["effect"]> }) {
  const { before, after, totalVariation } = effect;
  const largest = Math.max(...before.map(each => each.probability), ...(after ?? []).map(e => e.probability));
  const percent = (probability: number) => `${(probability / largest) * 100}%`;
  return (
    <section class="effect" data-effect>
      <h2>
        {effect.kind === "token" ? t("Next token") : t("Class")}{" "}
        {after && (
          <span class="legend">
            <span>
              <i class="before" aria-hidden="true" /> {beforeName(effect.change)}
            </span>{" "}
            <span>
              <i class="after" aria-hidden="true" /> {afterName(effect.change)}
            </span>
          </span>
        )}
      </h2>
      <ol class="bars">
        {before.map((token, index) => {
          const changed = after?.[index]?.probability;
          return (
            <li key={token.id} data-token-id={token.id}>
              <span class="name">{effect.kind === "token" ? visibleSpaces(token.text) : token.text}</span>
              <span class="bar" aria-hidden="true">
                <i class="before" style={{ width: percent(token.probability) }} />
                {changed !== undefined && <i class="after" style={{ width: percent(changed) }} />}
              </span>
              <span class="shares">
                <span data-before={token.probability}>{formatShare(token.probability)}</span>
                {changed !== undefined && (
                  <>
                    {" → "}
                    <span data-after={changed}>{formatShare(changed)}</span>
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ol>
      {totalVariation !== null ? (
        <p class="dim">
          {t("Change in all:")}{" "}
          <span class="number" data-total-variation={totalVariation}>
            {formatNumber(totalVariation)}
          </span>{" "}
          {t("(total variation)")}
        </p>
      ) : (
        <p class="dim">
          {effect.token ? t("after “{0}”", effect.token.text.trim()) : t("softmax of the scores")}
        </p>
      )}
    </section>
  );
}

function beforeName(change: "intervention" | "edit" | null): string {
  return change === "intervention" ? t("unchanged") : t("before the edit");
}

function afterName(change: "intervention" | "edit" | null): string {
  if (change === "edit") return t("after it");
  const shown = panel.value;
  const changes = shown?.view ? viewOf(shown.view).changes(shown.view, shown.state.interventions) : [];
  return changes.length === 0 ? t("changed") : changes.join(", ");
}
