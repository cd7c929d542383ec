import { t } from "../../../../shared/l10n.ts";
import type { AttentionDocument } from "../../../../shared/protocol/component.ts";
import { namedShape } from "../../../../shared/value-text.ts";
import { theme } from "../../../kit/theme.ts";
import { Thumbnail } from "../../../kit/thumbnail.tsx";
import { choose } from "../../store.ts";
import { largeFigure } from "./cursor.ts";
import { gridOf, scaleOf } from "./figures.ts";
import { briefShape, ROLES } from "./roles.ts";

/** The whole computation as small multiples with operators between; a click makes one large. */
export function Pipeline({ document }: { readonly document: AttentionDocument }) {
  const large = largeFigure(document);
  return (
    <ol class="pipeline" aria-label={t("Steps of the computation")}>
      {document.figures.map((figure, step) => {
        const role = ROLES[figure.role];
        const matrix = role.columns === "key";
        const operator = role.operator(document);
        return (
          <li key={figure.role}>
            {operator && <span class={operator.length > 2 ? "operator word" : "operator"}>{operator}</span>}
            <button
              type="button"
              class={figure === large ? "figure chosen" : "figure"}
              aria-pressed={figure === large}
              data-step={figure.role}
              onClick={() => choose({ step })}
            >
              <span class="frame">
                <Thumbnail
                  grid={gridOf(document, figure)}
                  scale={scaleOf(figure, theme.value)}
                  width={matrix ? 56 : 64}
                  height={56}
                />
              </span>
              <span class="name">{role.name()}</span>
              <span class="dim small">{briefShape(figure.shape)}</span>
              <span class="visually-hidden">{namedShape(figure.shape)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
