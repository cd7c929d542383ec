import type { ComponentChildren } from "preact";
import { t } from "../../../../shared/l10n.ts";
import { formatNumber, formatShare } from "../../../../shared/number.ts";
import type { AttentionDocument, Figure } from "../../../../shared/protocol/component.ts";
import { namedShape } from "../../../../shared/value-text.ts";
import { SourceQuote } from "../../source-quote.tsx";
import { hovered, panel } from "../../store.ts";
import { tokenLabel } from "../../token-text.ts";
import { cellArithmetic, largestWeights, norm } from "./arithmetic.ts";
import { currentPair, largeFigure, markedCell } from "./cursor.ts";
import { figureOf, gridOf, rowLabels } from "./figures.ts";
import { currentFactor } from "./interventions.ts";
import { isInverseRoot, ROLES } from "./roles.ts";

/** What is under the cursor: its value, how it came about in numbers, the line that computes it, where to read about it. */
export function AttentionInspector({ document }: { readonly document: AttentionDocument }) {
  const figure = largeFigure(document);
  const pairwise = ROLES[figure.role].columns === "key";
  return (
    <>
      {pairwise ? (
        <Pair document={document} figure={figure} />
      ) : (
        <Vector document={document} figure={figure} />
      )}
      {figure.place && (
        <section>
          <h2>{t("In the code")}</h2>
          <SourceQuote {...figure.place} />
          <p class="dim">
            {namedShape(figure.shape)} · {figure.dtype}
          </p>
          <p class="dim">
            {t("mean {0} ± {1}", formatNumber(figure.statistics.mean), formatNumber(figure.statistics.std))} ·{" "}
            {formatNumber(figure.statistics.min)} … {formatNumber(figure.statistics.max)}
          </p>
        </section>
      )}
    </>
  );
}

/** One cell of the scores or weights: a query and a key. */
function Pair({ document, figure }: { readonly document: AttentionDocument; readonly figure: Figure }) {
  const pair = currentPair(document);
  const from = tokenLabel(document.queryTokens[pair.row]!.text);
  const to = tokenLabel(document.keyTokens[pair.column]!.text);
  const numbers = cellArithmetic(document, pair);
  const grid = gridOf(document, figure);
  const index = pair.row * grid.columns + pair.column;
  const value = grid.data[index]!;
  const earlier = previousValue(figure, index);
  // What reads no text has positions, which are counted.
  const inText = (panel.value?.tokens.length ?? 0) > 0;
  return (
    <section data-inspector aria-live="polite">
      <h2 class="written">
        {from} → {to}
      </h2>
      {numbers.hidden && figure.role !== "scores" && figure.role !== "scaled" ? (
        <p class="statement">
          <span class="large">0</span>
          <span class="dim">
            {inText
              ? t("the mask forbids “{0}” to look at “{1}”", from, to)
              : t("the mask forbids position {0} to look at position {1}", from, to)}
          </span>
        </p>
      ) : (
        <p class="statement">
          <span class="large" data-value={value}>
            {figure.role === "weights" ? formatShare(value) : formatNumber(value)}
          </span>
          <span class="dim">
            {figure.role === "weights"
              ? inText
                ? t("of what “{0}” takes comes from “{1}”", from, to)
                : t("of what position {0} takes comes from position {1}", from, to)
              : inText
                ? t("how well the query of “{0}” fits the key of “{1}”", from, to)
                : t("how well the query of position {0} fits the key of position {1}", from, to)}
          </span>
        </p>
      )}
      {earlier !== null && earlier !== value && (
        <p class="dim">
          {t("before:")} <span class="number">{formatNumber(earlier)}</span>
        </p>
      )}
      <Derivation document={document} numbers={numbers} />
    </section>
  );
}

