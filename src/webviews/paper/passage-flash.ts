import { boxElement, drawnPage, turned } from "./box.ts";
import type { Place } from "./links.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** How long a passage stays marked once it is drawn, ms. */
const FLASH = 2_400;

let ending: AbortController | null = null;

/** Marks a part of a page for a while, from when that page is drawn; one that was marked before is so no longer. */
export function flashPassage(reader: Pick<Reader, "bus">, place: Place): void {
  ending?.abort();
  const own = new AbortController();
  ending = own;
  const layer = document.createElement("div");
  layer.className = "passage-flash";
  layer.setAttribute("aria-hidden", "true");
  own.signal.addEventListener("abort", () => {
    layer.remove();
    reader.bus.off("pagerendered", attach);
  });
  let counting = false;
  function attach(): void {
    const page = drawnPage(place.page);
    if (own.signal.aborted || page === null) return;
    layer.replaceChildren(...place.boxes.map(box => boxElement(turned(box, store.rotation.value))));
    if (layer.parentElement !== page) page.append(layer);
    if (counting) return;
    counting = true;
    setTimeout(() => own.abort(), FLASH);
  }
  reader.bus.on("pagerendered", attach);
  attach();
}
