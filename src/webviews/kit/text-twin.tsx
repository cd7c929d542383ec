import { memo } from "preact/compat";
import { formatNumber } from "../../shared/number.ts";
import type { CellGrid } from "../../shared/shrink.ts";

/** Larger matrices are said row by row: a table of tens of thousands of cells helps nobody. */
const MOST_CELLS = 4096;

interface TextTwinProps {
  /** What the matrix is, for `data-figure`. */
  readonly figure: string;
  readonly caption: string;
  readonly grid: CellGrid;
  readonly rowLabels: readonly string[];
  /** Null: columns are counted. */
  readonly columnLabels: readonly string[] | null;
  /** Said in cells that the mask hides. */
  readonly hidden: string;
  /** The row that is said where there are too many. */
  readonly row: number;
}

/** A picture's numbers as a table: for screen readers, and for reading them from the page's text. */
export const TextTwin = memo(function TextTwin(props: TextTwinProps) {
  const { grid, rowLabels, columnLabels } = props;
  const all = Array.from({ length: grid.rows }, (_, row) => row);
  const rows = grid.rows * grid.columns <= MOST_CELLS ? all : all.slice(props.row, props.row + 1);
  const columns = Array.from({ length: grid.columns }, (_, column) => column);
  return (
    // A table never becomes narrower than its cells; what clips it has to be around it.
    <div class="visually-hidden">
      <table data-figure={props.figure}>
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            <td />
            {columns.map(column => (
              <th key={column} scope="col">
                {columnLabels?.[column] ?? column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row}>
              <th scope="row">{rowLabels[row]}</th>
              {columns.map(column => {
                const index = row * grid.columns + column;
                const value = grid.data[index]!;
                const hidden = grid.hidden?.[index] === 1;
                return (
                  <td key={column} data-row={row} data-column={column} data-value={value}>
                    {hidden ? props.hidden : formatNumber(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});
