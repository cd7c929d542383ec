import { formatCell } from "../../shared/number.ts";
import type { CellGrid } from "../../shared/shrink.ts";
import type { ColorScale } from "./color-scale.ts";
import type { Theme } from "./theme.ts";

export interface CellLayout {
  /** Device pixels, whole. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Device pixels left free between cells. */
  readonly gap: number;
  /** Device pixels for one CSS pixel. */
  readonly ratio: number;
  readonly text: boolean;
}

/** Smallest cell that holds a number of up to four characters, CSS pixels. */
export const TEXT_CELL = { width: 27, height: 18 };

/** Luminance on which black and white are read equally well (contrast 4.6 with both). */
const EVEN_CONTRAST = 0.18;

/** Paints cells with whole device pixels; the canvas is set to their size. */
export function paintCells(
  canvas: HTMLCanvasElement,
  grid: CellGrid,
  layout: CellLayout,
  scale: ColorScale,
  theme: Theme,
): void {
  const { cellWidth, cellHeight, gap } = layout;
  canvas.width = grid.columns * cellWidth;
  canvas.height = grid.rows * cellHeight;
  const context = canvas.getContext("2d");
  if (!context) return;
  const hatch = grid.hidden ? hatching(context, layout.ratio, theme) : null;
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++) {
      const index = row * grid.columns + column;
      const hidden = grid.hidden?.[index] === 1;
      if (hidden && !hatch) continue;
      context.fillStyle = hidden ? hatch! : scale.color(grid.data[index]!);
      context.fillRect(column * cellWidth, row * cellHeight, cellWidth - gap, cellHeight - gap);
    }
  if (layout.text) paintNumbers(context, grid, layout, scale, theme);
}

/** Numbers that would only say "almost nothing" are left out: the colour says it. */
function paintNumbers(
  context: CanvasRenderingContext2D,
  grid: CellGrid,
  { cellWidth, cellHeight, gap, ratio }: CellLayout,
  scale: ColorScale,
  theme: Theme,
): void {
  const least = (scale.domain[1] - scale.domain[0]) * 0.045;
  const size = Math.round(Math.min(11, (cellWidth / ratio) * 0.29 + 1.5) * ratio);
  context.font = `${size}px ${theme.monospace}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++) {
      const index = row * grid.columns + column;
      const value = grid.data[index]!;
      if (grid.hidden?.[index] === 1 || Math.abs(value) < least) continue;
      context.fillStyle = luminance(scale.rgb(value)) > EVEN_CONTRAST ? "#111111" : "#f2f2f2";
      context.fillText(
        formatCell(value),
        column * cellWidth + (cellWidth - gap) / 2,
        row * cellHeight + (cellHeight - gap) / 2 + ratio * 0.5,
      );
    }
}

/** Thin diagonal lines for what a mask hides; the tile repeats without a seam from cell to cell. */
function hatching(context: CanvasRenderingContext2D, ratio: number, theme: Theme): CanvasPattern | null {
  const side = Math.max(4, Math.round(6 * ratio));
  const tile = document.createElement("canvas");
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  pen.strokeStyle = theme.hatch;
  pen.globalAlpha = theme.kind.startsWith("high") ? 0.6 : 0.28;
  pen.lineWidth = ratio;
  for (const offset of [-side, 0, side]) {
    pen.beginPath();
    pen.moveTo(offset, side);
    pen.lineTo(offset + side, 0);
    pen.stroke();
  }
  return context.createPattern(tile, "repeat");
}

/** Relative luminance, 0 to 1 (WCAG 2). */
function luminance([red, green, blue]: readonly [number, number, number]): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
