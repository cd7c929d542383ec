import type { CSSProperties } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { component, inLanguage, isKorean } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { definingSentence } from "../../shared/linking/index.ts";
import { LinkButton } from "../kit/controls.tsx";
import { Formula } from "../kit/formula.tsx";
import { mentionsOf, type PaperLinks, type PlacedMention } from "./links.ts";
import type { Card } from "./store.ts";

/** Pixels between the line of the term and its card, and between the card and the edge. */
const GAP = 6;

/** What a mention is: its name, formula and explanation, how this paper puts it, and what can be done. */
export function MentionCard(props: {
  readonly card: Card;
  readonly links: PaperLinks;
  readonly language: string;
  readonly onRun: (mention: PlacedMention) => void;
  readonly onShow: (mention: PlacedMention) => void;
}) {
  const { card, links } = props;
  const { mention } = card;
  const entry = component(mention.component);
  const name = inLanguage(entry.name, props.language);
  const element = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<CSSProperties>(HIDDEN);
  useLayoutEffect(() => {
    if (element.current) setPlace(placeCard(card.line, element.current));
  }, [card]);

  const mentions = useMemo(() => mentionsOf(links, mention.component), [links, mention.component]);
  const definition = useMemo(
    () =>
      definingSentence(
        links.texts.map(({ text }) => text),
        links.mentions,
        mention.component,
      ),
    [links, mention.component],
  );
  const index = mentions.findIndex(other => other.page === mention.page && other.start === mention.start);
  const next = mentions[(index + 1) % mentions.length];

  return (
    <div class="card" ref={element} role="dialog" aria-label={name} style={place}>
      <h2>
        {name} {isKorean(props.language) && <span class="other-name">{entry.name.en}</span>}
      </h2>
      <div class="card-formula">
        <Formula tex={entry.formula} />
      </div>
      <p>{inLanguage(entry.explanation, props.language)}</p>
      {definition && (
        <blockquote>
          “{definition.sentence}” <span class="where">{t("page {0}", definition.page + 1)}</span>
        </blockquote>
      )}
      <p class="counts">
        {mentions.length === 1
          ? t("The only mention in this paper")
          : t("{0} mentions here, first on page {1}", mentions.length, mentions[0]?.page ?? mention.page)}
        {" · "}
        {t("introduced by {0}, {1}", entry.paper.authors, entry.paper.year)}
      </p>
      <div class="actions">
        <LinkButton onClick={() => props.onRun(mention)}>{t("Run live")}</LinkButton>
        {next !== undefined && mentions.length > 1 && (
          <LinkButton onClick={() => props.onShow(next)}>{t("Next mention")}</LinkButton>
        )}
      </div>
    </div>
  );
}

/** Until its size is known. */
const HIDDEN: CSSProperties = { left: "0", top: "0", maxHeight: "none", visibility: "hidden" };

/** Under the line, or over it where there is more room; never on it. */
function placeCard(line: Card["line"], card: HTMLElement): CSSProperties {
  const { width, height } = card.getBoundingClientRect();
  const below = innerHeight - line.bottom - 2 * GAP;
  const above = line.top - toolbarHeight() - 2 * GAP;
  const under = height <= below || below >= above;
  const room = Math.max(80, under ? below : above);
  const shown = Math.min(card.scrollHeight, room);
  const left = Math.max(GAP, Math.min(line.left, innerWidth - width - GAP));
  const top = under ? line.bottom + GAP : line.top - GAP - shown;
  return { left: `${left}px`, top: `${top}px`, maxHeight: `${room}px`, visibility: "visible" };
}

function toolbarHeight(): number {
  return document.querySelector(".toolbar")?.getBoundingClientRect().bottom ?? 0;
}
