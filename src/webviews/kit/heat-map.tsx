import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { CellGrid } from "../../shared/shrink.ts";
import type { ColorScale } from "./color-scale.ts";
import { paintCells, TEXT_CELL } from "./paint-cells.ts";
import { theme } from "./theme.ts";
import { useWidth } from "./use-width.ts";
import "./heat-map.css";

/** A position in a matrix; column −1 means the whole row. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

interface HeatMapProps {
  /** Names the picture for screen readers. */
  readonly label: string;
  readonly grid: CellGrid;
  readonly scale: ColorScale;
  readonly rowLabels: readonly string[];
  /** Null: columns are features, which are counted. */
  readonly columnLabels: readonly string[] | null;
  /** Features that one column stands for; 1 unless said. */
  readonly featuresPerColumn?: number;
  /** The cell under the pointer or the keyboard cursor. */
  readonly cell: Cell | null;
  /** A token whose row and column are marked, where rows and columns are tokens. */
  readonly token?: number | null;
  /** The cell that stays chosen. */
  readonly pinned: Cell | null;
  readonly onHover: (cell: Cell | null) => void;
  readonly onPin: (cell: Cell) => void;
}

/** Cells in CSS pixels: as large as the width allows, within what is still a cell and not a tile. */
const LARGEST = { width: 46, height: 34 };
const SMALLEST = { width: 9, height: 12 };
const LABELLED = 11;

/** A matrix with crisp cells, labels, a hatched mask, and a cursor for pointer and keyboard. */
export function HeatMap(props: HeatMapProps) {
  const { grid, scale, rowLabels, columnLabels, cell, pinned } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [frame, width] = useWidth<HTMLDivElement>();
  const [labels, labelWidth] = useWidth<HTMLDivElement>();
  const [ratio, setRatio] = useState(window.devicePixelRatio);
  const current = theme.value;
  const room = Math.max(0, width - labelWidth - 8);
  const size = cellSize(room, grid, columnLabels !== null, ratio);

  useLayoutEffect(() => {
    const query = matchMedia(`(resolution: ${ratio}dppx)`);
    const changed = () => setRatio(window.devicePixelRatio);
    query.addEventListener("change", changed, { once: true });
    return () => query.removeEventListener("change", changed);
  }, [ratio]);

  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || room === 0) return;
    const text = size.width >= TEXT_CELL.width && size.height >= TEXT_CELL.height;
    const layout = {
      cellWidth: Math.round(size.width * ratio),
      cellHeight: Math.round(size.height * ratio),
      gap: size.width >= 6 ? Math.max(1, Math.round(ratio)) : 0,
      ratio,
      text,
    };
    paintCells(element, grid, layout, scale, current);
    element.style.width = `${element.width / ratio}px`;
    element.style.height = `${element.height / ratio}px`;
  }, [grid, scale, size.width, size.height, ratio, room, current]);

  const at = (event: { clientX: number; clientY: number }): Cell | null => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return null;
    const column = Math.floor((event.clientX - box.left) / size.width);
    const row = Math.floor((event.clientY - box.top) / size.height);
    const inside = row >= 0 && column >= 0 && row < grid.rows && column < grid.columns;
    return inside ? { row, column } : null;
  };
  const marked = cell ?? pinned;
  const token = props.token ?? -1;
  const every = Math.max(1, Math.ceil(LABELLED / (columnLabels ? size.width : size.height)));

  return (
    <div class="heat-map" ref={frame}>
      <div class="heat-map-scroll">
        <div class="heat-map-grid">
          <div
            class={columnLabels ? "column-labels words" : "column-labels"}
            style={{ "--longest": longest(columnLabels ?? []) }}
            aria-hidden="true"
          >
            {columnTicks(
              grid.columns,
              columnLabels ?? props.featuresPerColumn ?? 1,
              size.width,
              every,
              marked?.column ?? -1,
            ).map(({ column, text }) => (
              <span
                key={column}
                class={marked?.column === column || token === column ? "chosen" : ""}
                style={{ left: `${column * size.width}px`, width: `${size.width}px` }}
              >
                <span>{text}</span>
              </span>
            ))}
          </div>
          <div
            class="row-labels"
            ref={labels}
            style={{ fontSize: `min(0.92em, ${0.9 * size.height}px)` }}
            aria-hidden="true"
          >
            {rowLabels.map((text, row) => (
              <div
                key={row}
                class={marked?.row === row || token === row ? "chosen" : ""}
                style={{ height: `${size.height}px`, lineHeight: `${size.height}px` }}
              >
                {size.height >= LABELLED || row % every === 0 ? text : ""}
              </div>
            ))}
          </div>
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: arrows and Enter are handled for the whole page */}
          <div
            class="cells"
            role="application"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move in it
            tabIndex={0}
            aria-label={props.label}
            data-heat-map
            onPointerMove={event => props.onHover(at(event))}
            onPointerLeave={() => props.onHover(null)}
            onClick={event => {
              const chosen = at(event);
              if (chosen) props.onPin(chosen);
            }}
          >
            <canvas ref={canvas} />
            {pinned && <Outline kind="pinned" cell={pinned} size={size} columns={grid.columns} />}
            {cell && !same(cell, pinned) && (
              <Outline kind="cursor" cell={cell} size={size} columns={grid.columns} />
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

/** Around a cell; around the whole row where the column is −1. */
function Outline(props: {
  readonly kind: string;
  readonly cell: Cell;
  readonly size: CellSize;
  readonly columns: number;
}) {
  const { row, column } = props.cell;
  const { width, height } = props.size;
  return (
    <div
      class={`outline ${props.kind}`}
      style={{
        left: `${Math.max(0, column) * width}px`,
        top: `${row * height}px`,
        width: `${column < 0 ? props.columns * width : width}px`,
        height: `${height}px`,
      }}
    />
  );
}

interface CellSize {
  readonly width: number;
  readonly height: number;
}

/** CSS pixels that are whole device pixels. Features are narrow: there are many of them, and none has a name. */
function cellSize(room: number, grid: CellGrid, named: boolean, ratio: number): CellSize {
  const whole = (size: number) => Math.max(1, Math.floor(size * ratio)) / ratio;
  const fitting = room / Math.max(1, grid.columns);
  const least = named ? SMALLEST.width : 5;
  const width = Math.min(LARGEST.width, Math.max(least, fitting));
  const height = named ? Math.min(LARGEST.height, Math.max(SMALLEST.height, width * 0.74)) : 24;
  return { width: whole(width), height: whole(grid.rows > 40 ? Math.min(height, SMALLEST.height) : height) };
}

/** Words over every column, or counts over every eighth feature; the marked one always, in place of its neighbours. */
function columnTicks(
  columns: number,
  labels: readonly string[] | number,
  width: number,
  every: number,
  marked: number,
) {
  const counted = typeof labels === "number";
  const step = counted ? Math.max(1, 8 * Math.ceil(24 / (width * 8))) : every;
  const regular = Array.from({ length: Math.ceil(columns / step) }, (_, i) => i * step);
  const shown = marked < 0 ? regular : [...regular.filter(each => Math.abs(each - marked) >= step), marked];
  return shown.map(column => ({
    column,
    text: counted ? String(Math.floor(column * labels)) : (labels[column] ?? ""),
  }));
}

/** Columns of a fixed-width font that the longest of these words takes. */
function longest(words: readonly string[]): number {
  return Math.max(0, ...words.map(word => word.length + (word.match(WIDE)?.length ?? 0)));
}

/** Signs that take two columns. */
const WIDE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/g;

function same(a: Cell, b: Cell | null): boolean {
  return a.row === b?.row && a.column === b.column;
}
