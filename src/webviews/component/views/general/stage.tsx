import { t } from "../../../../shared/l10n.ts";
import { formatNumber } from "../../../../shared/number.ts";
import type { GeneralDocument, GeneralLine } from "../../../../shared/protocol/component.ts";
import type { Statistics } from "../../../../shared/run.ts";
import { namedShape } from "../../../../shared/value-text.ts";
import { theme } from "../../../kit/theme.ts";
import { Thumbnail } from "../../../kit/thumbnail.tsx";
import { ModulePicker } from "../../module-picker.tsx";
import { choose } from "../../store.ts";
import { LargePicture } from "./large-picture.tsx";
import { pictureOf } from "./picture.ts";
import { shownLine } from "./shown-line.ts";
import "./general.css";

/** Every line that computes something: what it says, what came out, and what came out before the last change. */
export function GeneralStage({ document }: { readonly document: GeneralDocument }) {
  const step = shownLine(document);
  return (
    <>
      <ModulePicker />
      {document.lines.length === 0 && (
        <p class="dim">
          {t("This module assigns no variable. Open the module around it to see its values.")}
        </p>
      )}
      <ol class="lines">
        {document.lines.map((line, index) => (
          <li key={line.id} class={index === step ? "chosen" : ""}>
            <Line line={line} chosen={index === step} onChoose={() => choose({ step: index })} />
            {index === step && <LargePicture line={line} />}
          </li>
        ))}
      </ol>
    </>
  );
}

function Line(props: {
  readonly line: GeneralLine;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}) {
  const { line } = props;
  const { grid, scale } = pictureOf(line, theme.value);
  return (
    <button
      type="button"
      class="line"
      aria-pressed={props.chosen}
      data-value-id={line.id}
      onClick={props.onChoose}
    >
      <span class="line-number">{line.shownLine ?? (line.line || "")}</span>
      <span class="line-body">
        <code>{line.text || (line.variable ?? t("returned"))}</code>
        <span class="line-facts">
          <b>{line.variable ?? t("returned")}</b> <span class="dim">{namedShape(line.shape)}</span>{" "}
          <Facts statistics={line.statistics} previous={line.previous} />
        </span>
      </span>
      <Thumbnail grid={grid} scale={scale} width={96} height={36} />
    </button>
  );
}

function Facts(props: { readonly statistics: Statistics; readonly previous: Statistics | null }) {
  const { statistics, previous } = props;
  return (
    <span class="number">
      {previous && (
        <>
          <span class="earlier" data-before-mean={previous.mean}>
            {formatNumber(previous.mean)} ± {formatNumber(previous.std)}
          </span>
          {" → "}
        </>
      )}
      <span data-mean={statistics.mean} data-std={statistics.std}>
        {formatNumber(statistics.mean)} ± {formatNumber(statistics.std)}
      </span>
    </span>
  );
}
