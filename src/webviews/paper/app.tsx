import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { Button, LinkButton } from "../kit/controls.tsx";
import { MentionCard } from "./card.tsx";
import { copyAsWritten } from "./copy.ts";
import { EquationLayers } from "./equation-layer.ts";
import { FindBar } from "./find-bar.tsx";
import { type MentionActions, watchMentions } from "./hover.ts";
import { makeRoom } from "./narrow.ts";
import { Notebook, type NoteKeeper } from "./notebook.ts";
import { followTheme } from "./page-colors.ts";
import { PasswordForm } from "./password-form.tsx";
import { Reader, type ReaderEvents } from "./reader.ts";
import { SelectionBar } from "./selection-bar.tsx";
import { SidePanel } from "./side-panel.tsx";
import * as store from "./store.ts";
import { SymbolCard } from "./symbol-card.tsx";
import { Toolbar } from "./toolbar.tsx";

/** The page: a toolbar, the paper, and over it the card of a mention. */
export function App(props: {
  readonly pdfjs: string;
  readonly language: string;
  readonly events: ReaderEvents;
  readonly actions: MentionActions & { exportNotes(): void; openExternally(): void };
  readonly keeper: NoteKeeper;
  /** The reader is there, and may be told what to open. */
  readonly onReader: (reader: Reader, notebook: Notebook) => void;
  readonly onCancel: () => void;
  readonly onRetry: () => void;
}) {
  const container = useRef<HTMLDivElement>(null);
  const viewer = useRef<HTMLDivElement>(null);
  const [parts, setParts] = useState<{ reader: Reader; notebook: Notebook } | null>(null);

  useEffect(() => {
    const ending = new AbortController();
    const created = new Reader(
      container.current!,
      viewer.current!,
      props.pdfjs,
      props.language,
      props.events,
    );
    const notebook = new Notebook(props.keeper, created);
    const equations = new EquationLayers(created, props.language, ending.signal);
    watchMentions(container.current!, created, equations, props.actions, ending.signal);
    zoomByWheel(container.current!, created, ending.signal);
    copyAsWritten(container.current!, ending.signal);
    followTheme();
    makeRoom(ending.signal);
    // The arrow and page keys scroll the paper as soon as the reader comes to it.
    window.addEventListener(
      "focus",
      () => {
        if (document.activeElement === document.body) container.current?.focus({ preventScroll: true });
      },
      { signal: ending.signal },
    );
    setParts({ reader: created, notebook });
    props.onReader(created, notebook);
    return () => ending.abort();
  }, []);

  // What had the keyboard may be gone with what is no longer shown; the paper takes it.
  useEffect(() => {
    if (document.hasFocus() && document.activeElement === document.body)
      container.current?.focus({ preventScroll: true });
  });

  const { card, links, panel, password, problem, status, mentionMode, finding } = store;
  const { reader, notebook } = parts ?? { reader: null, notebook: null };
  return (
    <div class={`paper mentions-${mentionMode.value}`}>
      {reader && status.value === "open" && (
        <Toolbar
          reader={reader}
          onExternal={() => props.actions.openExternally()}
          onMentions={mode => {
            mentionMode.value = mode;
            card.value = null;
          }}
        />
      )}
      {reader && status.value === "open" && finding.value && <FindBar reader={reader} />}
      {status.value === "open" && problem.value && (
        <div class="note" role="status">
          <span>{problem.value.message}</span>
          <LinkButton
            onClick={() => {
              problem.value = null;
            }}
          >
            {t("Close")}
          </LinkButton>
        </div>
      )}
      <div class="body">
        {reader && notebook && status.value === "open" && panel.value && (
          <SidePanel
            reader={reader}
            notebook={notebook}
            language={props.language}
            onFollow={url => props.actions.follow(url)}
            onExport={() => props.actions.exportNotes()}
          />
        )}
        <main class="stage">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard */}
          <div class="pages" ref={container} tabIndex={0} role="document" aria-label={t("Paper")}>
            <div class="pdfViewer" ref={viewer} />
          </div>
          {password.value && <PasswordForm question={password.value} />}
          {status.value === "loading" && !password.value && (
            <div class="opening" role="status">
              <span>{t("Opening the paper…")}</span>
              <LinkButton onClick={props.onCancel}>{t("Cancel")}</LinkButton>
            </div>
          )}
          {status.value === "failed" && problem.value && (
            <div class="failure" role="alert">
              <p>{problem.value.message}</p>
              <Button kind="primary" onClick={props.onRetry}>
                {t("Open again")}
              </Button>
            </div>
          )}
        </main>
      </div>
      {notebook && container.current && status.value === "open" && (
        <SelectionBar container={container.current} notebook={notebook} />
      )}
      {card.value?.symbol && (
        <SymbolCard
          key={`${card.value.mention.page}:${card.value.mention.start}`}
          card={card.value}
          symbol={card.value.symbol}
          language={props.language}
          onRun={mention => {
            card.value = null;
            props.actions.run(mention);
          }}
        />
      )}
      {card.value && !card.value.symbol && links.value && reader && (
        <MentionCard
          key={`${card.value.mention.page}:${card.value.mention.start}`}
          card={card.value}
          links={links.value}
          language={props.language}
          onRun={mention => {
            card.value = null;
            props.actions.run(mention);
          }}
          onShow={mention => {
            card.value = null;
            reader.show(mention);
          }}
          onClose={() => {
            card.value = null;
          }}
        />
      )}
    </div>
  );
}

/** A wheel with Ctrl held, which is also what a pinch on a touchpad sends, scales about the pointer. */
function zoomByWheel(container: HTMLElement, reader: Reader, signal: AbortSignal): void {
  container.addEventListener(
    "wheel",
    event => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      reader.zoomAt(Math.exp(-Math.max(-80, Math.min(80, event.deltaY)) / 300), event.clientX, event.clientY);
    },
    { signal, passive: false },
  );
}
