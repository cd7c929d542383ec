import { t } from "../../shared/l10n.ts";
import { uncover } from "./narrow.ts";
import type { OutlineItem } from "./outline.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** The paper's headings; each leads to its place. */
export function OutlineList(props: { readonly reader: Reader; readonly onFollow: (url: string) => void }) {
  const items = store.outline.value;
  if (items === null) return <p class="empty">{t("Reading the outline…")}</p>;
  if (items.length === 0)
    return <p class="empty">{t("This paper has no outline, and no numbered heading was found.")}</p>;
  const follow = ({ target }: OutlineItem) => {
    uncover();
    if (target?.kind === "address") props.onFollow(target.url);
    else if (target?.kind === "place") props.reader.showPlace(target.place);
    else if (target !== null) props.reader.goToDestination(target.destination);
  };
  return (
    <ul class="entries" aria-label={t("Outline")}>
      {items.map((item, index) => (
        <li key={index}>
          <button
            type="button"
            disabled={item.target === null}
            style={{ paddingLeft: `${12 + 12 * item.depth}px` }}
            onClick={() => follow(item)}
          >
            {item.title}
          </button>
        </li>
      ))}
    </ul>
  );
}
