import { DTYPE_BYTES, type DType } from "../../shared/dtype.ts";
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  DATA_TYPE,
  type DimensionProto,
  EXTERNAL,
  encodeModel,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./schema.ts";

/** Whole numbers are INT and lists of them INTS; floating point has to be said. */
export type Attribute =
  | number
  | boolean
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: GraphProto };
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

/**
 * An ONNX graph in the making. Tensors are known by name; names that are made up here begin with `#`, as none of an argument
 * or a parameter does. While a body is open
 * (of a loop), a node goes into it if an input is of it, else to where its inputs are: what is the same in every iteration
 * is computed once.
 */
export class GraphBuilder {
  /** Nodes of the graph, of the body that is open, of the one open inside it, …. */
  readonly #nodes: NodeProto[][] = [[]];
  readonly #bodyInputs: ValueInfoProto[][] = [];
  /** The body that a tensor is of, counted from 1; none for the graph's own. */
  readonly #depths = new Map<string, number>();
  readonly #initializers = new Map<string, TensorProto>();
  readonly #constants = new Map<string, string>();
  readonly #inputs = new Map<string, ValueInfoProto>();
  readonly #outputs = new Map<string, ValueInfoProto>();
  readonly #valueInfo = new Map<string, ValueInfoProto>();
  #counter = 0;
  #bodyTensors = 0;

  /** What the nodes that follow belong to: the first part of their names. */
  scope = "";
  readonly #nodeNames = new Map<string, string[]>();

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
    const depth = Math.max(0, ...inputs.map(input => this.#depths.get(input) ?? 0));
    return this.#add(depth, operator, inputs, count, attributes, domain);
  }

  #add(
    depth: number,
    operator: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes,
    domain?: string,
  ): string[] {
    const id = this.#counter++;
    const output = Array.from({ length: count }, (_, i) => (i === 0 ? `#t${id}` : `#t${id}.${i}`));
    if (depth > 0) for (const name of output) this.#depths.set(name, depth);
    const name = `${this.scope}/${operator}#${id}`;
    const alike = this.#nodeNames.get(operator);
    if (alike) alike.push(name);
    else this.#nodeNames.set(operator, [name]);
    this.#nodes[depth]!.push({
      name,
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

  /** Begins the body of a loop, inside the one that is open. */
  openBody(): void {
    this.#nodes.push([]);
    this.#bodyInputs.push([]);
  }

  /** A tensor that the open body is given in every iteration. */
  bodyInput(dtype: DType): string {
    const name = `#b${this.#bodyTensors++}`;
    this.#depths.set(name, this.#bodyInputs.length);
    const type = { tensorType: { elemType: DATA_TYPE[dtype] } };
    this.#bodyInputs.at(-1)!.push({ name, type });
    return name;
  }

  /** Ends the body and adds the node that runs it; returns the node's outputs. */
  closeBody(
    operator: string,
    inputs: readonly string[],
    outputs: readonly { readonly name: string; readonly dtype: DType }[],
    attributes: Attributes,
  ): string[] {
    const depth = this.#bodyInputs.length;
    const given = new Set(this.#bodyInputs.at(-1)!.map(({ name }) => name));
    const seen = new Set<string>();
    const output = outputs.map(({ name, dtype }): ValueInfoProto => {
      // an output of a body is computed in it, and only once
      const own = this.#depths.get(name) === depth && !given.has(name) && !seen.has(name);
      const result = own ? name : this.#add(depth, "Identity", [name], 1, {})[0]!;
      seen.add(result);
      return { name: result, type: { tensorType: { elemType: DATA_TYPE[dtype] } } };
    });
    const graph: GraphProto = {
      name: `${this.scope}/body`,
      node: this.#nodes.pop()!,
      initializer: [],
      input: this.#bodyInputs.pop()!,
      output,
      valueInfo: [],
    };
    return this.#add(depth - 1, operator, inputs, outputs.length, { ...attributes, body: { graph } });
  }

  /** An initialiser inside the graph; equal ones are one. */
  constant(dtype: DType, shape: readonly number[], bytes: Uint8Array): string {
    const key = `${dtype}[${shape.join()}]${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")}`;
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = `#c${this.#constants.size}`;
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
    if (!this.#inputs.has(name) && !this.#initializers.has(name) && !this.#depths.has(name)) {
      this.#valueInfo.set(name, valueInfoProto(name, dtype, shape));
    }
  }

  /** Names of the nodes of some operators, loops' bodies included. */
  namesOf(operators: ReadonlySet<string>): string[] {
    return [...operators].flatMap(operator => this.#nodeNames.get(operator) ?? []);
  }

  get nodeCount(): number {
    return this.#counter;
  }

  finish(name: string): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: "papertrace",
      opsetImport: [{ version: OPSET }, { domain: MICROSOFT, version: 1 }],
      graph: {
        name,
        node: this.#nodes[0]!,
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
  if (typeof value === "object" && "graph" in value) {
    return { name, type: ATTRIBUTE_TYPE.graph, g: value.graph };
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
