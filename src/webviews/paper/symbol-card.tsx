import { useRef } from "preact/hooks";
import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount } from "../../shared/number.ts";
import type { EquationSymbol, SymbolValue } from "../../shared/protocol/paper-context.ts";
import { namedShape, statisticsText } from "../../shared/value-text.ts";
import { LinkButton } from "../kit/controls.tsx";
import { useCardPlace } from "./card-place.ts";
import { contextHost, useAnswer } from "./context-host.ts";
import type { PlacedMention } from "./links.ts";
import type { Card } from "./store.ts";

/** What a symbol of an equation is in the model: name, shape and statistics, and where they were computed. */
export function SymbolCard(props: {
  readonly card: Card;
  readonly symbol: EquationSymbol;
  readonly language: string;
  readonly onRun: (mention: PlacedMention) => void;
}) {
  const { card, symbol } = props;
  const { mention } = card;
  const name = inLanguage(component(mention.component).name, props.language);
  const element = useRef<HTMLDivElement>(null);
  const place = useCardPlace(card, element);
  const value = useAnswer<SymbolValue>(
    () =>
      contextHost()
        .symbol({ component: mention.component, symbol })
        .catch(error => ({ kind: "none", reason: String(error) })),
    `${mention.page}:${mention.start} ${symbol}`,
  );
  return (
    <div class="card symbol-card" ref={element} role="dialog" aria-label={mention.surface} style={place}>
      <h2>
        {mention.surface} <span class="other-name">{`${symbolName(symbol)} · ${name}`}</span>
      </h2>
      <div role="status">
        {value === null ? <p class="counts">{t("Running the model…")}</p> : <Value value={value} />}
      </div>
      <div class="actions">
        <LinkButton onClick={() => props.onRun(mention)}>{t("Run live")}</LinkButton>
      </div>
    </div>
  );
}

function Value({ value }: { readonly value: SymbolValue }) {
  switch (value.kind) {
    case "none":
      return <p>{value.reason}</p>;
    case "number":
      return (
        <>
          <p>
            {value.name} <b class="figure">{formatCount(value.number)}</b>
          </p>
          <p class="counts">{value.where}</p>
        </>
      );
    case "value":
      return (
        <>
          <p>
            <code>{value.name}</code> {namedShape(value.shape)} · {value.dtype}
          </p>
          {value.statistics && <p class="figure">{statisticsText(value.statistics)}</p>}
          <p class="counts">{value.where}</p>
        </>
      );
  }
}

function symbolName(symbol: EquationSymbol): string {
  switch (symbol) {
    case "query":
      return t("query");
    case "key":
      return t("key");
    case "value":
      return t("value");
    case "head-dimension":
      return t("features of a head");
    case "heads":
      return t("number of heads");
    case "input":
      return t("input");
    case "weight-1":
      return t("first matrix");
    case "weight-2":
      return t("second matrix");
    case "bias-1":
      return t("first bias");
    case "bias-2":
      return t("second bias");
    case "scale":
      return t("factor");
    case "shift":
      return t("offset");
  }
}
