import { t } from "../../../../shared/l10n.ts";
import type { GeneralLine } from "../../../../shared/protocol/component.ts";
import { namedShape } from "../../../../shared/value-text.ts";
import { HeatMap } from "../../../kit/heat-map.tsx";
import { ScaleLegend } from "../../../kit/scale-legend.tsx";
import { TextTwin } from "../../../kit/text-twin.tsx";
import { theme } from "../../../kit/theme.ts";
import { hovered, hoveredToken } from "../../store.ts";
import { featuresPerColumn, pictureOf, rowLabels } from "./picture.ts";

/** The chosen line's value, large: tokens as rows where there is one for each. */
export function LargePicture({ line }: { readonly line: GeneralLine }) {
  const { grid, scale } = pictureOf(line, theme.value);
  if (grid.rows === 0) return null;
  const rows = rowLabels(line);
  const caption = `${line.variable ?? t("returned")}: ${namedShape(line.shape)}`;
  return (
    <div class="large-picture">
      <ScaleLegend scale={scale} />
      <HeatMap
        label={caption}
        grid={grid}
        scale={scale}
        rowLabels={rows}
        columnLabels={null}
        featuresPerColumn={featuresPerColumn(line)}
        cell={hovered.value}
        token={hoveredToken.value}
        pinned={null}
        onHover={cell => {
          hovered.value = cell;
        }}
        onPin={() => {}}
      />
      <TextTwin
        figure={line.id}
        caption={caption}
        grid={grid}
        rowLabels={rows}
        columnLabels={null}
        hidden=""
        row={0}
      />
    </div>
  );
}
