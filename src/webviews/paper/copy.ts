import { type CopiedLine, copiedText } from "../../shared/linking/index.ts";
import { type SelectedPart, selectedParts } from "./selection.ts";
import * as store from "./store.ts";

/** Words of a line that stand farther apart than this many of its heights are in columns. */
const COLUMNS_APART = 1.5;

/** Copies a passage as it would be written down, not line by line; pdf.js would. Ends with the signal. */
export function copyAsWritten(container: HTMLElement, signal: AbortSignal): void {
  container.addEventListener(
    "copy",
    event => {
      const text = copiedText(selectedParts(container).flatMap(linesOf), isCompound);
      if (text === "" || event.clipboardData === null) return;
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
      event.stopPropagation();
    },
    { signal, capture: true },
  );
}

function isCompound(word: string): boolean {
  return store.links.value?.texts.some(({ text }) => text.includes(word)) ?? false;
}

/** The lines of the part of a page that is selected. */
function linesOf({ layer, part }: SelectedPart): CopiedLine[] {
  const lines: Line[] = [];
  let ended = true;
  const origin = layer.getBoundingClientRect();
  const nodes = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
    if (node instanceof HTMLBRElement) ended = true;
    if (!(node instanceof Text) || !part.intersectsNode(node)) continue;
    const from = node === part.startContainer ? part.startOffset : 0;
    const to = node === part.endContainer ? part.endOffset : node.length;
    const text = node.data.slice(from, to);
    const place = upright(node.parentElement!.getBoundingClientRect(), origin);
    const line = lines.at(-1);
    if (ended || line === undefined || line.leftBy(place)) lines.push(new Line(text, place));
    else line.add(text, place);
    ended = false;
  }
  return lines.filter(({ text }) => text.trim() !== "");
}

interface Place {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A line that is being put together of what stands on it. */
class Line implements CopiedLine {
  text = "";
  left = Number.POSITIVE_INFINITY;
  right = Number.NEGATIVE_INFINITY;
  top = 0;
  bottom = 0;
  spaced = false;
  #longest = -1;

  constructor(text: string, place: Place) {
    this.add(text, place);
  }

  add(text: string, place: Place): void {
    this.text += text;
    if (text.trim() === "") return;
    const gap = this.#longest < 0 ? 0 : place.left - this.right;
    this.spaced ||= gap > COLUMNS_APART * (place.bottom - place.top);
    this.left = Math.min(this.left, place.left);
    this.right = Math.max(this.right, place.right);
    // Indices and exponents say nothing of where their line stands.
    if (text.length <= this.#longest) return;
    this.#longest = text.length;
    this.top = place.top;
    this.bottom = place.bottom;
  }

  /** Whether what stands there is not on this line any more. */
  leftBy({ top, bottom }: Place): boolean {
    const reach = 0.3 * (this.bottom - this.top);
    return this.#longest >= 0 && (top > this.bottom - reach || bottom < this.top + reach);
  }
}

/** Where something stands on its page when that is turned back, so that lines run from left to right. */
function upright(box: DOMRect, page: DOMRect): Place {
  const left = box.left - page.left;
  const right = box.right - page.left;
  const top = box.top - page.top;
  const bottom = box.bottom - page.top;
  switch (store.rotation.value) {
    case 90:
      return { left: top, right: bottom, top: -right, bottom: -left };
    case 180:
      return { left: -right, right: -left, top: -bottom, bottom: -top };
    case 270:
      return { left: -bottom, right: -top, top: left, bottom: right };
    default:
      return { left, right, top, bottom };
  }
}
