import { effect } from "@preact/signals";
import type { EquationLayers } from "./equation-layer.ts";
import { focusQuietly, isAtPart, isQuiet, PARTS } from "./focus.ts";
import type { PlacedMention } from "./links.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** A pointer that rests on a mention for this long wants to know what it is, ms. */
const OPEN_AFTER = 300;
/** A pointer on its way from the term to the card, ms. */
const CLOSE_AFTER = 220;
/** Focus brings its mention into view; that scrolling, ms, closes nothing. */
const FOCUS_SCROLLS = 250;
/** Pixels that a pointer may move between press and release and still have clicked. */
const STILL = 4;

/** What pointer and keyboard do with mentions. */
export interface MentionActions {
  run(mention: PlacedMention): void;
  follow(url: string): void;
  /** The passage of a note was clicked. */
  openNote(id: string): void;
}

/** Watches the container for pointers and focus on mentions: underline, card, click. Ends with the signal. */
export function watchMentions(
  container: HTMLElement,
  reader: Reader,
  equations: EquationLayers,
  actions: MentionActions,
  signal: AbortSignal,
): void {
  let opening = 0;
  let closing = 0;
  let pending: PlacedMention | null = null;
  let focused = 0;
  let pressed: { x: number; y: number } | null = null;
  /** What the keyboard went into the card from, and comes back to. */
  let origin: HTMLElement | null = null;

  const at = (x: number, y: number) => reader.layers.at(x, y) ?? equations.at(x, y);
  const of = (button: Element) => reader.layers.of(button) ?? equations.of(button);
  const light = (mention: PlacedMention | null) => {
    reader.layers.light(mention);
    equations.light(mention);
  };
  const forget = () => {
    clearTimeout(opening);
    pending = null;
  };
  const close = () => {
    forget();
    clearTimeout(closing);
    store.card.value = null;
  };
  const closeSoon = () => {
    clearTimeout(closing);
    if (store.card.value !== null) closing = window.setTimeout(close, CLOSE_AFTER);
  };
  const openSoon = (found: store.Card) => {
    clearTimeout(closing);
    if (pending === found.mention || store.card.value?.mention === found.mention) return;
    forget();
    pending = found.mention;
    opening = window.setTimeout(() => {
      pending = null;
      store.card.value = found;
    }, OPEN_AFTER);
  };

  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    capture = false,
  ) => container.addEventListener(type, listener, { signal, capture, passive: type === "scroll" });

  on("pointermove", event => {
    if (store.mentionMode.value === "off" || event.buttons !== 0) return forget();
    const found = at(event.clientX, event.clientY);
    light(found?.mention ?? null);
    container.classList.toggle("on-mention", found !== null);
    if (found !== null) return openSoon(found);
    forget();
    closeSoon();
  });
  on("pointerleave", () => {
    light(null);
    container.classList.remove("on-mention");
    forget();
    closeSoon();
  });
  on("pointerdown", event => {
    pressed = { x: event.clientX, y: event.clientY };
    forget();
  });
  on("click", event => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (link !== null && !link.getAttribute("href")!.startsWith("#")) {
      event.preventDefault();
      actions.follow(link.getAttribute("href")!);
      return;
    }
    const button = event.target instanceof Element ? event.target.closest(PARTS) : null;
    const moved =
      pressed !== null && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STILL;
    const found = button !== null ? of(button) : moved ? null : at(event.clientX, event.clientY);
    if (link !== null || (moved && button === null)) return;
    if (found === null || store.mentionMode.value === "off") {
      const note = reader.noteLayers.at(event.clientX, event.clientY);
      if (note !== null) actions.openNote(note.id);
      return;
    }
    close();
    actions.run(found.mention);
  });
  on("focusin", event => {
    if (isQuiet()) return;
    focused = performance.now();
    if (!(event.target instanceof Element && event.target.matches(":focus-visible"))) return;
    if (event.target.matches(PARTS)) bringIntoSight(event.target, container);
    const found = of(event.target);
    if (found !== null) openSoon(found);
  });
  on("focusout", event => {
    if (event.relatedTarget instanceof Element && event.relatedTarget.closest(".card") !== null) return;
    forget();
    closeSoon();
  });
  on("scroll", () => {
    if (performance.now() - focused > FOCUS_SCROLLS) close();
  });
  document.addEventListener(
    "keydown",
    event => {
      if (event.key === "Escape" || (event.key === "Tab" && leavesCard(event.shiftKey))) {
        // Behind the card the page ends; the reader goes on from where they came.
        if (event.key === "Tab") event.preventDefault();
        close();
      }
      if (event.key !== "ArrowDown" || !isAtPart() || store.mentionMode.value === "off") return;
      event.preventDefault();
      forget();
      origin = document.activeElement as HTMLElement;
      const card = store.card.value ?? of(origin);
      if (card !== null) store.card.value = { ...card, entered: true };
    },
    { signal },
  );
  const stop = effect(() => {
    // The card is still there, and is about to be taken away.
    if (store.card.value === null && document.activeElement?.closest(".card") && origin?.isConnected)
      focusQuietly(origin);
  });
  signal.addEventListener("abort", stop);
  document.addEventListener(
    "pointerover",
    event => {
      const inCard = event.target instanceof Element && event.target.closest(".card") !== null;
      if (inCard) {
        forget();
        clearTimeout(closing);
      } else if (event.target instanceof Element && event.target.closest(".pages") === null) {
        closeSoon();
      }
    },
    { signal },
  );
}

/** Whether Tab would leave the card by its last button, or backwards by its first. */
function leavesCard(backwards: boolean): boolean {
  const buttons = [...document.querySelectorAll(".card button")];
  return buttons.length > 0 && buttons.at(backwards ? 0 : -1) === document.activeElement;
}

/** A button that stands for words is drawn by its boxes alone; the browser would scroll to the corner of their page. */
function bringIntoSight(button: Element, container: HTMLElement): void {
  const box = button.firstElementChild?.getBoundingClientRect();
  const sight = container.getBoundingClientRect();
  if (box !== undefined && (box.top < sight.top || box.bottom > sight.bottom))
    button.firstElementChild!.scrollIntoView({ block: "center" });
}
