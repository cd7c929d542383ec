import { effect } from "@preact/signals";
import { theme } from "../kit/theme.ts";
import { onScreen } from "./box.ts";
import { colorMatrix, type Picture, picturesOf } from "./dark-page.ts";
import * as store from "./store.ts";

/**
 * Pages in the colours of a dark theme: paper becomes the editor's background, ink its text, and what is drawn in colour
 * keeps its hue. A filter on what pdf.js draws does it; over it lie the pictures as they are. Follows the theme and the setting.
 */
export function followTheme(): void {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", "filters");
  svg.setAttribute("aria-hidden", "true");
  const filter = document.createElementNS(namespace, "filter");
  filter.id = "page-colors";
  filter.setAttribute("color-interpolation-filters", "sRGB");
  const matrix = document.createElementNS(namespace, "feColorMatrix");
  filter.append(matrix);
  svg.append(filter);
  document.body.append(svg);
  effect(() => {
    const { kind, background, foreground } = theme.value;
    const dark = store.pageColors.value === "dark" && (kind === "dark" || kind === "high-contrast");
    document.body.classList.toggle("dark-pages", dark);
    matrix.setAttribute("values", colorMatrix(channels(background), channels(foreground)).join(" "));
  });
}

/** Lays the pictures of a page that pdf.js has drawn over it, as they are. */
export function layPictures(
  page: HTMLElement,
  drawn: HTMLCanvasElement | null,
  coordinates: ArrayLike<number> | null,
): void {
  page.querySelector(".pictures")?.remove();
  const pictures = picturesOf(coordinates ?? []);
  if (drawn === null || pictures.length === 0) return;
  const layer = document.createElement("div");
  layer.className = "pictures";
  layer.setAttribute("aria-hidden", "true");
  layer.append(...pictures.map(picture => copyOf(drawn, picture)));
  page.querySelector(".canvasWrapper")?.after(layer);
}

/** A picture on words that is at most this many lines high belongs to them. */
const LINES = 2.5;

/** Takes off the pictures that lie on words, as the ends of a highlighter's strokes do in some papers: those are recoloured with them. */
export function takeOffWords(page: HTMLElement): void {
  const whole = page.getBoundingClientRect();
  const pictures = [...page.querySelectorAll<HTMLElement>(".pictures canvas")].map(element => {
    const { left, top, width, height } = element.style;
    const share = (value: string) => Number.parseFloat(value) / 100;
    const box = { left: share(left), top: share(top), width: share(width), height: share(height) };
    return { element, place: onScreen(box, whole) };
  });
  if (pictures.length === 0) return;
  for (const words of page.querySelectorAll<HTMLElement>(".textLayer span")) {
    if (words.firstElementChild !== null || !words.textContent?.trim()) continue;
    const line = words.getBoundingClientRect();
    const middle = line.top + line.height / 2;
    for (const { element, place } of pictures) {
      const meets = place.left < line.right && place.right > line.left;
      if (meets && place.top < middle && place.bottom > middle && place.height < LINES * line.height)
        element.remove();
    }
  }
}

function copyOf(drawn: HTMLCanvasElement, [left, top, right, bottom]: Picture): HTMLCanvasElement {
  const x = Math.floor(left * drawn.width);
  const y = Math.floor(top * drawn.height);
  const copy = document.createElement("canvas");
  copy.width = Math.max(1, Math.ceil(right * drawn.width) - x);
  copy.height = Math.max(1, Math.ceil(bottom * drawn.height) - y);
  copy.getContext("2d")!.drawImage(drawn, -x, -y);
  copy.style.left = `${(100 * x) / drawn.width}%`;
  copy.style.top = `${(100 * y) / drawn.height}%`;
  copy.style.width = `${(100 * copy.width) / drawn.width}%`;
  copy.style.height = `${(100 * copy.height) / drawn.height}%`;
  return copy;
}

/** Red, green and blue of a CSS colour, each from 0 to 1. */
function channels(color: string): number[] {
  const context = new OffscreenCanvas(1, 1).getContext("2d")!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)].map(value => value / 255);
}
