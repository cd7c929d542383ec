import { t } from "../../shared/l10n.ts";
import type { Implementations, PaperModel } from "../../shared/protocol/paper-context.ts";
import { LinkButton } from "../kit/controls.tsx";
import { contextHost, useAnswer } from "./context-host.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";

/** Code points that are shown on either side of a mention. */
const AROUND = 32;

/** Every other mention of a component in this paper, with its page and what stands around it. */
export function OtherMentions(props: {
  readonly links: PaperLinks;
  readonly mentions: readonly PlacedMention[];
  readonly current: PlacedMention;
  readonly onShow: (mention: PlacedMention) => void;
}) {
  const others = props.mentions.filter(
    ({ page, start }) => page !== props.current.page || start !== props.current.start,
  );
  if (others.length === 0) return null;
  return (
    <section class="part" aria-label={t("Other mentions in this paper")}>
      <h3>
        {others.length === 1
          ? t("1 other mention in this paper")
          : t("{0} other mentions in this paper", others.length)}
      </h3>
      <ul class="mention-list">
        {others.map(mention => {
          const [before, after] = contextOf(props.links, mention);
          return (
            <li key={`${mention.page}:${mention.start}`}>
              <button type="button" onClick={() => props.onShow(mention)}>
                <span class="page-of">{t("p. {0}", mention.page)}</span>
                <span class="snippet">
                  <span class="before">
                    {/* A space at its end would go to the other one, where the ellipsis is. */}
                    <bdi dir="ltr">{before.replace(/ $/, "\u00a0")}</bdi>
                  </span>
                  <b>{oneLine(mention.surface)}</b>
                  <span class="after">{after}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function contextOf({ texts }: PaperLinks, { page, start, end }: PlacedMention): [string, string] {
  const points = Array.from(texts[page - 1]?.text ?? "");
  const before = points.slice(Math.max(0, start - AROUND), start).join("");
  const after = points.slice(end, end + AROUND).join("");
  return [wholeWords(oneLine(before), /^\S*\s/), wholeWords(oneLine(after), /\s\S*$/)];
}

/** A text without the word that it cuts. */
function wholeWords(text: string, cut: RegExp): string {
  return text.length < AROUND ? text : text.replace(cut, "");
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Co}\s]+/gu, " ");
}

/** The lines that implement a component, in the workspace or in the reference source. */
export function SourceLines(props: { readonly component: string; readonly onOpen: () => void }) {
  const found = useAnswer(() => contextHost().implementations(props.component), props.component);
  if (found === null || found.origin === "none") return null;
  const open = (index: number | null) => {
    props.onOpen();
    void contextHost().openImplementation({ component: props.component, index });
  };
  return (
    <section class="part" aria-label={t("Code that implements it")}>
      <h3>{headingOf(found)}</h3>
      <ul class="source-list">
        {found.places.map(({ label, text }, index) => (
          <li key={label}>
            <button type="button" onClick={() => open(index)}>
              <code>{text}</code>
              <span class="where">{label}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.total > found.places.length && (
        <LinkButton onClick={() => open(null)}>{t("All {0} places", found.total)}</LinkButton>
      )}
    </section>
  );
}

function headingOf({ origin }: Implementations): string {
  return origin === "workspace"
    ? t("Implemented in this workspace")
    : t("Not in this workspace; in the reference source");
}

/** Which model "Run live" shows, and why. */
export function ModelLine() {
  const model = useAnswer<PaperModel | null>(() => contextHost().model(), "");
  if (!model) return null;
  return (
    <p class="counts">
      <b>{model.label}</b> {model.reason}
    </p>
  );
}
