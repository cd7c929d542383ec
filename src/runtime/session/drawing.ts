import type { Tensor } from "../../shared/dtype.ts";
import { extentOf } from "../../shared/extent.ts";
import { type CellGrid, shrink } from "../../shared/shrink.ts";
import type { Drawing, DrawingRequest, DrawnHead } from "../live/types.ts";
import { type Cells, cellsOf, hiddenCells } from "./cells.ts";
import { statistics } from "./summary.ts";

/**
 * What a panel sees of values: one head of each, whole, with statistics and colours of all heads, and every head of one of
 * them small. All else stays where it was computed.
 * @param tensors of the request's values, in their order.
 */
export function drawingOf(tensors: readonly Tensor[], request: DrawingRequest): Drawing {
  const cells = request.values.map((value, i) => cellsOf(tensors[i]!, value));
  const counted = cells[request.counted]!;
  const head = Math.min(request.head, counted.heads - 1);
  const found = request.mask && hiddenCells(cells[request.mask[0]]!, cells[request.mask[1]]!);
  const hidden = found?.length === counted.data.length ? found : null;
  const hiddenHere = hidden && headOf(hidden, counted, head);
  return {
    head,
    hidden: hiddenHere?.includes(1)
      ? { dtype: "uint8", shape: [counted.rows, counted.columns], data: hiddenHere }
      : null,
    thumbnails: thumbnails(counted, hidden, request.side),
    values: request.values.map(({ masked }, i): DrawnHead => {
      const own = cells[i]!;
      const hides = hidden !== null && masked !== false && hidden.length === own.data.length;
      const visible = hides ? own.data.filter((_, at) => hidden[at] === 0) : own.data;
      // Of several query heads that share a key head, each uses that one.
      const shared = Math.min(own.heads - 1, Math.floor((head * own.heads) / counted.heads));
      return {
        dtype: tensors[i]!.dtype,
        heads: own.heads,
        cells: float32([own.rows, own.columns], headOf(own.data, own, shared)),
        statistics: statistics(visible),
        extent: extentOf(masked === true ? visible : own.data),
      };
    }),
  };
}

/** Every head small, one behind the other. */
function thumbnails(cells: Cells, hidden: Uint8Array | null, side: number): Tensor {
  const { heads, rows, columns } = cells;
  const grids = Array.from({ length: heads }, (_, head): CellGrid => {
    const grid = {
      rows,
      columns,
      data: headOf(cells.data, cells, head),
      hidden: hidden && headOf(hidden, cells, head),
    };
    return shrink(grid, side, side);
  });
  const size = (grids[0]?.rows ?? 0) * (grids[0]?.columns ?? 0);
  const data = new Float32Array(heads * size);
  for (const [head, grid] of grids.entries())
    for (let i = 0; i < size; i++)
      data[head * size + i] = grid.hidden?.[i] === 1 ? Number.NaN : grid.data[i]!;
  return float32([heads, grids[0]?.rows ?? 0, grids[0]?.columns ?? 0], data);
}

function headOf<A extends Float32Array | Uint8Array>(data: A, { rows, columns }: Cells, head: number): A {
  return data.subarray(head * rows * columns, (head + 1) * rows * columns) as A;
}

function float32(shape: readonly number[], data: Float32Array): Tensor {
  return { dtype: "float32", shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
