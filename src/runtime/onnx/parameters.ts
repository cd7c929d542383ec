import type { DType } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { TracedParameter } from "../../shared/trace.ts";
import type { QuantisedWeight } from "../primitives/primitive.ts";
import type { StoredTensor, StoredWeight, Weights } from "../weights/stored.ts";
import type { GraphBuilder } from "./builder.ts";
import { computedDType } from "./kernels.ts";
import { DATA_TYPE } from "./schema.ts";

/** Parameters of a graph: initialisers that point at bytes of the weight folder. */
export class ParameterLowering {
  readonly #builder: GraphBuilder;
  readonly #weights: Weights;
  readonly #parameters: ReadonlyMap<string, TracedParameter>;

  constructor(builder: GraphBuilder, weights: Weights, parameters: readonly TracedParameter[]) {
    this.#builder = builder;
    this.#weights = weights;
    this.#parameters = new Map(
      parameters.flatMap(parameter => [parameter.name, ...parameter.aliases].map(name => [name, parameter])),
    );
  }

  /** Throws where the checkpoint has no such tensor, or one of another shape. */
  find(name: string, shape: readonly number[]): StoredWeight {
    const names = [name, this.#parameters.get(name)?.name, ...(this.#parameters.get(name)?.aliases ?? [])];
    for (const candidate of names) {
      const stored = candidate === undefined ? undefined : this.#weights.find(candidate);
      if (stored === undefined) continue;
      if (stored.shape.join() !== shape.join()) {
        throw new Error(
          t(
            "{0}: the checkpoint holds it as [{1}], the source makes it [{2}]. Check that the config belongs to these weights.",
            name,
            stored.shape.join(", "),
            shape.join(", "),
          ),
        );
      }
      return stored;
    }
    throw new Error(
      t(
        "{0} is not in the checkpoint ({1}). Choose a checkpoint of this architecture.",
        name,
        this.#weights.folder,
      ),
    );
  }

  /** A parameter as a tensor of `dtype`. */
  tensor(name: string, stored: StoredWeight, dtype: DType): string {
    const held = computedDType(dtype);
    if (stored.kind === "plain") {
      const tensor = this.#external(name, stored);
      return stored.dtype === held ? tensor : this.#builder.node("Cast", [tensor], { to: DATA_TYPE[held] });
    }
    return this.#dequantised(name, stored);
  }

  /** A parameter kept in blocks, for the products that take it so. */
  blocks(name: string, stored: StoredWeight): QuantisedWeight | null {
    if (stored.kind === "plain") return null;
    const [rows, columns] = stored.shape;
    const part = (suffix: string, tensor: StoredTensor) => this.#external(`${name}.${suffix}`, tensor);
    const quants = part(`${stored.kind}.quants`, stored.quants);
    const scales = part(`${stored.kind}.scales`, stored.scales);
    if (stored.kind === "q4_1") {
      return { kind: "q4_1", rows, columns, quants, scales, offsets: part("q4_1.offsets", stored.offsets) };
    }
    return {
      kind: "q8_0",
      rows,
      columns,
      quants,
      scales,
      high: part("q8_0.high", stored.high),
      low: part("q8_0.low", stored.low),
      scales16: part("q8_0.scales16", stored.scales16),
    };
  }

  #external(name: string, tensor: StoredTensor): string {
    if (tensor.length === 0) return this.#builder.constant(tensor.dtype, tensor.shape, new Uint8Array(0));
    return this.#builder.external(name, tensor.dtype, tensor.shape, tensor);
  }

  /** The matrix itself, unpacked in the graph. */
  #dequantised(name: string, stored: Exclude<StoredWeight, { kind: "plain" }>): string {
    const builder = this.#builder;
    const [rows, columns] = stored.shape;
    const groups = columns / 32;
    const ints = (...values: number[]) =>
      builder.constant("int64", [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
    const byte = (value: number) => builder.constant("uint8", [], Uint8Array.of(value));
    const number = (value: number) =>
      builder.constant("float32", [], new Uint8Array(Float32Array.of(value).buffer));
    const column = (tensor: string) => builder.node("Reshape", [tensor, ints(rows, groups, 1)]);

    const part = (suffix: string, tensor: StoredTensor) =>
      this.#external(`${name}.${stored.kind}.${suffix}`, tensor);
    const quants = part("quants", stored.quants);
    const scales = column(part("scales", stored.scales));
    let matrix: string;
    if (stored.kind === "q4_1") {
      const low = builder.node("BitwiseAnd", [quants, byte(15)]);
      const high = builder.node("BitShift", [quants, byte(4)], { direction: "RIGHT" });
      const pairs = [low, high].map(half => builder.node("Unsqueeze", [half, ints(3)]));
      const nibbles = builder.node("Reshape", [
        builder.node("Concat", pairs, { axis: 3 }),
        ints(rows, groups, 32),
      ]);
      const centred = builder.node("Sub", [
        builder.node("Cast", [nibbles], { to: DATA_TYPE.float32 }),
        number(8),
      ]);
      const offsets = builder.node("Transpose", [part("offsets", stored.offsets)], { perm: [1, 0] });
      matrix = builder.node("Add", [builder.node("Mul", [centred, scales]), column(offsets)]);
    } else {
      const grouped = builder.node("Reshape", [quants, ints(rows, groups, 32)]);
      const centred = builder.node("Sub", [
        builder.node("Cast", [grouped], { to: DATA_TYPE.float32 }),
        number(128),
      ]);
      matrix = builder.node("Mul", [centred, scales]);
    }
    return builder.node("Reshape", [matrix, ints(rows, columns)]);
  }
}
