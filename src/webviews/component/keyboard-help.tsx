import { t } from "../../shared/l10n.ts";
import { KEYS } from "./keyboard.ts";

/** Every key and what it does. */
export function KeyboardHelp() {
  return (
    <section class="keys" aria-label={t("Keyboard")}>
      <h2>{t("Keyboard")}</h2>
      <dl>
        {KEYS.map(key => (
          <div key={key.shown}>
            <dt>{key.shown}</dt>
            <dd>{key.meaning()}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
