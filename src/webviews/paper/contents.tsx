import { useMemo } from "preact/hooks";
import { component, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";
import { overview } from "./overview.ts";

/** What the paper is about, section by section; an entry leads to its first mention there. */
export function Contents(props: {
  readonly links: PaperLinks;
  readonly language: string;
  readonly onShow: (mention: PlacedMention) => void;
}) {
  const sections = useMemo(() => overview(props.links), [props.links]);
  return (
    <nav class="contents" aria-label={t("In this paper")}>
      {sections.length === 0 && <p>{t("No component of the catalogue is mentioned.")}</p>}
      {sections.map(section => (
        <section key={section.title ?? ""}>
          {section.title && <h3>{section.title}</h3>}
          {section.components.map(({ component: id, count, first }) => {
            const name = inLanguage(component(id).name, props.language);
            return (
              <button type="button" key={id} onClick={() => props.onShow(first)}>
                <span>{name}</span>
                <span class="count">{count}</span>
              </button>
            );
          })}
        </section>
      ))}
    </nav>
  );
}
