import { useState } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import type { MentionMode } from "../../shared/protocol/paper.ts";
import { Button, Dropdown } from "../kit/controls.tsx";
import { useWidth } from "../kit/use-width.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";
import { FITTING_ZOOMS, fittingLabel, ViewMenu } from "./view-menu.tsx";

/** A toolbar that is narrower, CSS pixels, leaves to the menu what is used less. */
const ROOMY = 620;

/** What the side panel showed when it was closed. */
let lastPanel: store.SidePanel = "components";

/** Page, zoom, mentions and find; everything else is the paper. */
export function Toolbar(props: {
  readonly reader: Reader;
  readonly onExternal: () => void;
  readonly onMentions: (mode: MentionMode) => void;
}) {
  const { reader } = props;
  const links = store.links.value;
  const [header, width] = useWidth<HTMLElement>();
  const crowded = width > 0 && width < ROOMY;
  const reading = links !== null && links.texts.length < links.pages;
  return (
    <header class="toolbar" ref={header}>
      <button
        type="button"
        class="toggle"
        aria-expanded={store.panel.value !== null}
        onClick={() => {
          store.panel.value = store.panel.value === null ? lastPanel : null;
          lastPanel = store.panel.value ?? lastPanel;
        }}
      >
        {t("Side panel")}
      </button>
      <div class="group">
        <button
          type="button"
          class="toggle"
          aria-label={t("Back")}
          title={t("Back")}
          disabled={!store.history.value.back}
          onClick={() => reader.history.back()}
        >
          ←
        </button>
        <button
          type="button"
          class="toggle"
          aria-label={t("Forward")}
          title={t("Forward")}
          disabled={!store.history.value.forward}
          onClick={() => reader.history.forward()}
        >
          →
        </button>
      </div>
      <PageField reader={reader} />
      <div class="group">
        <Button kind="icon" label={t("Zoom out")} onClick={() => reader.setZoom("out")}>
          −
        </Button>
        <span class="zoom">{Math.round(100 * store.scale.value)} %</span>
        <Button kind="icon" label={t("Zoom in")} onClick={() => reader.setZoom("in")}>
          +
        </Button>
      </div>
      <div class="group">
        {!crowded &&
          FITTING_ZOOMS.map(zoom => (
            <button
              type="button"
              class="toggle"
              key={zoom}
              aria-pressed={store.scaleValue.value === zoom}
              onClick={() => reader.setZoom(zoom)}
            >
              {fittingLabel(zoom)}
            </button>
          ))}
        <ViewMenu
          fits={crowded}
          actions={{
            fit: zoom => reader.setZoom(zoom),
            turn: degrees => reader.turn(degrees),
            setTwoPages: on => reader.setTwoPages(on),
            openExternally: props.onExternal,
          }}
        />
      </div>
      <span class="reading" role="status">
        {reading && t("Linking page {0} of {1}", links.texts.length, links.pages)}
      </span>
      <div class="group end">
        <button
          type="button"
          class="toggle"
          aria-pressed={store.finding.value}
          onClick={() => {
            store.finding.value = !store.finding.value;
          }}
        >
          {t("Find")}
        </button>
        <Dropdown
          label={t("How mentions are shown")}
          value={store.mentionMode.value}
          options={[
            { value: "quiet", label: t("Mentions: quiet") },
            { value: "hover", label: t("Mentions: on hover") },
            { value: "off", label: t("Mentions: off") },
          ]}
          onChange={value => props.onMentions(value as MentionMode)}
        />
      </div>
    </header>
  );
}

function PageField({ reader }: { readonly reader: Reader }) {
  // What is being typed stays, whatever is drawn anew meanwhile.
  const [typed, setTyped] = useState<string | null>(null);
  const go = (text: string) => {
    if (text !== String(store.page.value)) reader.goTo(Number.parseInt(text, 10));
    setTyped(null);
  };
  return (
    <div class="group">
      <input
        class="field page-number"
        type="text"
        inputMode="numeric"
        aria-label={t("Page")}
        value={typed ?? String(store.page.value)}
        onInput={event => setTyped(event.currentTarget.value)}
        onKeyDown={event => event.key === "Enter" && go(event.currentTarget.value)}
        onBlur={() => typed !== null && go(typed)}
        onFocus={event => event.currentTarget.select()}
      />
      <span class="page-count">/ {store.pages.value}</span>
    </div>
  );
}
