import type { DType } from "../../shared/dtype.ts";
import type { Scalar } from "../../shared/primitives.ts";
import type { Size } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { fill, scalarNumber, toBytes } from "../primitives/numbers.ts";
import type { Lowering, QuantisedWeight } from "../primitives/primitive.ts";
import type { Attributes, GraphBuilder } from "./builder.ts";
import { carrierOf, computedDType } from "./kernels.ts";
import { DATA_TYPE } from "./schema.ts";
import type { SizeLowering } from "./sizes.ts";

/** The tensors that values of the trace are in the graph. */
export interface GraphValues {
  name(value: number): string;
  isWanted(value: number): boolean;
  want(value: number): void;
  /** Values of this loop's body are bound and lowered next. */
  enter(loop: Operation<"scan">): void;
  bind(value: number, name: string): void;
  bindStep(value: number, name: string): void;
  lower(operation: Operation): void;
}

/** What rows of the primitive table write to: the builder, with the trace's types and sizes at hand. */
export class GraphContext implements Lowering {
  readonly #trace: Trace;
  readonly #builder: GraphBuilder;
  readonly #sizes: SizeLowering;
  readonly #blocks: (value: number) => QuantisedWeight | null;
  readonly #made = new Map<string, string>();
  readonly #values: GraphValues;
  readonly arithmetic: Lowering["arithmetic"];

  constructor(
    trace: Trace,
    builder: GraphBuilder,
    sizes: SizeLowering,
    blocks: (value: number) => QuantisedWeight | null,
    arithmetic: Lowering["arithmetic"],
    values: GraphValues,
  ) {
    this.#values = values;
    this.arithmetic = arithmetic;
    this.#trace = trace;
    this.#builder = builder;
    this.#sizes = sizes;
    this.#blocks = blocks;
  }

  dtypeOf(value: number): DType {
    return this.#trace.values[value]!.dtype;
  }

  shapeOf(value: number): readonly Size[] {
    return this.#trace.values[value]!.shape;
  }

  node(operator: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string {
    return this.#builder.node(operator, inputs, attributes, domain);
  }

  nodes(
    operator: string,
    inputs: readonly string[],
    count: number,
    attributes?: Attributes,
    domain?: string,
  ): string[] {
    return this.#builder.nodes(operator, inputs, count, attributes, domain);
  }

  carrier(operator: string, dtype: DType): DType {
    return carrierOf(operator, computedDType(dtype));
  }

  typed(
    dtype: DType,
    operator: string,
    inputs: readonly string[],
    attributes?: Attributes,
    positions?: readonly number[],
  ): string {
    const result = this.consumed(dtype, operator, inputs, attributes, positions);
    return this.cast(result, this.carrier(operator, dtype), dtype);
  }

  consumed(
    dtype: DType,
    operator: string,
    inputs: readonly string[],
    attributes?: Attributes,
    positions?: readonly number[],
  ): string {
    const carrier = this.carrier(operator, dtype);
    const carried = inputs.map((input, i) =>
      input === "" || (positions && !positions.includes(i)) ? input : this.cast(input, dtype, carrier),
    );
    return this.node(operator, carried, attributes);
  }

  select(dtype: DType, condition: string, a: string, b: string): string {
    const carrier = this.carrier("Where", dtype);
    const [x, y] = [this.cast(a, dtype, carrier), this.cast(b, dtype, carrier)];
    return this.cast(this.node("Where", [condition, x, y]), carrier, dtype);
  }

  cast(name: string, from: DType, to: DType): string {
    const [source, target] = [computedDType(from), computedDType(to)];
    return source === target ? name : this.node("Cast", [name], { to: DATA_TYPE[target] });
  }

  scalar(dtype: DType, value: Scalar): string {
    return this.constant(dtype, [], [value]);
  }

  constant(dtype: DType, shape: readonly number[], data: readonly Scalar[]): string {
    const held = computedDType(dtype);
    return this.#builder.constant(held, shape, toBytes(fill(held, shape, i => scalarNumber(data[i]!))));
  }

  ints(...values: readonly number[]): string {
    return this.#sizes.ints(values);
  }

  size(size: Size | number): string {
    return this.#sizes.size(size);
  }

  sizeScalar(size: Size | number): string {
    return this.#sizes.scalar(size);
  }

  sizes(sizes: readonly (Size | number)[]): string {
    return this.#sizes.vector(sizes);
  }

  reshape(name: string, shape: readonly Size[]): string {
    return this.#sizes.reshape(name, shape);
  }

  blocks(value: number): QuantisedWeight | null {
    return this.#blocks(value);
  }

  name(value: number): string {
    return this.#values.name(value);
  }

  isWanted(value: number): boolean {
    return this.#values.isWanted(value);
  }

  want(value: number): void {
    this.#values.want(value);
  }

  openBody(loop: Operation<"scan">): void {
    this.#builder.openBody();
    this.#values.enter(loop);
  }

  bodyInput(value: number): string {
    return this.#builder.bodyInput(computedDType(this.dtypeOf(value)));
  }

  bind(value: number, name: string): void {
    this.#values.bind(value, name);
  }

  bindStep(value: number, name: string): void {
    this.#values.bindStep(value, name);
  }

  operation(operation: Operation): void {
    this.#values.lower(operation);
  }

  closeBody(
    operator: string,
    inputs: readonly string[],
    outputs: readonly number[],
    attributes: Attributes,
  ): string[] {
    const results = outputs.map(value => ({
      name: this.name(value),
      dtype: computedDType(this.dtypeOf(value)),
    }));
    return this.#builder.closeBody(operator, inputs, results, attributes);
  }

  once(key: string, make: () => string): string {
    let name = this.#made.get(key);
    if (name === undefined) {
      name = make();
      this.#made.set(key, name);
    }
    return name;
  }
}
