import { component, isComponentId } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { LinkButton } from "../kit/controls.tsx";
import { useHost } from "./host.ts";
import { state } from "./store.ts";

/** What the component does in two sentences, which paper introduced it, and the way to where the open paper names it. */
export function Explanation() {
  const { host, language } = useHost();
  const id = state.value?.component;
  if (id === undefined || !isComponentId(id)) return null;
  const { paper, explanation } = component(id);
  return (
    <section>
      <h2>{t("What it is")}</h2>
      <p class="explanation">{language.startsWith("ko") ? explanation.ko : explanation.en}</p>
      <p class="dim">
        {t("Introduced in “{0}”, {1}", paper.title, paper.year)} ·{" "}
        <LinkButton onClick={() => void host.findInPaper(id)}>{t("Find in paper")}</LinkButton>
      </p>
    </section>
  );
}
