import type { Operation } from "../../shared/trace.ts";
import { attributes, type DataFlow } from "./graph.ts";

/**
 * A product of two tensors over one axis, however it was written: rows come from one operand, columns from the other,
 * all further axes are shared or broadcast.
 */
export interface Product {
  readonly operation: Operation;
  /** Operand that gives the rows of the result, its axis of rows and the axis that is summed over. */
  readonly left: Operand;
  /** Operand that gives the columns. */
  readonly right: Operand;
  readonly result: { readonly value: number; readonly row: number; readonly column: number };
}

export interface Operand {
  readonly value: number;
  /** The axis that survives in the result. */
  readonly free: number;
  readonly summed: number;
}

/** The operation as a product, or null where it is something else (a projection by `linear`, a transposition, …). */
export function asProduct(flow: DataFlow, operation: Operation): Product | null {
  if (operation.primitive === "matmul") return asMatrixProduct(flow, operation);
  if (operation.primitive === "einsum") return asEinsumProduct(operation);
  return null;
}

function asMatrixProduct(flow: DataFlow, operation: Operation): Product | null {
  const [a, b] = operation.inputs;
  const output = operation.outputs[0]!;
  if (a == null || b == null) return null;
  const [ranka, rankb, rank] = [flow.rank(a), flow.rank(b), flow.rank(output)];
  return {
    operation,
    left: { value: a, free: ranka - 2, summed: ranka - 1 },
    right: { value: b, free: rankb - 1, summed: rankb - 2 },
    result: { value: output, row: rank - 2, column: rank - 1 },
  };
}

/** An einsum with two operands and one index each that is summed, left's own and right's own. */
function asEinsumProduct(operation: Operation): Product | null {
  const [operands, output] = attributes(operation, "einsum").equation.replaceAll(" ", "").split("->");
  const [a, b] = (operands ?? "").split(",");
  const [first, second] = operation.inputs;
  if (!a || !b || output === undefined || operation.inputs.length !== 2 || first == null || second == null)
    return null;
  const summed = [...a].filter(letter => b.includes(letter) && !output.includes(letter));
  const free = (own: string, other: string) =>
    [...own].filter(letter => !other.includes(letter) && output.includes(letter));
  const [rows, columns] = [free(a, b), free(b, a)];
  if (summed.length !== 1 || rows.length !== 1 || columns.length !== 1) return null;
  const [sum, row, column] = [summed[0]!, rows[0]!, columns[0]!];
  return {
    operation,
    left: { value: first, free: a.indexOf(row), summed: a.indexOf(sum) },
    right: { value: second, free: b.indexOf(column), summed: b.indexOf(sum) },
    result: { value: operation.outputs[0]!, row: output.indexOf(row), column: output.indexOf(column) },
  };
}

/** The same product with the operands' parts exchanged: its rows are the columns of the other. */
export function exchanged(product: Product): Product {
  const { operation, left, right, result } = product;
  return {
    operation,
    left: right,
    right: left,
    result: { value: result.value, row: result.column, column: result.row },
  };
}
