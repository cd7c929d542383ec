import { useLayoutEffect, useRef } from "preact/hooks";
import type { ColorScale } from "./color-scale.ts";
import { type CellGrid, paintCells } from "./paint-cells.ts";
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

/** Means of blocks where there are more cells than pixels. */
function shrink(grid: CellGrid, mostColumns: number, mostRows: number): CellGrid {
  const columns = Math.min(grid.columns, mostColumns);
  const rows = Math.min(grid.rows, mostRows);
  if (columns === grid.columns && rows === grid.rows) return grid;
  const data = new Float32Array(rows * columns);
  const hidden = grid.hidden ? new Uint8Array(rows * columns) : null;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let count = 0;
      const bottom = Math.floor(((row + 1) * grid.rows) / rows);
      const right = Math.floor(((column + 1) * grid.columns) / columns);
      for (let y = Math.floor((row * grid.rows) / rows); y < bottom; y++)
        for (let x = Math.floor((column * grid.columns) / columns); x < right; x++) {
          if (grid.hidden?.[y * grid.columns + x] === 1) continue;
          sum += grid.data[y * grid.columns + x]!;
          count++;
        }
      data[row * columns + column] = count > 0 ? sum / count : 0;
      if (hidden && count === 0) hidden[row * columns + column] = 1;
    }
  return { rows, columns, data, hidden };
}
