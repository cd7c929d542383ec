import { useEffect, useState } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { LinkButton } from "../kit/controls.tsx";
import type { Notebook } from "./notebook.ts";
import { type SelectedPassage, selectedPassage } from "./selection.ts";
import * as store from "./store.ts";

/** Pixels between a selection and what is offered for it. */
const GAP = 6;
/** Room that the bar takes, pixels. */
const HEIGHT = 30;
const WIDTH = 190;

/** What can be done with a passage that has just been selected. It is gone with the selection, and while one scrolls. */
export function SelectionBar(props: { readonly container: HTMLElement; readonly notebook: Notebook }) {
  const { container, notebook } = props;
  const [passage, setPassage] = useState<SelectedPassage | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    const look = () => {
      const found = selectedPassage(container);
      if (found !== null) store.card.value = null;
      setPassage(found);
    };
    // A selection that is still being made is not disturbed.
    document.addEventListener("pointerup", () => setTimeout(look), { signal });
    document.addEventListener(
      "keyup",
      event => {
        if (event.key === "Shift" || event.shiftKey) look();
      },
      { signal },
    );
    document.addEventListener(
      "selectionchange",
      () => {
        if (document.getSelection()?.isCollapsed !== false) setPassage(null);
      },
      { signal },
    );
    container.addEventListener("scroll", () => setPassage(null), { signal, passive: true });
    return () => ending.abort();
  }, [container, notebook]);

  if (passage === null) return null;
  const under = passage.end.bottom + GAP + HEIGHT < innerHeight;
  const top = under ? passage.end.bottom + GAP : passage.end.top - GAP - HEIGHT;
  const left = Math.max(GAP, Math.min(passage.end.right - WIDTH / 2, innerWidth - WIDTH - GAP));
  const add = (write: boolean) => {
    setPassage(null);
    void notebook.add(passage, write);
  };
  return (
    <div
      class="selection-bar"
      role="toolbar"
      aria-label={t("Selected passage")}
      style={{ left: `${left}px`, top: `${top}px` }}
      // The selection stays while a button is pressed.
      onPointerDown={event => event.preventDefault()}
    >
      <LinkButton onClick={() => add(false)}>{t("Highlight")}</LinkButton>
      <LinkButton onClick={() => add(true)}>{t("Add note")}</LinkButton>
    </div>
  );
}
