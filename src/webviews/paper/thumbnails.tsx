import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { uncover } from "./narrow.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** Width of a thumbnail, CSS pixels. */
const WIDTH = 128;
/** How far above and below the list thumbnails are drawn ahead; farther ones are let go. */
const AHEAD = "600px 0px";

/** The pages in small. Only those in sight are drawn. */
export function Thumbnails({ reader }: { readonly reader: Reader }) {
  const list = useRef<HTMLUListElement>(null);
  const { page, pages, rotation } = store;
  useEffect(() => {
    const drawing = new Map<Element, AbortController>();
    const forget = (element: Element) => {
      drawing.get(element)?.abort();
      drawing.delete(element);
      element.querySelector("canvas")?.remove();
    };
    const observer = new IntersectionObserver(
      entries => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) forget(target);
          else if (!drawing.has(target)) {
            const work = new AbortController();
            drawing.set(target, work);
            void draw(reader, target as HTMLElement, work.signal);
          }
        }
      },
      { root: list.current!.closest(".side-view"), rootMargin: AHEAD },
    );
    for (const element of list.current!.querySelectorAll(".thumbnail")) observer.observe(element);
    return () => {
      observer.disconnect();
      for (const element of drawing.keys()) forget(element);
    };
  }, [reader, pages.value, rotation.value]);

  useEffect(() => {
    list.current!.querySelector(`[data-page="${page.value}"]`)?.scrollIntoView({ block: "nearest" });
  }, [page.value]);

  return (
    <ul class="thumbnails" ref={list} aria-label={t("Pages")}>
      {Array.from({ length: pages.value }, (_, index) => index + 1).map(number => (
        <li key={number}>
          <button
            type="button"
            aria-label={t("Page {0}", number)}
            aria-current={number === page.value ? "page" : undefined}
            data-page={number}
            onClick={() => {
              uncover();
              reader.goTo(number);
            }}
          >
            <span class="thumbnail" data-page={number} style={sizeOf(reader, number)} />
            <span class="number">{number}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function sizeOf(reader: Reader, number: number): { width: string; height: string } {
  const { width, height } = reader.pageSize(number);
  // A strip or a poster has a thumbnail too, within reason.
  const ratio = Math.min(3, Math.max(0.2, height / width));
  return { width: `${WIDTH}px`, height: `${Math.round(WIDTH * ratio)}px` };
}

async function draw(reader: Reader, element: HTMLElement, signal: AbortSignal): Promise<void> {
  const canvas = await reader.thumbnail(Number(element.dataset.page), WIDTH, signal);
  if (canvas !== null && !signal.aborted) element.replaceChildren(canvas);
}
