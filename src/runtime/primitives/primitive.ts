import type { DType } from "../../shared/dtype.ts";
import type { PrimitiveName, Scalar } from "../../shared/primitives.ts";
import type { Size } from "../../shared/size.ts";
import type { Operation } from "../../shared/trace.ts";
import type { Attributes } from "../onnx/builder.ts";
import type { Rearrangement } from "./layout.ts";
import type { Numbers } from "./numbers.ts";
import type { ArithmeticOf } from "./over-blocks.ts";

/** What a primitive is to a graph and to a calculator. */
export interface Primitive<P extends PrimitiveName> {
  /** Adds nodes for the operation and returns the names of its outputs. An absent input is "". */
  readonly lower: (graph: Lowering, operation: Operation<P>, inputs: readonly string[]) => readonly string[];
  /** Whether an input that is a matrix in blocks of few bits is taken as such; its name is then "". */
  readonly takesBlocks?: (operation: Operation<P>, input: number, kind: QuantisedWeight["kind"]) => boolean;
  /** Where the elements of its one output lie in its first input, if each of them is one of those; sizes of this run. */
  readonly view?: (operation: Operation<P>, size: (size: Size | number) => number) => Rearrangement;
  /** Computes the outputs from concrete inputs; an absent input is null. Throws RangeError on shapes that do not fit. */
  readonly evaluate: (
    operation: Operation<P>,
    inputs: readonly (Numbers | null)[],
    scope: EvaluationScope,
  ) => readonly Numbers[];
}

/** One row for every primitive. */
export type PrimitiveTable = { readonly [P in PrimitiveName]: Primitive<P> };

/** What an evaluation knows beside its inputs. */
export interface EvaluationScope {
  /** The number a size stands for in this run. */
  size(size: Size | number): number;
  /** Element type of a value of the trace. */
  dtypeOf(value: number): DType;
  /** Concrete shape of a value of the trace. */
  shapeOf(value: number): readonly number[];
  /** Runs the operations of a loop's body once, over the values outside it and `values`, to which theirs are added. */
  inside(operations: readonly Operation[], values: Map<number, Numbers>): void;
}

/** The graph a primitive is lowered into, and what is known of the trace around it. */
export interface Lowering {
  dtypeOf(value: number): DType;
  shapeOf(value: number): readonly Size[];

  /** Adds a node with one output and returns its name. */
  node(operator: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string;
  nodes(
    operator: string,
    inputs: readonly string[],
    count: number,
    attributes?: Attributes,
    domain?: string,
  ): string[];
  /**
   * The same for an operator whose inputs (all, or those at `positions`) and output hold `dtype`: where it has no kernel for
   * that type, they are cast to one that it has and the output is cast back.
   */
  typed(
    dtype: DType,
    operator: string,
    inputs: readonly string[],
    attributes?: Attributes,
    positions?: readonly number[],
  ): string;
  /** The same where only the inputs hold `dtype`. */
  consumed(
    dtype: DType,
    operator: string,
    inputs: readonly string[],
    attributes?: Attributes,
    positions?: readonly number[],
  ): string;
  /** The type that `typed` computes in. */
  carrier(operator: string, dtype: DType): DType;
  /** Elements of `a` where the condition holds, of `b` elsewhere. */
  select(dtype: DType, condition: string, a: string, b: string): string;
  cast(name: string, from: DType, to: DType): string;

  /** A 0-d constant. */
  scalar(dtype: DType, value: Scalar): string;
  constant(dtype: DType, shape: readonly number[], data: readonly Scalar[]): string;
  /** A 1-d int64 constant. */
  ints(...values: readonly number[]): string;

  /** A size as int64 of shape [1]. */
  size(size: Size | number): string;
  /** A size as 0-d int64. */
  sizeScalar(size: Size | number): string;
  /** Sizes as int64 of shape [n]. */
  sizes(sizes: readonly (Size | number)[]): string;
  /** `name` with another shape. */
  reshape(name: string, shape: readonly Size[]): string;

  /** What products with a matrix in blocks of few bits compute in. */
  readonly arithmetic: ArithmeticOf;
  /** The weight matrix of `value` by rows, where it is a stored parameter kept in blocks of few bits. */
  blocks(value: number): QuantisedWeight | null;
  /** The tensor of a value. */
  name(value: number): string;
  /** Whether anything asks for a value, and that something does. */
  isWanted(value: number): boolean;
  want(value: number): void;
  /** Begins the body of a loop: what is lowered until it is closed and rests on what it is given belongs into it. */
  openBody(loop: Operation<"scan">): void;
  /** A tensor that the body is given in every iteration, of the type of a value. */
  bodyInput(value: number): string;
  /** The tensor that a value of the body is. */
  bind(value: number, name: string): void;
  /** The tensor, int64 of shape [1], that holds the step of the body. */
  bindStep(value: number, name: string): void;
  /** Lowers an operation of the body. */
  operation(operation: Operation): void;
  /** Ends the body, adds the node that runs it and returns its outputs, one for each of these values of the body. */
  closeBody(
    operator: string,
    inputs: readonly string[],
    outputs: readonly number[],
    attributes: Attributes,
  ): string[];
  /** A name that is made once per key, such as a transposed weight or the block sums of an input. */
  once(key: string, make: () => string): string;
}

/** A matrix [rows, columns] whose rows are stored in blocks of 32, as tensors of the graph. */
export type QuantisedWeight = {
  readonly rows: number;
  readonly columns: number;
} & (
  | { readonly kind: "q4_1"; readonly quants: string; readonly scales: string; readonly offsets: string }
  | {
      readonly kind: "q8_0";
      readonly quants: string;
      readonly scales: string;
      readonly high: string;
      readonly low: string;
      readonly scales16: string;
    }
);

/** Why an operation with these sizes or options has no graph; what lowers it adds the call and its line. */
export class NoGraphError extends Error {
  override readonly name = "NoGraphError";
}
