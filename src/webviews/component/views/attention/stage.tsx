import { t } from "../../../../shared/l10n.ts";
import type { AttentionDocument } from "../../../../shared/protocol/component.ts";
import { namedShape } from "../../../../shared/value-text.ts";
import { HeatMap } from "../../../kit/heat-map.tsx";
import { ScaleLegend } from "../../../kit/scale-legend.tsx";
import { TextTwin } from "../../../kit/text-twin.tsx";
import { theme } from "../../../kit/theme.ts";
import { hovered, hoveredToken } from "../../store.ts";
import { currentPair, largeFigure, markedCell, pin } from "./cursor.ts";
import { columnLabels, gridOf, headOf, rowLabels, scaleOf } from "./figures.ts";
import { HeadsStrip } from "./heads-strip.tsx";
import { Pipeline } from "./pipeline.tsx";
import { ROLES } from "./roles.ts";
import "./attention.css";

/** From queries and keys to the output: everything small, the chosen step large, every head below. */
export function AttentionStage({ document }: { readonly document: AttentionDocument }) {
  return (
    <>
      <Pipeline document={document} />
      <LargeFigure document={document} />
      <HeadsStrip document={document} />
    </>
  );
}

/** The chosen step; alone in following the cursor, so that nothing else is drawn again when it moves. */
function LargeFigure({ document }: { readonly document: AttentionDocument }) {
  const { head } = document;
  const figure = largeFigure(document);
  const role = ROLES[figure.role];
  const grid = gridOf(document, figure);
  const scale = scaleOf(figure, theme.value);
  const rows = rowLabels(document, figure);
  const columns = columnLabels(document, figure);
  const own = headOf(figure, document);
  const title =
    figure.heads === document.heads
      ? t("head {0}", head)
      : t("head {0}, shared key-value head {1}", head, own);
  const caption = `${role.name()}, ${title}: ${role.about(document)}. ${namedShape(figure.shape)}.`;
  const marked = markedCell(document);
  return (
    <>
      <div class="figure-title">
        <p>
          <b>{role.name()}</b>{" "}
          <span class="dim">
            {namedShape(figure.shape)} · {title} · {role.about(document)}
          </span>
        </p>
        <ScaleLegend scale={scale} />
      </div>
      <HeatMap
        label={`${caption} ${t("Arrow keys move the cursor, Enter keeps a cell.")}`}
        grid={grid}
        scale={scale}
        rowLabels={rows}
        columnLabels={columns}
        cell={hovered.value}
        pinned={marked}
        token={document.attention === "self" ? hoveredToken.value : null}
        onHover={at => {
          hovered.value = at;
        }}
        onPin={at => pin(document, at)}
      />
      <TextTwin
        figure={figure.role}
        caption={caption}
        grid={grid}
        rowLabels={rows}
        columnLabels={columns}
        hidden={t("masked")}
        row={currentPair(document).row}
      />
    </>
  );
}
