/** Rows × columns of numbers, row-major, with what a mask hides. */
export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  /** 1 where the mask forbids; the same layout. */
  readonly hidden: Uint8Array | null;
}

/** Means of blocks where there are more cells than asked; a block is hidden where all of its cells are. */
export function shrink(grid: CellGrid, mostColumns: number, mostRows: number): CellGrid {
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
