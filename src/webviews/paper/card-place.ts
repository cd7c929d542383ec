import type { CSSProperties, RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { Card } from "./store.ts";

/** Pixels between the line of the term and its card, and between the card and the edge. */
const GAP = 6;

/** Until its size is known. */
const HIDDEN: CSSProperties = { left: "0", top: "0", maxHeight: "none", visibility: "hidden" };

/** Where a card stands: near its line and never on it, again whenever it grows. Once it stands, the keyboard may enter it. */
export function useCardPlace({ line, entered }: Card, element: RefObject<HTMLElement | null>): CSSProperties {
  const [place, setPlace] = useState<CSSProperties>(HIDDEN);
  useLayoutEffect(() => {
    const card = element.current;
    if (!card) return;
    // What the host knows comes a little later, and makes the card longer.
    const sized = new ResizeObserver(() => setPlace(placeCard(line, card)));
    const watch = () => {
      for (const part of card.children) sized.observe(part);
    };
    const grown = new MutationObserver(watch);
    grown.observe(card, { childList: true });
    watch();
    return () => {
      sized.disconnect();
      grown.disconnect();
    };
  }, [line]);
  useLayoutEffect(() => {
    if (entered && place !== HIDDEN) element.current?.querySelector("button")?.focus();
  }, [entered, place === HIDDEN]);
  return place;
}

/** Under the line, or over it where there is more room. */
function placeCard(line: Card["line"], card: HTMLElement): CSSProperties {
  const { width, height } = card.getBoundingClientRect();
  const below = innerHeight - line.bottom - 2 * GAP;
  const above = line.top - toolbarHeight() - 2 * GAP;
  const under = height <= below || below >= above;
  const room = Math.max(80, under ? below : above);
  const shown = Math.min(card.scrollHeight, room);
  const left = Math.max(GAP, Math.min(line.left, innerWidth - width - GAP));
  const top = under ? line.bottom + GAP : line.top - GAP - shown;
  return { left: `${left}px`, top: `${top}px`, maxHeight: `${room}px`, visibility: "visible" };
}

function toolbarHeight(): number {
  return document.querySelector(".toolbar")?.getBoundingClientRect().bottom ?? 0;
}
