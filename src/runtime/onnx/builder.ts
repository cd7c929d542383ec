import { DTYPE_BYTES, type DType } from "../../shared/dtype.ts";
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  DATA_TYPE,
  type DimensionProto,
  EXTERNAL,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./schema.ts";

/** Whole numbers are INT and lists of them INTS; floating point has to be said. */
export type Attribute = number | boolean | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute | undefined>>;

/** Bytes of an initialiser that lie in a file: the file relative to the weight folder, and where in it. */
export interface ExternalBytes {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** A dimension: a number, the name of a free size, or null where nothing is known before the run. */
export type Dimension = number | string | null;

export const OPSET = 21;
export const IR_VERSION = 10;
/** Domain of onnxruntime's own operators. */
export const MICROSOFT = "com.microsoft";

/** An ONNX graph in the making. Tensors are known by name; names that are made up here never collide. */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #constants = new Map<string, string>();
  readonly #inputs = new Map<string, ValueInfoProto>();
  readonly #outputs = new Map<string, ValueInfoProto>();
  readonly #valueInfo = new Map<string, ValueInfoProto>();
  #counter = 0;

  /** What the nodes that follow belong to: the first part of their names. */
  scope = "";

  /** Adds a node with one output and returns the output's name. */
  node(operator: string, inputs: readonly string[], attributes: Attributes = {}, domain?: string): string {
    return this.nodes(operator, inputs, 1, attributes, domain)[0]!;
  }

  /** Adds a node with `count` outputs and returns their names. */
  nodes(
    operator: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes = {},
    domain?: string,
  ): string[] {
    const id = this.#counter++;
    const output = Array.from({ length: count }, (_, i) => (i === 0 ? `t${id}` : `t${id}.${i}`));
    this.#nodes.push({
      name: `${this.scope}/${operator}#${id}`,
      opType: operator,
      domain,
      input: trimAbsent(inputs),
      output,
      attribute: Object.entries(attributes).flatMap(([name, value]) =>
        value === undefined ? [] : [attributeProto(name, value)],
      ),
    });
    return output;
  }

  /** An initialiser inside the graph; equal ones are one. */
  constant(dtype: DType, shape: readonly number[], bytes: Uint8Array): string {
    const key = `${dtype}[${shape.join()}]${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")}`;
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = `c${this.#constants.size}`;
      this.#constants.set(key, name);
      this.#initializers.set(name, { name, dataType: DATA_TYPE[dtype], dims: shape, rawData: bytes });
    }
    return name;
  }

  /** An initialiser whose bytes lie in a file. Asked for twice under one name, it is there once. */
  external(name: string, dtype: DType, shape: readonly number[], bytes: ExternalBytes): string {
    const expected = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
    if (expected !== bytes.length) {
      throw new RangeError(`${name}: ${dtype}[${shape.join()}] takes ${expected} bytes, not ${bytes.length}`);
    }
    if (!this.#initializers.has(name)) {
      this.#initializers.set(name, {
        name,
        dataType: DATA_TYPE[dtype],
        dims: shape,
        dataLocation: EXTERNAL,
        externalData: [
          { key: "location", value: bytes.location },
          { key: "offset", value: String(bytes.offset) },
          { key: "length", value: String(bytes.length) },
        ],
      });
    }
    return name;
  }

  input(name: string, dtype: DType, shape: readonly Dimension[]): string {
    this.#inputs.set(name, valueInfoProto(name, dtype, shape));
    return name;
  }

  /**
   * Declares a tensor as an output and returns the name to fetch it by: its own where a node computes it, that of a copy
   * where it is an input or an initialiser.
   */
  output(name: string, dtype: DType, shape: readonly Dimension[]): string {
    const own = this.#inputs.has(name) || this.#initializers.has(name) ? this.node("Identity", [name]) : name;
    this.#outputs.set(own, valueInfoProto(own, dtype, shape));
    return own;
  }

  /** States what is known of a tensor inside the graph, which spares onnxruntime from inferring it. */
  describe(name: string, dtype: DType, shape: readonly Dimension[]): void {
    if (!this.#inputs.has(name) && !this.#initializers.has(name)) {
      this.#valueInfo.set(name, valueInfoProto(name, dtype, shape));
    }
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  finish(name: string): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: "papertrace",
      opsetImport: [{ version: OPSET }, { domain: MICROSOFT, version: 1 }],
      graph: {
        name,
        node: this.#nodes,
        initializer: [...this.#initializers.values()],
        input: [...this.#inputs.values()],
        output: [...this.#outputs.values()],
        valueInfo: [...this.#valueInfo.values()].filter(info => !this.#outputs.has(info.name)),
      },
    });
  }
}

/** Optional inputs at the end are left out, those in the middle are the empty name. */
function trimAbsent(inputs: readonly string[]): readonly string[] {
  let length = inputs.length;
  while (length > 0 && inputs[length - 1] === "") length--;
  return inputs.slice(0, length);
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === "string") {
    return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  }
  if (typeof value === "object" && "float" in value) {
    return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  }
  if (typeof value === "object") return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
  return { name, type: ATTRIBUTE_TYPE.int, i: Number(value) };
}

function valueInfoProto(name: string, dtype: DType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map(
    (d): DimensionProto => (typeof d === "number" ? { dimValue: d } : d === null ? {} : { dimParam: d }),
  );
  return { name, type: { tensorType: { elemType: DATA_TYPE[dtype], shape: { dim } } } };
}
