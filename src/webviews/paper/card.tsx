import { useMemo, useRef } from "preact/hooks";
import { component, inLanguage, isKorean } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { definingSentence } from "../../shared/linking/index.ts";
import { LinkButton } from "../kit/controls.tsx";
import { Formula } from "../kit/formula.tsx";
import { ModelLine, OtherMentions, SourceLines } from "./card-parts.tsx";
import { useCardPlace } from "./card-place.ts";
import { mentionsOf, type PaperLinks, type PlacedMention } from "./links.ts";
import type { Card } from "./store.ts";

/** What a mention is: its name, formula and explanation, how this paper puts it, and what can be done. */
export function MentionCard(props: {
  readonly card: Card;
  readonly links: PaperLinks;
  readonly language: string;
  readonly onRun: (mention: PlacedMention) => void;
  readonly onShow: (mention: PlacedMention) => void;
  readonly onClose: () => void;
}) {
  const { card, links } = props;
  const { mention } = card;
  const entry = component(mention.component);
  const name = inLanguage(entry.name, props.language);
  const element = useRef<HTMLDivElement>(null);
  const place = useCardPlace(card, element);

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

  return (
    <div class="card" ref={element} role="dialog" aria-label={name} style={place}>
      <h2>
        {name} {isKorean(props.language) && <span class="other-name">{entry.name.en}</span>}
      </h2>
      {definition && (
        <blockquote>
          “{definition.sentence}” <span class="where">{t("page {0}", definition.page + 1)}</span>
        </blockquote>
      )}
      <div class="card-formula">
        <Formula tex={entry.formula} />
      </div>
      {!definition && <p>{inLanguage(entry.explanation, props.language)}</p>}
      <div class="actions">
        <LinkButton onClick={() => props.onRun(mention)}>{t("Run live")}</LinkButton>
        <span class="where">{t("introduced by {0}, {1}", entry.paper.authors, entry.paper.year)}</span>
      </div>
      <ModelLine />
      <SourceLines component={mention.component} onOpen={props.onClose} />
      <OtherMentions links={links} mentions={mentions} current={mention} onShow={props.onShow} />
    </div>
  );
}
