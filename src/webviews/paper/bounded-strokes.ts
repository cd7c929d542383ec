/** Device pixels: no line of a page is as wide, at any zoom. */
const WIDEST = 100_000;

/**
 * Leaves out lines that are wider than any page. A damaged file may ask for strokes a million times the size of its page,
 * and the browser, which draws them in the page's own thread, takes minutes for one.
 */
export function boundStrokes(): void {
  const { prototype } = CanvasRenderingContext2D;
  const stroke: (this: CanvasRenderingContext2D, path?: Path2D) => void = prototype.stroke;
  prototype.stroke = function (this: CanvasRenderingContext2D, path?: Path2D) {
    const { a, b, c, d } = this.getTransform();
    const scale = Math.max(Math.abs(a), Math.abs(b), Math.abs(c), Math.abs(d));
    if (scale * this.lineWidth > WIDEST) return;
    if (path === undefined) stroke.call(this);
    else stroke.call(this, path);
  };
}
