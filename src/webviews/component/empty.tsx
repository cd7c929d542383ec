import { component, isComponentId } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { useHost } from "./host.ts";
import { panel, state, work } from "./store.ts";

/** Before the first numbers: what the component is, and what is going on. Numbers are never made up. */
export function Empty() {
  const { language } = useHost();
  const id = state.value?.component;
  const entry = id !== undefined && isComponentId(id) ? component(id) : null;
  const failed = panel.value?.status === "failed";
  return (
    <section class="empty">
      {entry && <p>{language.startsWith("ko") ? entry.explanation.ko : entry.explanation.en}</p>}
      {!failed && (
        <p class="dim" role="status">
          {work.value ? work.value.label : t("Reading the source and running it")}…
        </p>
      )}
      {failed && <p class="dim">{t("Nothing has run yet, so there are no numbers to show.")}</p>}
    </section>
  );
}
