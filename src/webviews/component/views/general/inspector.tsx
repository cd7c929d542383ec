import { t } from "../../../../shared/l10n.ts";
import { formatCount, formatNumber } from "../../../../shared/number.ts";
import type { GeneralDocument, GeneralLine } from "../../../../shared/protocol/component.ts";
import type { Statistics } from "../../../../shared/run.ts";
import { namedShape } from "../../../../shared/value-text.ts";
import { SourceQuote } from "../../source-quote.tsx";
import { hovered } from "../../store.ts";
import { featuresPerColumn, rowLabels } from "./picture.ts";
import { shownLine } from "./shown-line.ts";

/** The chosen line: its value as a picture, its statistics before and after, and the line itself. */
export function GeneralInspector({ document }: { readonly document: GeneralDocument }) {
  const line = document.lines[shownLine(document)];
  if (!line) return null;
  const name = line.variable ?? t("returned");
  return (
    <>
      <section data-inspector>
        <h2 class={line.variable === null ? undefined : "written"}>{name}</h2>
        <p>
          {namedShape(line.shape)} <span class="dim">· {line.dtype}</span>
        </p>
        <HoveredCell line={line} />
        <table class="statistics">
          <tbody>
            {STATISTICS.map(({ key, label }) => (
              <tr key={key}>
                <th scope="row">{label()}</th>
                {line.previous && <td>{formatNumber(line.previous[key])} →</td>}
                <td data-statistic={key} data-value={line.statistics[key]}>
                  {formatNumber(line.statistics[key])}
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">{t("numbers")}</th>
              {line.previous && <td />}
              <td>{formatCount(line.statistics.count)}</td>
            </tr>
          </tbody>
        </table>
        {line.statistics.notFinite > 0 && (
          <p>{t("{0} of them are not finite", formatCount(line.statistics.notFinite))}</p>
        )}
      </section>
      {line.file !== "" && (
        <section>
          <h2>{t("In the code")}</h2>
          <SourceQuote {...line} />
        </section>
      )}
    </>
  );
}

/** The cell of the large picture under the pointer. */
function HoveredCell({ line }: { readonly line: GeneralLine }) {
  const cell = hovered.value;
  if (!cell || cell.row >= line.picture.rows || cell.column >= line.picture.columns) return null;
  const value = line.picture.data[cell.row * line.picture.columns + cell.column]!;
  const features = featuresPerColumn(line);
  const [first, last] = [Math.floor(cell.column * features), Math.floor((cell.column + 1) * features) - 1];
  const row = rowLabels(line)[cell.row] ?? "";
  return (
    <p class="statement">
      <span class="large" data-value={value}>
        {formatNumber(value)}
      </span>
      <span class="dim">
        {first === last
          ? t("feature {0} of “{1}”", first, row)
          : t("mean of features {0} to {1} of “{2}”", first, last, row)}
      </span>
    </p>
  );
}

const STATISTICS: readonly { readonly key: keyof Statistics; readonly label: () => string }[] = [
  { key: "mean", label: () => t("mean") },
  { key: "std", label: () => t("standard deviation") },
  { key: "min", label: () => t("smallest") },
  { key: "max", label: () => t("largest") },
];