/** The formula with its numbers put in, as far as the figures go. */
function Derivation(props: {
  readonly document: AttentionDocument;
  readonly numbers: ReturnType<typeof cellArithmetic>;
}) {
  const { scale, headDimension } = props.document;
  const factor = currentFactor(props.document, panel.value?.state.interventions ?? []);
  // A factor acts on the last figure before the softmax, which may be the scaled one.
  const unmasked = figureOf(props.document, "masked") ? 1 : factor;
  const { dot, score, scaled, masked, hidden, exponential, weight } = props.numbers;
  const root = scale !== null && isInverseRoot(scale, headDimension);
  const product = dot ?? score;
  const lines: ComponentChildren[] = [<>q·k = {formatNumber(product)}</>];
  const afterScale = scaled === null ? (scale === null ? null : score / unmasked) : scaled / unmasked;
  if (afterScale !== null && scale !== null)
    lines.push(
      <>
        {root ? `q·k/√${headDimension}` : `q·k × ${formatNumber(scale)}`} = {formatNumber(product)}{" "}
        {root ? `/ ${formatNumber(Math.sqrt(headDimension))}` : `× ${formatNumber(scale)}`} ={" "}
        {formatNumber(afterScale)}
      </>,
    );
  const plain = afterScale ?? score / unmasked;
  const base = plain * factor;
  if (factor !== 1 && !hidden)
    lines.push(
      <>
        {formatNumber(plain)} × {formatNumber(factor)} = {formatNumber(base)}
      </>,
    );
  if (hidden) lines.push(<>{formatNumber(plain)} + mask = −∞</>);
  else if (Math.abs(masked - base) > 1e-4 * Math.max(1, Math.abs(base)))
    lines.push(
      <>
        {formatNumber(base)} + {formatNumber(masked - base)} = {formatNumber(masked)}
      </>,
    );
  if (!hidden)
    lines.push(
      <>
        e<sup>{formatNumber(masked - exponential.shift)}</sup> / Σ<sub>j</sub> e
        <sup>
          s<sub>j</sub>
          {exponential.shift !== 0 && ` − ${formatNumber(exponential.shift)}`}
        </sup>{" "}
        = {formatNumber(exponential.own)} / {formatNumber(exponential.sum)} = {formatShare(weight)}
      </>,
    );
  return (
    <ol class="derivation" data-derivation>
      {lines.map((line, i) => (
        <li key={i}>{line}</li>
      ))}
    </ol>
  );
}

/** One token's query, key, value or output. */
function Vector({ document, figure }: { readonly document: AttentionDocument; readonly figure: Figure }) {
  const cell = hovered.value ?? markedCell(document);
  const grid = gridOf(document, figure);
  const token = rowLabels(document, figure)[cell.row] ?? "";
  const vector = grid.data.subarray(cell.row * grid.columns, (cell.row + 1) * grid.columns);
  const feature = cell.column >= 0 ? cell.column : null;
  const value = feature === null ? norm(vector) : vector[feature]!;
  const mixed = figure.role === "output" ? largestWeights(document, cell.row, 4) : [];
  const values = figureOf(document, "value");
  return (
    <section data-inspector aria-live="polite">
      <h2 class="written">
        {ROLES[figure.role].name()} · {token}
      </h2>
      <p class="statement">
        <span class="large" data-value={value}>
          {formatNumber(value)}
        </span>
        <span class="dim">
          {feature === null ? t("length of the vector, √Σx²") : t("feature {0} of “{1}”", feature, token)}
        </span>
      </p>
      {mixed.length > 0 && values && (
        <ol class="derivation" data-derivation>
          {mixed.map(({ key, weight }) => {
            const source = tokenLabel(document.keyTokens[key]!.text);
            const from = gridOf(document, values);
            return (
              <li key={key}>
                {formatShare(weight)} ·{" "}
                {feature === null ? `v(${source})` : formatNumber(from.data[key * from.columns + feature]!)}
                {feature !== null && <span class="dim"> {source}</span>}
              </li>
            );
          })}
          <li>
            <span class="dim">{t("+ what the other tokens give")}</span>
            {feature !== null && ` = ${formatNumber(value)}`}
          </li>
        </ol>
      )}
    </section>
  );
}

/** The same cell before the change, where the figure keeps it. */
function previousValue({ previous }: Figure, index: number): number | null {
  return previous && (new Float32Array(previous)[index] ?? null);
}
