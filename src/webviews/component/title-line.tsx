import { useSignal } from "@preact/signals";
import { component, isComponentId } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { formatNumber } from "../../shared/number.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import { describeProvider, providerName } from "../../shared/provider.ts";
import { Formula } from "../kit/formula.tsx";
import { useHost } from "./host.ts";
import { panel, state, work } from "./store.ts";

type Status = PanelDocument["status"];

/** What each state is called, and what it means. */
const STATUS: Readonly<Record<Status, { label: () => string; meaning: () => string }>> = {
  live: {
    label: () => t("live"),
    meaning: () => t("These numbers come from this source, run with these weights."),
  },
  tracing: {
    label: () => t("tracing"),
    meaning: () => t("The source is being read and run; what is shown is from before."),
  },
  stale: {
    label: () => t("stale"),
    meaning: () => t("These numbers are from before the last change."),
  },
  random: {
    label: () => t("random weights"),
    meaning: () => t("No checkpoint fits this source, so its weights are random, always the same ones."),
  },
  failed: { label: () => t("failed"), meaning: () => t("The source could not be run.") },
};

/** Component, formula, and where its numbers come from; every chip says more or lets it be changed. */
export function TitleLine() {
  const { host, language } = useHost();
  const note = useSignal<string | null>(null);
  const shown = panel.value;
  const id = state.value?.component;
  const entry = id !== undefined && isComponentId(id) ? component(id) : null;
  const korean = language.startsWith("ko");
  const status: Status = work.value ? "tracing" : (shown?.status ?? "tracing");
  const explain = (text: string) => {
    note.value = note.value === text ? null : text;
  };
  return (
    <header class="title-line">
      <div class="title">
        <h1>
          {entry ? (korean ? entry.name.ko : entry.name.en) : id}
          {entry && korean && <span class="dim"> {entry.name.en}</span>}
        </h1>
        {entry && <Formula tex={entry.formula} />}
      </div>
      <div class="chips">
        <button
          type="button"
          class={`chip status ${status}`}
          onClick={() => explain(`${STATUS[status].meaning()} ${timings(shown)}`.trim())}
        >
          {STATUS[status].label()}
        </button>
        {shown?.model && (
          <>
            <button type="button" class="chip" onClick={() => void host.chooseModel()}>
              <b>{shown.model.label}</b> · {shown.model.precision}
            </button>
            <button
              type="button"
              class="chip"
              onClick={() => {
                const { provider, providerNote, check } = shown.model!;
                explain(describeProvider(provider, providerNote, check));
              }}
            >
              {providerName(shown.model.provider)}
              {shown.model.providerNote ? " *" : shown.model.check && ` · ${t("checked")}`}
            </button>
          </>
        )}
        {shown?.source && (
          <button
            type="button"
            class="chip link"
            onClick={() => {
              const { file, line } = shown.source!;
              void host.openSource({ file, line, column: 0 });
            }}
          >
            {shown.source.label}
          </button>
        )}
      </div>
      {shown?.model?.smaller && (
        <p class="note">
          {t(
            "Too large for random weights as its source has it, so it runs smaller: {0}",
            shown.model.smaller,
          )}
        </p>
      )}
      {state.value?.modelReason && <p class="note">{state.value.modelReason}</p>}
      {note.value !== null && (
        <p class="note" role="status">
          {note.value}
        </p>
      )}
    </header>
  );
}

function timings(shown: PanelDocument | null): string {
  if (!shown?.model) return "";
  const { trace, run } = shown.milliseconds;
  return t("Traced in {0} ms, run in {1} ms.", formatNumber(trace), formatNumber(run));
}
