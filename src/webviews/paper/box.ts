/** A rectangle as shares of its page's width and height, from the top left, as the page is shown. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A box of a page that is turned clockwise by a number of degrees. */
export function turned(box: Box, rotation: number): Box {
  const { left, top, width, height } = box;
  if (rotation === 90) return { left: 1 - top - height, top: left, width: height, height: width };
  if (rotation === 180) return { left: 1 - left - width, top: 1 - top - height, width, height };
  if (rotation === 270) return { left: top, top: 1 - left - width, width: height, height: width };
  return box;
}

/** An element of a layer that takes the place of a box. */
export function boxElement({ left, top, width, height }: Box): HTMLSpanElement {
  const element = document.createElement("span");
  element.style.left = `${100 * left}%`;
  element.style.top = `${100 * top}%`;
  element.style.width = `${100 * width}%`;
  element.style.height = `${100 * height}%`;
  return element;
}

/** Where a box is on the screen, client pixels. */
export function onScreen({ left, top, width, height }: Box, page: DOMRect): DOMRect {
  return new DOMRect(
    page.left + left * page.width,
    page.top + top * page.height,
    width * page.width,
    height * page.height,
  );
}

/** Whether a point of the screen is in a rectangle, or no farther from it than `reach` client pixels. */
export function reaches({ left, right, top, bottom }: DOMRect, x: number, y: number, reach: number): boolean {
  return x >= left - reach && x <= right + reach && y >= top - reach && y <= bottom + reach;
}

/** The element of a page, from 1, if pdf.js has drawn it. */
export function drawnPage(number: number): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.page[data-page-number="${number}"][data-loaded]`);
}

/** The pages, from 1, that pdf.js has drawn. */
export function drawnPages(): number[] {
  const pages = document.querySelectorAll<HTMLElement>(".page[data-loaded]");
  return Array.from(pages, page => Number(page.dataset.pageNumber));
}
