import { t } from "../../shared/l10n.ts";
import { formatNumber } from "../../shared/number.ts";
import { type ContinuationChoice, DEFAULT_CONTINUATION } from "../../shared/panel-state.ts";
import type { Continuation } from "../../shared/protocol/component.ts";
import { Checkbox, Dropdown, LinkButton } from "../kit/controls.tsx";
import { ProgressBar } from "../kit/progress-bar.tsx";
import { useHost } from "./host.ts";
import { choose, continuation, panel, state } from "./store.ts";
import "./continuation.css";

const TOKENS = [8, 24, 64, 256];
const TEMPERATURES = [0, 0.5, 0.8, 1, 1.5];

/** Has the model go on with the text, as the reader chose last; stops it while it does. */
export function continueOrStop(): void {
  const { host } = useHost();
  if (continuation.value?.writing) void host.stopText();
  else if (panel.value?.continues) void host.continueText(state.value?.continuation ?? DEFAULT_CONTINUATION);
}

/** The way to a continuation, for models that predict the next token. */
export function ContinueLink() {
  if (!panel.value?.continues) return null;
  return (
    <LinkButton onClick={continueOrStop}>
      {continuation.value?.writing ? t("Stop") : t("Continue text")}
    </LinkButton>
  );
}

/** What the model goes on with, and how; nothing until it is asked to. */
export function ContinuedText() {
  const { host } = useHost();
  const shown = continuation.value;
  if (!shown) return null;
  const { text, writing, result, failure } = shown;
  return (
    <section class="continuation" aria-label={t("Continuation")} data-writing={writing}>
      {writing && <ProgressBar label={t("Continuing the text")} onCancel={() => void host.stopText()} />}
      {text !== "" && (
        <p class="continued" data-continued aria-live={writing ? "off" : "polite"}>
          {text}
        </p>
      )}
      {text === "" && result && <p class="dim">{t("The model ends the text here.")}</p>}
      {failure !== null && (
        <p class="dim" role="alert">
          {failure}
        </p>
      )}
      <HowToContinue shown={shown} />
    </section>
  );
}

/** Number of tokens, temperature and fast; what came of it in numbers; what can be done with it. */
function HowToContinue({ shown }: { readonly shown: Continuation }) {
  const choice = state.value?.continuation ?? DEFAULT_CONTINUATION;
  const change = (next: Partial<ContinuationChoice>) => choose({ continuation: { ...choice, ...next } });
  const prompt = state.value?.prompt ?? "";
  return (
    <div class="how-to-continue">
      <Dropdown
        label={t("Number of tokens")}
        value={String(choice.tokens)}
        options={withOwn(TOKENS, choice.tokens).map(count => ({
          value: String(count),
          label: t("{0} tokens", count),
        }))}
        onChange={value => change({ tokens: Number(value) })}
      />
      <Dropdown
        label={t("How the next token is chosen")}
        value={String(choice.temperature)}
        options={withOwn(TEMPERATURES, choice.temperature).map(temperature => ({
          value: String(temperature),
          label: temperature === 0 ? t("greedy") : `τ = ${temperature}`,
        }))}
        onChange={value => change({ temperature: Number(value) })}
      />
      <Checkbox
        label={t("fast")}
        title={t("Rounds activations to 8 bits where weights are of few bits.")}
        checked={choice.fast}
        onChange={fast => change({ fast })}
      />
      <Figures shown={shown} />
      {!shown.writing && shown.text !== "" && (
        <LinkButton onClick={() => choose({ prompt: prompt + shown.text, cell: null })}>
          {t("Add to text")}
        </LinkButton>
      )}
    </div>
  );
}

/** Time and precision of what was written; numbers that are rounded say so. */
function Figures({ shown: { result, choice } }: { readonly shown: Continuation }) {
  const changed = (panel.value?.state.interventions.length ?? 0) > 0;
  const time = result && t("{0} ms per token", formatNumber(result.millisecondsPerToken));
  return (
    <span class="dim" role="status">
      {result && (
        <span data-continuation-figures data-rounded={result.rounded}>
          {result.tokens > 1 && (
            <>
              <span class="number">{time}</span> ·{" "}
            </>
          )}
          {result.rounded ? <b>{result.precision}</b> : result.precision}
          {choice.fast && !result.rounded && ` (${t("fast needs weights of few bits")})`}
        </span>
      )}
      {changed && ` · ${t("without the change")}`}
    </span>
  );
}

function withOwn(choices: readonly number[], own: number): readonly number[] {
  return [...new Set([...choices, own])].sort((a, b) => a - b);
}
