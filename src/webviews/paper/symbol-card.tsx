import { useEffect, useRef, useState } from "preact/hooks";
import { axisName } from "../../shared/axis-name.ts";
import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount, formatNumber } from "../../shared/number.ts";
import type { EquationSymbol, SymbolValue } from "../../shared/protocol/paper-context.ts";
import { LinkButton } from "../kit/controls.tsx";
import { useCardPlace } from "./card-place.ts";
import { contextHost } from "./context-host.ts";
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
  const place = useCardPlace(card.line, element);
  const [value, setValue] = useState<SymbolValue | null>(null);
  useEffect(() => {
    let wanted = true;
    contextHost()
      .symbol({ component: mention.component, symbol })
      .then(
        found => {
          if (wanted) setValue(found);
        },
        error => {
          if (wanted) setValue({ kind: "none", reason: String(error) });
        },
      );
    return () => {
      wanted = false;
    };
  }, [mention, symbol]);
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
    case "value": {
      const shape = value.shape.map(({ name, size }) =>
        name === "" ? `${size}` : `${axisName(name)} ${size}`,
      );
      return (
        <>
          <p>
            <code>{value.name}</code> {shape.join(" × ")} · {value.dtype}
          </p>
          {value.statistics && (
            <p class="figure">
              {t(
                "mean {0} ± {1} · min {2} · max {3}",
                formatNumber(value.statistics.mean),
                formatNumber(value.statistics.std),
                formatNumber(value.statistics.min),
                formatNumber(value.statistics.max),
              )}
            </p>
          )}
          <p class="counts">{value.where}</p>
        </>
      );
    }
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
