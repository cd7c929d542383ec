import * as store from "./store.ts";

/** Where the paper and what is beside it do not both fit; side-panel.css has the same width. */
const narrow = matchMedia("(width < 640px)");

/** What was put away when the page became narrow. */
let away: store.SidePanel | null = null;

/**
 * Beside a panel of its own size the paper would be too small to read. What lies beside it is put away as the page becomes
 * narrow, and is there again with the room for it; called for meanwhile, it lies over the paper.
 */
export function makeRoom(signal: AbortSignal): void {
  narrow.addEventListener(
    "change",
    () => {
      const { panel, editedNote } = store;
      if (!narrow.matches) panel.value ??= away;
      const closes = narrow.matches && editedNote.value === null;
      away = closes ? panel.value : null;
      if (closes) panel.value = null;
    },
    { signal },
  );
}

/** A place of the paper was chosen: it is not to lie under what it was chosen from. */
export function uncover(): void {
  if (narrow.matches) store.panel.value = null;
}
