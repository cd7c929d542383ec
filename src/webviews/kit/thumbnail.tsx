import { useLayoutEffect, useRef } from "preact/hooks";
import { type CellGrid, shrink } from "../../shared/shrink.ts";
import type { ColorScale } from "./color-scale.ts";
import { paintCells } from "./paint-cells.ts";
import { theme } from "./theme.ts";
import "./heat-map.css";

/** A small picture of a matrix; decorative, what it shows is said beside it. Cells are whole device pixels. */
export function Thumbnail(props: {
  readonly grid: CellGrid;
  readonly scale: ColorScale;
  /** At most, CSS pixels. */
  readonly width: number;
  readonly height: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const current = theme.value;
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const ratio = window.devicePixelRatio;
    const grid = shrink(props.grid, Math.floor(props.width * ratio), Math.floor(props.height * ratio));
    const cellWidth = Math.max(1, Math.floor((props.width * ratio) / Math.max(1, grid.columns)));
    const cellHeight = Math.max(1, Math.floor((props.height * ratio) / Math.max(1, grid.rows)));
    paintCells(element, grid, { cellWidth, cellHeight, gap: 0, ratio, text: false }, props.scale, current);
    element.style.width = `${element.width / ratio}px`;
    element.style.height = `${element.height / ratio}px`;
  }, [props.grid, props.scale, props.width, props.height, current]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: without a tabindex a canvas takes no focus
  return <canvas class="thumbnail" ref={canvas} aria-hidden="true" />;
}
