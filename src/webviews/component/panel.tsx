import { t } from "../../shared/l10n.ts";
import { ProgressBar } from "../kit/progress-bar.tsx";
import { Effect } from "./effect.tsx";
import { Empty } from "./empty.tsx";
import { Explanation } from "./explanation.tsx";
import { FailureBanner } from "./failure-banner.tsx";
import { useHost } from "./host.ts";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { Steps } from "./steps.tsx";
import { panel, showingKeys, work } from "./store.ts";
import { TextStrip } from "./text-strip.tsx";
import { TitleLine } from "./title-line.tsx";
import { viewOf } from "./view.ts";
import "./side.css";

/** A component, live: title, text, stage, inspector, effect, steps. */
export function Panel() {
  const { host } = useHost();
  const shown = panel.value;
  const view = shown?.view ?? null;
  const drawn = view && viewOf(view);
  return (
    <main
      class="panel"
      data-status={shown?.status ?? "tracing"}
      data-module={shown?.modules[shown.module]?.path}
      data-working={work.value !== null}
    >
      {work.value && <ProgressBar label={work.value.label} onCancel={() => void host.cancel()} />}
      <TitleLine />
      {shown?.failure && <FailureBanner failure={shown.failure} kept={view !== null} />}
      <TextStrip />
      {view && drawn ? (
        <>
          <div class="columns">
            <section class="stage" aria-label={t("Computation")}>
              <drawn.Stage document={view as never} />
            </section>
            <aside class="side" aria-label={t("Details")}>
              <drawn.Inspector document={view as never} />
              {shown?.effect && <Effect effect={shown.effect} />}
              <Explanation />
            </aside>
          </div>
          <Steps />
        </>
      ) : (
        <Empty />
      )}
      {showingKeys.value && <KeyboardHelp />}
    </main>
  );
}
