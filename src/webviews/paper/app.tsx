import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { Button, LinkButton } from "../kit/controls.tsx";
import { MentionCard } from "./card.tsx";
import { Contents } from "./contents.tsx";
import { FindBar } from "./find-bar.tsx";
import { type MentionActions, watchMentions } from "./hover.ts";
import { Reader, type ReaderEvents } from "./reader.ts";
import * as store from "./store.ts";
import { Toolbar } from "./toolbar.tsx";

/** The page: a toolbar, the paper, and over it the card of a mention. */
export function App(props: {
  readonly pdfjs: string;
  readonly language: string;
  readonly events: ReaderEvents;
  readonly actions: MentionActions;
  /** The reader is there, and may be told what to open. */
  readonly onReader: (reader: Reader) => void;
  readonly onRetry: () => void;
}) {
  const container = useRef<HTMLDivElement>(null);
  const viewer = useRef<HTMLDivElement>(null);
  const [reader, setReader] = useState<Reader | null>(null);

  useEffect(() => {
    const ending = new AbortController();
    const created = new Reader(
      container.current!,
      viewer.current!,
      props.pdfjs,
      props.language,
      props.events,
    );
    watchMentions(container.current!, created, props.actions, ending.signal);
    zoomByWheel(container.current!, created, ending.signal);
    setReader(created);
    props.onReader(created);
    return () => ending.abort();
  }, []);

  const { card, contents, links, problem, status, mentionMode, finding } = store;
  return (
    <div class={`paper mentions-${mentionMode.value}`}>
      {reader && status.value === "open" && (
        <Toolbar
          reader={reader}
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
        {reader && status.value === "open" && contents.value && links.value && (
          <Contents links={links.value} language={props.language} onShow={mention => reader.show(mention)} />
        )}
        <main class="stage">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by the keyboard */}
          <div class="pages" ref={container} tabIndex={0} role="document" aria-label={t("Paper")}>
            <div class="pdfViewer" ref={viewer} />
          </div>
          {status.value === "loading" && (
            <div class="opening" role="status">
              {t("Opening the paper…")}
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
      {card.value && links.value && reader && (
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
