import type { ComponentChildren } from "preact";
import { t } from "../../shared/l10n.ts";
import { Contents } from "./contents.tsx";
import { uncover } from "./narrow.ts";
import type { Notebook } from "./notebook.ts";
import { NotesList } from "./notes-list.tsx";
import { OutlineList } from "./outline-list.tsx";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";
import { Thumbnails } from "./thumbnails.tsx";

/** What lies beside the paper, one view at a time. */
export function SidePanel(props: {
  readonly reader: Reader;
  readonly notebook: Notebook;
  readonly language: string;
  readonly onFollow: (url: string) => void;
  readonly onExport: () => void;
}) {
  const { reader } = props;
  const views: Record<store.SidePanel, { label: string; content: () => ComponentChildren }> = {
    components: {
      label: t("Components"),
      content: () =>
        store.links.value && (
          <Contents
            links={store.links.value}
            language={props.language}
            onShow={mention => {
              uncover();
              reader.show(mention);
            }}
          />
        ),
    },
    outline: {
      label: t("Outline"),
      content: () => <OutlineList reader={reader} onFollow={props.onFollow} />,
    },
    pages: { label: t("Pages"), content: () => <Thumbnails reader={reader} /> },
    notes: {
      label: t("Notes"),
      content: () => (
        <NotesList notebook={props.notebook} language={props.language} onExport={props.onExport} />
      ),
    },
  };
  const names = Object.keys(views) as store.SidePanel[];
  const shown = store.panel.value ?? "components";
  /** As in every list of tabs, the arrows choose and Tab goes on to what was chosen. */
  const choose = (step: number, list: HTMLElement) => {
    const next = names[(names.indexOf(shown) + step + names.length) % names.length]!;
    store.panel.value = next;
    queueMicrotask(() => list.querySelector<HTMLElement>(`[data-view="${next}"]`)?.focus());
  };
  return (
    <aside class="side" aria-label={t("Beside the paper")}>
      <div
        class="tabs"
        role="tablist"
        aria-label={t("Beside the paper")}
        onKeyDown={event => {
          const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          choose(step, event.currentTarget);
        }}
      >
        {names.map(name => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`tab-${name}`}
            data-view={name}
            aria-selected={name === shown}
            aria-controls="side-view"
            tabIndex={name === shown ? 0 : -1}
            onClick={() => {
              store.panel.value = name;
            }}
          >
            {views[name].label}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard */}
      <div class="side-view" id="side-view" role="tabpanel" aria-labelledby={`tab-${shown}`} tabIndex={0}>
        {views[shown].content()}
      </div>
    </aside>
  );
}
