import { type EventBus, type PDFDocumentProxy, RenderingCancelledException } from "./pdfjs.ts";

/** One thumbnail is drawn after the other, so that the pages themselves come first. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Draws a page in small.
 *
 * @param width CSS pixels.
 * @param rotation degrees clockwise, beyond the page's own.
 * @returns null where it cannot be drawn, or the signal came first.
 */
export function drawThumbnail(
  pdf: PDFDocumentProxy,
  number: number,
  width: number,
  rotation: number,
  bus: InstanceType<typeof EventBus>,
  signal: AbortSignal,
): Promise<HTMLCanvasElement | null> {
  const drawn = last.then(() => draw(pdf, number, width, rotation, bus, signal)).catch(() => null);
  last = drawn;
  return drawn;
}

async function draw(
  pdf: PDFDocumentProxy,
  number: number,
  width: number,
  rotation: number,
  bus: InstanceType<typeof EventBus>,
  signal: AbortSignal,
): Promise<HTMLCanvasElement | null> {
  if (signal.aborted) return null;
  const page = await pdf.getPage(number);
  const turn = (page.rotate + rotation) % 360;
  const whole = page.getViewport({ scale: 1, rotation: turn });
  const viewport = page.getViewport({ scale: (width * devicePixelRatio) / whole.width, rotation: turn });
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(viewport.width));
  // What is far longer than wide is cut off, as its place in the list is.
  canvas.height = Math.max(1, Math.min(Math.round(viewport.height), 3 * canvas.width));
  const task = page.render({ canvas, viewport });
  const cancel = () => task.cancel();
  signal.addEventListener("abort", cancel);
  try {
    await task.promise;
    // The viewer lets go of what the page needed, unless it shows that page itself.
    bus.dispatch("thumbnailrendered", { source: canvas, pageNumber: number, pdfPage: page });
    return canvas;
  } catch (error) {
    if (error instanceof RenderingCancelledException) return null;
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
