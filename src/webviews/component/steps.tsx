import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { Button, Dropdown, LinkButton } from "../kit/controls.tsx";
import { Icon } from "../kit/icon.tsx";
import { choose, panel, playing, showingKeys, state } from "./store.ts";
import { viewOf } from "./view.ts";
import "./steps.css";

/** Time that one step stays when played at normal speed, ms. */
const PACE = 2400;

const SPEEDS = [0.5, 1, 2];

/** Goes through the computation one sentence at a time. */
export function Steps() {
  const speed = useSignal(1);
  const document = panel.value?.view ?? null;
  const current = state.value;
  const view = document && viewOf(document);
  const sentences = document && view ? view.steps(document) : [];
  const last = Math.max(0, sentences.length - 1);
  const step = document && view ? view.step(document) : 0;
  const go = (to: number) => choose({ step: Math.max(0, Math.min(last, to)) });

  useEffect(() => {
    if (!playing.value) return;
    if (step === last) {
      playing.value = false;
      return;
    }
    const timer = setTimeout(() => go(step + 1), PACE / speed.value);
    return () => clearTimeout(timer);
  }, [playing.value, step, last, speed.value]);

  if (!document || !view || !current) return null;
  return (
    <footer class="steps">
      {sentences.length > 1 && (
        <div class="step-buttons">
          <Button label={t("First step")} disabled={step === 0} onClick={() => go(0)}>
            <Icon name="first" />
          </Button>
          <Button label={t("Previous step")} disabled={step === 0} onClick={() => go(step - 1)}>
            <Icon name="previous" />
          </Button>
          <Button
            kind="primary"
            onClick={() => {
              if (!playing.value && step === last) go(0);
              playing.value = !playing.value;
            }}
          >
            <Icon name={playing.value ? "pause" : "play"} />
            {playing.value ? t("Pause") : t("Play")}
          </Button>
          <Button label={t("Next step")} disabled={step === last} onClick={() => go(step + 1)}>
            <Icon name="next" />
          </Button>
          <Button label={t("Last step")} disabled={step === last} onClick={() => go(last)}>
            <Icon name="last" />
          </Button>
          <Dropdown
            label={t("Speed")}
            value={String(speed.value)}
            options={SPEEDS.map(value => ({ value: String(value), label: `${value}×` }))}
            onChange={value => {
              speed.value = Number(value);
            }}
          />
        </div>
      )}
      <p class="sentence" aria-live="polite">
        {sentences.length > 1
          ? t("Step {0} of {1}: {2}", step + 1, sentences.length, sentences[step] ?? "")
          : sentences[0]}
      </p>
      <div class="actions">
        <view.Actions document={document as never} />
        <LinkButton
          label={t("Keyboard")}
          onClick={() => {
            showingKeys.value = !showingKeys.value;
          }}
        >
          ?
        </LinkButton>
      </div>
    </footer>
  );
}
